"""Signatures: bare ones over statements, and CAdES-BES (ETSI EN 319 122-1) over a package."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Final, Protocol

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from crypto.certificates import Certificate
from crypto.errors import Reason, SealRefused

SIGNATURE_MAX: Final = 256 * 1024
CERTIFICATES_MAX: Final = 32
_ATTRIBUTES: Final = {"content_type", "message_digest", "signing_time", "signing_certificate_v2"}


class Signer(Protocol):
    """A key on a device, with its certificate."""

    @property
    def certificate(self) -> Certificate: ...
    @property
    def chain(self) -> Sequence[Certificate]: ...
    def sign(self, data: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that holds: who made it, the certificates that came along (not trusted), when it
    says.
    """

    certificate: Certificate
    certificates: tuple[Certificate, ...]
    at: datetime


def verify(certificate: Certificate, data: bytes, signature: bytes) -> None:
    """ECDSA P-256 (DER) or RSA PKCS#1 v1.5, over SHA-256.

    Raises SealRefused(signature_bad | key_unsuited).
    """
    key = certificate.public_key
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), SHA256())
        else:
            key.verify(signature, data, ec.ECDSA(SHA256()))
    except InvalidSignature:
        raise SealRefused(Reason.SIGNATURE_BAD) from None


def cades_sign(key: Signer, data: bytes, at: datetime, extra: Iterable[Certificate] = ()) -> bytes:
    """A detached CMS SignedData over `data`, DER, with the signer's chain and `extra` embedded."""
    certificate = key.certificate
    parsed = asn1_x509.Certificate.load(certificate.der)
    attributes = cms.CMSAttributes(
        [
            _attribute("content_type", "data"),
            _attribute(
                "signing_time", cms.Time({"utc_time": at.astimezone(UTC).replace(microsecond=0)})
            ),
            _attribute("message_digest", sha256(data).digest()),
            _attribute("signing_certificate_v2", _signing_certificate(certificate, parsed)),
        ]
    )
    is_rsa = isinstance(certificate.public_key, rsa.RSAPublicKey)
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                {
                    "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                        {
                            "issuer": parsed.issuer,
                            "serial_number": parsed.serial_number,
                        }
                    )
                }
            ),
            "digest_algorithm": _sha256(),
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": "sha256_rsa" if is_rsa else "sha256_ecdsa"},
            # The attributes are signed as a SET OF, and stand in the message under the tag [0].
            "signature": key.sign(attributes.dump()),
        }
    )
    embedded = {found.der: found for found in (certificate, *key.chain, *extra)}
    signed = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [_sha256()],
            "encap_content_info": {"content_type": "data"},
            "certificates": [
                cms.CertificateChoices("certificate", asn1_x509.Certificate.load(der))
                for der in embedded
            ],
            "signer_infos": [signer],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())


def cades_verify(p7s: bytes, data: bytes) -> Signed:
    """Who signed `data`, by exactly one CAdES-BES signature. The certificate's standing isn't
    judged here.

    Raises SealRefused(signature_missing | too_large | malformed_signature | signer_unknown |
    seal_altered | signature_bad).
    """
    if not p7s:
        raise SealRefused(Reason.SIGNATURE_MISSING)
    if len(p7s) > SIGNATURE_MAX:
        raise SealRefused(Reason.TOO_LARGE, "signature")
    signer, certificates = _parse(p7s)
    certificate = _signer_certificate(signer, certificates)
    attributes = _attributes(signer)
    if attributes["content_type"].native != "data":
        raise SealRefused(Reason.MALFORMED_SIGNATURE, "content type")
    if not compare_digest(attributes["message_digest"].native, sha256(data).digest()):
        raise SealRefused(Reason.SEAL_ALTERED, "message digest")
    _check_pinned(attributes["signing_certificate_v2"], certificate)
    verify(certificate, signer["signed_attrs"].untag().dump(), signer["signature"].native)
    at = attributes["signing_time"].native
    return Signed(certificate, certificates, at)


