"""Signatures: bare ones over statements, and CAdES-BES (ETSI EN 319 122-1) over a package."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Final, Protocol

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from crypto import shapes, sm2
from crypto.certificates import Certificate
from crypto.errors import Reason, SealRefused
from crypto.keyenv import suite_for
from crypto.suites import INT1, SM1, Ciphers

SIGNATURE_MAX: Final = 256 * 1024
CERTIFICATES_MAX: Final = 32
_ATTRIBUTES: Final = {"content_type", "message_digest", "signing_time", "signing_certificate_v2"}
_SIGNATURES: Final = {
    INT1.name: {"1.2.840.10045.4.3.2", "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.1"},
    SM1.name: {sm2.SM2_WITH_SM3},
}
_HASHES: Final = {INT1.name: shapes.SHA256, SM1.name: sm2.SM3}


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
    """ECDSA P-256 (DER) or RSA PKCS#1 v1.5, over SHA-256; or SM2 with SM3.

    Raises SealRefused(signature_bad | key_unsuited).
    """
    key = certificate.public_key
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), SHA256())
        elif isinstance(key, sm2.PublicKey):
            key.verify(signature, data)
        else:
            key.verify(signature, data, ec.ECDSA(SHA256()))
    except InvalidSignature:
        raise SealRefused(Reason.SIGNATURE_BAD) from None


def cades_sign(key: Signer, data: bytes, at: datetime, extra: Iterable[Certificate] = ()) -> bytes:
    """A detached CMS SignedData over `data`, DER, with the signer's chain and `extra` embedded."""
    certificate = key.certificate
    suite = suite_for(certificate.public_key)
    parsed = asn1_x509.Certificate.load(certificate.der)
    attributes = cms.CMSAttributes(
        [
            _attribute("content_type", "data"),
            _attribute(
                "signing_time", cms.Time({"utc_time": at.astimezone(UTC).replace(microsecond=0)})
            ),
            _attribute("message_digest", suite.hash(data)),
            _attribute("signing_certificate_v2", _signing_certificate(certificate, parsed, suite)),
        ]
    )
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
            "digest_algorithm": _digest_algorithm(suite),
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": signature_algorithm(certificate)},
            # The attributes are signed as a SET OF, and stand in the message under the tag [0].
            "signature": key.sign(attributes.dump()),
        }
    )
    embedded = {found.der: found for found in (certificate, *key.chain, *extra)}
    signed = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [_digest_algorithm(suite)],
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
    """Who signed `data`, by one CAdES-BES signature; the certificate's standing isn't judged.

    Raises SealRefused(signature_missing | too_large | malformed_signature | signer_unknown |
    seal_altered | signature_bad).
    """
    if not p7s:
        raise SealRefused(Reason.SIGNATURE_MISSING)
    if len(p7s) > SIGNATURE_MAX:
        raise SealRefused(Reason.TOO_LARGE, "signature")
    try:
        found = _parse(p7s)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise SealRefused(Reason.MALFORMED_SIGNATURE) from None
    certificate = _signer_certificate(found)
    if suite_for(certificate.public_key) is not found.suite:
        raise SealRefused(Reason.MALFORMED_SIGNATURE, "another suite than the key's")
    if not compare_digest(found.message_digest, found.suite.hash(data)):
        raise SealRefused(Reason.SEAL_ALTERED, "message digest")
    # Named by its hash as well, so that no other certificate with its key can take its place.
    if not compare_digest(found.pinned, found.suite.hash(certificate.der)):
        raise SealRefused(Reason.SIGNER_UNKNOWN, "another certificate")
    verify(certificate, found.signed, found.signature)
    return Signed(certificate, found.certificates, found.at)


@dataclass(frozen=True, slots=True)
class _Parsed:
    """What counts in a CAdES-BES signature, read out of the lazy parser once and for all."""

    suite: Ciphers  # whose hash was used
    issuer: bytes  # of the signer's certificate: its name, DER
    serial: int
    certificates: tuple[Certificate, ...]
    message_digest: bytes
    pinned: bytes  # hash of the signer's certificate
    at: datetime
    signed: bytes  # the attributes, in the encoding that is signed
    signature: bytes


