"""What whoever runs a hall may set: environment variables, all of them optional.

BIDROOM_DATA, _HOST, _PORT, _ORIGIN, _TLS_CERT, _TLS_KEY, _TLS_PROXY, _TRUST, _SECRETS, _STORAGE,
_WORKERS, _TOKEN_PORT; and DATABASE_URL and REDIS_URL, which carry the names that other programs
use. Empty means not set. Nothing given: a hall on this machine alone, with its own database.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bidroom.origin import DEFAULT_PORTS, TOKEN_PORT, exact_origin


class BadSettings(Exception):
    """设置有误 / What was set cannot be served with; the message says what, in both languages."""


def default_data() -> Path:
    """Where a service keeps its data; never under root's home, where the database can't follow."""
    if os.geteuid() == 0:
        return Path("/var/lib/bidroom")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "bidroom"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "bidroom"


def absolute(path: Path) -> Path:
    return path.expanduser().absolute()


Folder = Annotated[Path, AfterValidator(absolute)]
Flag = Annotated[bool, BeforeValidator(lambda given: given or False)]


class Settings(BaseSettings):
    """All of it, checked; `load` reads it from the environment."""

    model_config = SettingsConfigDict(
        env_prefix="BIDROOM_",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,  # an address may hold a password
        populate_by_name=True,
    )

    data: Folder = Field(default_factory=default_data)
    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL", repr=False)
    redis_url: str | None = Field(default=None, validation_alias="REDIS_URL", repr=False)
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    origin: Annotated[str, AfterValidator(exact_origin)] = ""
    tls_cert: Folder | None = None
    tls_key: Folder | None = None
    tls_proxy: Flag = False  # a proxy that ends TLS stands before us, and nothing else reaches us
    trust: Folder = Path()  # the roots (*.pem, *.cer) and CRLs that certificates are judged by
    secrets: Folder = Path()
    storage: str | None = None  # for sealed packages: unset (a folder), or s3://bucket/prefix
    workers: int = Field(default=1, ge=1, le=64)
    witnesses: str = ""  # whose cosignatures under the public log's heads are kept: name+hash+key …
    tsa: str | None = None  # the address of a time-stamping authority (RFC 3161) for receipts
    tsa_roots: Folder | None = None  # the roots (PEM) that its certificates lead to
    token_port: int = Field(default=TOKEN_PORT, ge=1, le=65535)  # on the machine of whoever reads

    @model_validator(mode="before")
    @classmethod
    def _follow_data(cls, given: dict[str, object]) -> dict[str, object]:
        """Folders that weren't named lie in `data`; an origin that wasn't is where we listen."""
        data = Path(str(given.get("data") or default_data()))
        host = str(given.get("host") or "127.0.0.1")
        name = f"[{host}]" if ":" in host else host
        scheme = "https" if given.get("tls_cert") else "http"
        port = str(given.get("port") or 8000)
        usual = f":{port}" if port.isdigit() and int(port) != DEFAULT_PORTS[scheme] else ""
        made = {
            "trust": data / "trust",
            "secrets": data / "secrets",
            "origin": f"{scheme}://{name}{usual}",
        }
        return made | given

    @model_validator(mode="after")
    def _tls_whole(self) -> Self:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError(
                "BIDROOM_TLS_CERT 与 BIDROOM_TLS_KEY 须同时设置 / must be set together"
            )
        if (self.tsa is None) != (self.tsa_roots is None):
            raise ValueError("BIDROOM_TSA 与 BIDROOM_TSA_ROOTS 须同时设置 / must be set together")
        return self

    @property
    def postgres(self) -> Path:
        """The folder of the embedded database."""
        return self.data / "postgres"

    @property
    def token_program(self) -> str:
        """Where a page finds the program for tokens: on the machine that it is read on."""
        return f"http://127.0.0.1:{self.token_port}"

    @property
    def place(self) -> str:
        """The host by which the names of the hall's logs begin."""
        return self.origin.partition("://")[2]

    @property
    def secure(self) -> bool:
        """Whether browsers reach us by TLS: then cookies are `__Host-` and Secure."""
        return self.origin.startswith("https://")

    def make_folders(self) -> None:
        """Make `data`, which the database's own user must be able to pass, and `secrets`."""
        self.data.mkdir(parents=True, exist_ok=True, mode=0o711)
        self.trust.mkdir(parents=True, exist_ok=True)
        self.secrets.mkdir(parents=True, exist_ok=True, mode=0o700)


def load() -> Settings:
    """The settings of this process. Raises `BadSettings`, never with a value in it."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            f"{setting_name(fault['loc'])}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors(include_url=False, include_input=False)
        ]
        raise BadSettings("设置有误 / bad settings\n  " + "\n  ".join(lines)) from None


def setting_name(place: tuple[int | str, ...]) -> str:
    name = "_".join(str(part) for part in place).upper()
    return name if not name or name in ("DATABASE_URL", "REDIS_URL") else f"BIDROOM_{name}"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens on `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def refuse_exposed(settings: Settings) -> None:
    """Refuse to serve others without TLS: there browsers have no WebCrypto and keep no session.

    A declared proxy must end TLS before us; we then listen on loopback or a network of its own.
    Raises `BadSettings`.
    """
    behind_tls = settings.tls_cert is not None or settings.tls_proxy
    if not behind_tls and not is_loopback(settings.host):
        raise BadSettings(
            f"拒绝在 {settings.host} 上提供无加密的服务：请设置 BIDROOM_TLS_CERT 和 "
            "BIDROOM_TLS_KEY，或由反向代理终结 TLS 并设置 BIDROOM_TLS_PROXY=1\n"
            f"refusing to serve {settings.host} without TLS: set BIDROOM_TLS_CERT and "
            "BIDROOM_TLS_KEY, or put a proxy that ends TLS before us and set BIDROOM_TLS_PROXY=1"
        )
    named = urlsplit(settings.origin).hostname
    if behind_tls and (not settings.secure or named in ("0.0.0.0", "::")):  # noqa: S104
        raise BadSettings(
            "启用 TLS 后须设置 BIDROOM_ORIGIN，例如 https://hall.example\n"
            "with TLS, BIDROOM_ORIGIN must be set, like https://hall.example"
        )
