"""The trust folder: roots, the authorities below them, and their CRLs, read anew when it changes.

A certificate that signed itself is a root, any other one an intermediate. What lies in `retired/`
is trusted no more, but still published with records whose certificates were good at their time.
Authorities that were met on the way to a root at a log-in are remembered, since a signed act
carries no chain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog

from bidroom import clock
from crypto.certificates import Certificate, Usage
from crypto.errors import SealRefused
from crypto.trust import Standing, TrustList

LOOK_AGAIN_S: Final = 2.0
FILES_MAX: Final = 1_000
CERTIFICATES: Final = {".pem", ".cer", ".crt", ".der"}
CRLS: Final = {".crl"}
RETIRED: Final = "retired"
_PEM: Final = re.compile(rb"-----BEGIN (CERTIFICATE|X509 CRL)-----.+?-----END \1-----", re.DOTALL)
log = structlog.get_logger()


class TrustFolder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._learnt: dict[str, Certificate] = {}
        self._seen: tuple[tuple[str, int, int], ...] | None = None
        self._looked_s = 0.0
        self._list = TrustList(())
        self._authorities: tuple[Certificate, ...] = ()
        self.unread: tuple[str, ...] = ()  # names of files that are neither certificate nor CRL

    def now(self) -> TrustList:
        """What is trusted now. Looks at the folder every 2 s at most."""
        if self._seen is None or clock.steady_s() - self._looked_s >= LOOK_AGAIN_S:
            self._looked_s = clock.steady_s()
            seen = self._listing()
            if seen != self._seen:
                self._seen = seen
                self._read()
        return self._list

    def check(
        self, certificate: Certificate, chain: Sequence[Certificate], usage: Usage, at: datetime
    ) -> Standing:
        """How it stands at `at`. Raises SealRefused(certificate_*)."""
        return self.now().check(certificate, [*chain, *self._learnt.values()], usage, at)

    def learn(self, issuers: Iterable[Certificate]) -> list[Certificate]:
        """Remember authorities on a checked path; returns those that are new."""
        new = [issuer for issuer in issuers if issuer.fingerprint not in self._learnt]
        self._learnt.update((issuer.fingerprint, issuer) for issuer in new)
        return new

    def authorities(self) -> tuple[bytes, ...]:
        """All that certificates lead to, in DER: what a published record is verified with."""
        self.now()
        known = (*self._authorities, *self._learnt.values(), *self._retired())
        return tuple(dict.fromkeys(it.der for it in known))

    def crls(self) -> tuple[bytes, ...]:
        """The revocation lists held now, in DER."""
        return self.now().crls

    @property
    def learnt(self) -> frozenset[str]:
        return frozenset(self._learnt)

    def _retired(self) -> list[Certificate]:
        """Authorities that were taken off the list."""
        folder, found = self._folder / RETIRED, list[Certificate]()
        for path in sorted(folder.iterdir())[:FILES_MAX] if folder.is_dir() else ():
            with suppress(SealRefused, OSError):
                found += _read_file(path.read_bytes(), path.name)[0]
        return found

    def _listing(self) -> tuple[tuple[str, int, int], ...]:
        if not self._folder.is_dir():
            return ()
        known = CERTIFICATES | CRLS
        files = sorted(path for path in self._folder.iterdir() if path.suffix.lower() in known)
        states = [(path, path.stat()) for path in files[:FILES_MAX]]
        return tuple((path.name, state.st_mtime_ns, state.st_size) for path, state in states)

    def _read(self) -> None:
        roots: list[Certificate] = []
        intermediates: list[Certificate] = []
        crls: list[bytes] = []
        unread: list[str] = []
        for name, _, _ in self._seen or ():
            try:
                found, lists = _read_file((self._folder / name).read_bytes(), name)
                TrustList((), (), lists)  # refuses a CRL that can't be read
            except (SealRefused, OSError):
                unread.append(name)
                continue
            crls += lists
            for certificate in found:
                own = certificate.x509.subject == certificate.x509.issuer
                (roots if own else intermediates).append(certificate)
        self._authorities = (*roots, *intermediates)
        self._list = TrustList(roots, intermediates, crls)
        self.unread = tuple(unread)
        if unread:
            log.warning("files in the trust folder could not be read", files=unread)


def _read_file(data: bytes, name: str) -> tuple[list[Certificate], list[bytes]]:
    blocks = [match for match in _PEM.finditer(data)]
    if blocks:
        certificates = [it.group(0) for it in blocks if it.group(1) == b"CERTIFICATE"]
        lists = [it.group(0) for it in blocks if it.group(1) != b"CERTIFICATE"]
        return [Certificate.load(one) for one in certificates], lists
    if Path(name).suffix.lower() in CRLS:
        return [], [data]
    return [Certificate.load(data)], []
