"""A time-stamping authority for tests: `openssl ts` behind a door of its own (RFC 3161 §3.4)."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CONFIG: Final = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


class Tsa:
    """Its folder has `root.pem`; `asked` counts queries, `down` answers them with 503."""

    def __init__(self, folder: Path, at: datetime) -> None:
        self.folder, self.asked, self.down, self.url = folder, 0, False, ""
        folder.mkdir(parents=True)
        (folder / "serial").write_text("01")
        (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
        root_key, key = (rsa.generate_private_key(65537, 2048) for _ in range(2))
        root = _certificate("TSA root", root_key, None, root_key, at)
        own = _certificate("TSA", key, root, root_key, at)
        (folder / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
        (folder / "tsa.pem").write_bytes(own.public_bytes(Encoding.PEM))
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "tsa.key").write_bytes(pem)

    @property
    def root(self) -> Path:
        return self.folder / "root.pem"

    def reply(self, query: bytes) -> bytes:
        file = self.folder / "query"
        file.write_bytes(query)
        words = ["openssl", "ts", "-reply", "-queryfile", str(file), "-section", "here"]
        words += ["-config", str(self.folder / "tsa.cnf")]
        words += ["-signer", str(self.folder / "tsa.pem"), "-inkey", str(self.folder / "tsa.key")]
        return subprocess.run(words, capture_output=True, check=True).stdout

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        query = await reader.readexactly(length)
        self.asked += 1
        body = b"" if self.down else await asyncio.to_thread(self.reply, query)
        status = "503 Unavailable" if self.down else "200 OK"
        writer.write(
            f"HTTP/1.1 {status}\r\nContent-Type: application/timestamp-reply\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
            + body
        )
        await writer.drain()
        writer.close()


@asynccontextmanager
async def open_tsa(folder: Path, at: datetime) -> AsyncIterator[Tsa]:
    tsa = await asyncio.to_thread(Tsa, folder, at)
    server = await asyncio.start_server(tsa._serve, "127.0.0.1", 0)
    tsa.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server:
        yield tsa


def _certificate(
    name: str,
    key: rsa.RSAPrivateKey,
    issuer: x509.Certificate | None,
    issuer_key: rsa.RSAPrivateKey,
    at: datetime,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    is_root = issuer is None
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    if not is_root:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(issuer_key, SHA256())