def _parse(p7s: bytes) -> tuple[cms.SignerInfo, tuple[Certificate, ...]]:
    try:
        info = cms.ContentInfo.load(p7s, strict=True)
        if info["content_type"].native != "signed_data":
            raise SealRefused(Reason.MALFORMED_SIGNATURE, "not SignedData")
        signed = info["content"]
        if signed["encap_content_info"]["content"].native is not None:
            raise SealRefused(Reason.MALFORMED_SIGNATURE, "not detached")
        signers = signed["signer_infos"]
        if len(signers) != 1:
            missing = len(signers) == 0
            raise SealRefused(
                Reason.SIGNATURE_MISSING if missing else Reason.MALFORMED_SIGNATURE, "signer infos"
            )
        choices = signed["certificates"]
        if len(choices) > CERTIFICATES_MAX or any(one.name != "certificate" for one in choices):
            raise SealRefused(Reason.MALFORMED_SIGNATURE, "certificates")
        signer = signers[0]
        signer.native  # noqa: B018 (asn1crypto parses lazily, and a bad part has to show here)
        return signer, tuple(Certificate(one.chosen.dump()) for one in choices)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise SealRefused(Reason.MALFORMED_SIGNATURE) from None


def _signer_certificate(
    signer: cms.SignerInfo, certificates: tuple[Certificate, ...]
) -> Certificate:
    sid = signer["sid"]
    if sid.name != "issuer_and_serial_number":
        raise SealRefused(Reason.MALFORMED_SIGNATURE, "signer identifier")
    issuer, serial = sid.chosen["issuer"].dump(), sid.chosen["serial_number"].native
    for certificate in certificates:
        found = certificate.x509
        if found.serial_number == serial and found.issuer.public_bytes() == issuer:
            return certificate
    raise SealRefused(Reason.SIGNER_UNKNOWN, "certificate not embedded")


def _attributes(signer: cms.SignerInfo) -> dict[str, core.Asn1Value]:
    """The four attributes of a CAdES-BES signature, each once with one value; others are let be."""
    if signer["digest_algorithm"]["algorithm"].native != "sha256":
        raise SealRefused(Reason.MALFORMED_SIGNATURE, "digest algorithm")
    signature = signer["signature_algorithm"]["algorithm"].native
    if signature not in ("sha256_ecdsa", "sha256_rsa", "rsassa_pkcs1v15"):
        raise SealRefused(Reason.MALFORMED_SIGNATURE, "signature algorithm")
    found: dict[str, core.Asn1Value] = {}
    for attribute in signer["signed_attrs"]:
        name = attribute["type"].native
        if name in _ATTRIBUTES:
            if name in found or len(attribute["values"]) != 1:
                raise SealRefused(Reason.MALFORMED_SIGNATURE, f"{name} repeated")
            found[name] = attribute["values"][0]
    if set(found) != _ATTRIBUTES:
        raise SealRefused(Reason.MALFORMED_SIGNATURE, "attribute missing")
    return found


def _check_pinned(value: core.Asn1Value, certificate: Certificate) -> None:
    """signing-certificate-v2 names the certificate by hash, so that no other with its key can take
    its place.
    """
    certs = value["certs"]
    if len(certs) == 0 or certs[0]["hash_algorithm"]["algorithm"].native != "sha256":
        raise SealRefused(Reason.MALFORMED_SIGNATURE, "signing certificate")
    if not compare_digest(certs[0]["cert_hash"].native, sha256(certificate.der).digest()):
        raise SealRefused(Reason.SIGNER_UNKNOWN, "another certificate")


def _signing_certificate(
    certificate: Certificate, parsed: asn1_x509.Certificate
) -> tsp.SigningCertificateV2:
    name = asn1_x509.GeneralName("directory_name", parsed.issuer)
    return tsp.SigningCertificateV2(
        {
            "certs": [
                tsp.ESSCertIDv2(
                    {
                        # no hash_algorithm: DER leaves out a default, which is SHA-256
                        "cert_hash": sha256(certificate.der).digest(),
                        "issuer_serial": {"issuer": [name], "serial_number": parsed.serial_number},
                    }
                )
            ]
        }
    )


def _attribute(name: str, value: object) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": name, "values": [value]})


def _sha256() -> algos.DigestAlgorithm:
    return algos.DigestAlgorithm({"algorithm": "sha256"})