def _parse(p7s: bytes) -> _Parsed:
    info = cms.ContentInfo.load(p7s, strict=True)
    _need(info["content_type"].native == "signed_data", "not SignedData")
    signed = info["content"]
    _need(signed["encap_content_info"]["content_type"].native == "data", "content type")
    _need(signed["encap_content_info"]["content"].native is None, "not detached")
    suite = _DIGESTS.get(signed["digest_algorithms"].dump())
    if suite is None:
        raise SealRefused(Reason.MALFORMED_SIGNATURE, "digest algorithms")
    signers = signed["signer_infos"]
    if len(signers) == 0:
        raise SealRefused(Reason.SIGNATURE_MISSING)
    _need(len(signers) == 1, "several signers")
    signer, choices = signers[0], signed["certificates"]
    _need(len(choices) <= CERTIFICATES_MAX, "too many certificates")
    _need(all(one.name == "certificate" for one in choices), "certificates")
    # The parser writes anew whatever was looked into, fifty times as slowly: bytes come out first.
    certificates = tuple(Certificate(one.chosen.dump()) for one in choices)
    # Signed as a SET OF (0x31), they stand here under the tag [0]: RFC 5652 §5.4.
    attributes_signed = b"\x31" + signer["signed_attrs"].dump()[1:]
    _need(signer["sid"].name == "issuer_and_serial_number", "signer identifier")
    sid = signer["sid"].chosen
    issuer = sid["issuer"].dump()
    _need(_is_hash(signer["digest_algorithm"], suite), "digest algorithm")
    algorithm = signer["signature_algorithm"]["algorithm"].dotted
    _need(algorithm in _SIGNATURES[suite.name], "signature algorithm")
    attributes = _attributes(signer)
    _need(attributes["content_type"].native == "data", "content type")
    pins = attributes["signing_certificate_v2"]["certs"]
    _need(_is_hash(pins[0]["hash_algorithm"], suite), "signing certificate")
    return _Parsed(
        suite=suite,
        issuer=issuer,
        serial=sid["serial_number"].native,
        certificates=certificates,
        message_digest=attributes["message_digest"].native,
        pinned=pins[0]["cert_hash"].native,
        at=attributes["signing_time"].native,
        signed=attributes_signed,
        signature=signer["signature"].native,
    )


def _signer_certificate(found: _Parsed) -> Certificate:
    for certificate in found.certificates:
        x509 = certificate.x509
        if x509.serial_number == found.serial and x509.issuer.public_bytes() == found.issuer:
            return certificate
    raise SealRefused(Reason.SIGNER_UNKNOWN, "certificate not embedded")


def _attributes(signer: cms.SignerInfo) -> dict[str, core.Asn1Value]:
    """The four attributes of a CAdES-BES signature, each once with one value; others are let be."""
    found: dict[str, core.Asn1Value] = {}
    for attribute in signer["signed_attrs"]:
        name = attribute["type"].native
        if name in _ATTRIBUTES:
            _need(name not in found and len(attribute["values"]) == 1, f"{name} repeated")
            found[name] = attribute["values"][0]
    _need(set(found) == _ATTRIBUTES, "attribute missing")
    return found


def _need(holds: bool, what: str) -> None:
    if not holds:
        raise SealRefused(Reason.MALFORMED_SIGNATURE, what)


def _signing_certificate(
    certificate: Certificate, parsed: asn1_x509.Certificate, suite: Ciphers
) -> tsp.SigningCertificateV2:
    name = asn1_x509.GeneralName("directory_name", parsed.issuer)
    fields = {
        "cert_hash": suite.hash(certificate.der),
        "issuer_serial": {"issuer": [name], "serial_number": parsed.serial_number},
    }
    if suite is not INT1:  # DER leaves out a default, which is SHA-256
        fields["hash_algorithm"] = _digest_algorithm(suite)
    return tsp.SigningCertificateV2({"certs": [tsp.ESSCertIDv2(fields)]})


def _attribute(name: str, value: object) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": name, "values": [value]})


def signature_algorithm(certificate: Certificate) -> str:
    """What its key signs under, as a name or a dotted OID."""
    match certificate.public_key:
        case rsa.RSAPublicKey():
            return "sha256_rsa"
        case sm2.PublicKey():
            return sm2.SM2_WITH_SM3
    return "sha256_ecdsa"


def _digest_algorithm(suite: Ciphers) -> algos.DigestAlgorithm:
    return algos.DigestAlgorithm({"algorithm": _HASHES[suite.name]})


def _is_hash(algorithm: algos.DigestAlgorithm, suite: Ciphers) -> bool:
    return bool(algorithm["algorithm"].dotted == _HASHES[suite.name])


def _bare(suite: Ciphers, parameters: core.Null | None) -> bytes:
    fields: dict[str, object] = {"algorithm": _HASHES[suite.name]}
    if parameters is not None:
        fields["parameters"] = core.Any(parameters)
    algorithm = shapes.Algorithm(fields).dump()
    return b"\x31" + bytes([len(algorithm)]) + bytes(algorithm)


# RFC 5754 §2: a hash's parameters are to be left out, and readers take NULL as well.
_DIGESTS: Final = {
    _bare(suite, parameters): suite for suite in (INT1, SM1) for parameters in (None, core.Null())
}
