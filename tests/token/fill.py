"""Puts a firm's keys on a token, in a process of its own: a module reads its settings once.

    python -m tests.token.fill MODULE LABEL PIN CENTRE CODE     a firm's two keys
    python -m tests.token.fill MODULE LABEL PIN CENTRE PERSON   a signing key for one of the staff

As CAs do it: the signing key is born on the token and has never been anywhere else; the encryption
key comes from the key centre (here: the firm's .p12 file). Neither can be taken out.
"""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import Any

import pkcs11
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_public_key,
    pkcs12,
)
from pkcs11 import Attribute, KeyType
from pkcs11.util.ec import (
    decode_ec_private_key,
    encode_ec_public_key,
    encode_named_curve_parameters,
)
from pkcs11.util.rsa import decode_rsa_private_key, encode_rsa_public_key
from pkcs11.util.x509 import decode_x509_certificate

from bidroom.cli.centre import AGENCY, AGENCY_CODE, STAFF, Centre, Firm
from bidroom.cli.centre import PIN as FILE_PIN
from crypto.certificates import Certificate, PublicKey, Usage
from crypto.demo_ca import DemoCA, Subject

KEPT = {
    Attribute.TOKEN: True,
    Attribute.PRIVATE: True,
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
}
USES = (Attribute.SIGN, Attribute.SIGN_RECOVER, Attribute.DECRYPT, Attribute.UNWRAP)
SIGN, ENC = b"\x01", b"\x02"  # CKA_ID


def main(module: str, label: str, pin: str, folder: str, code: str) -> None:
    centre = Centre(Path(folder))
    firm = next((one for one in centre.firms() if one.code == code), None)
    kept = {path.name: path.read_bytes() for path in (centre.folder / "ca").iterdir()}
    token = pkcs11.lib(module).get_token(token_label=label)
    with token.open(rw=True, user_pin=pin) as session:
        ca = DemoCA.restore(kept)
        if firm is None:
            subject = Subject(AGENCY, AGENCY_CODE, STAFF[code], code)
            _born(session, ca, subject, centre.staff_file(code))
        else:
            _born(session, ca, Subject(firm.name, firm.code, firm.name), firm.sign)
            _brought(session, firm)


def _born(session: Any, ca: DemoCA, subject: Subject, like: Path) -> None:
    """A key of the kind that is in the file `like`, for `subject`."""
    key, certificate, others = pkcs12.load_key_and_certificates(
        like.read_bytes(), FILE_PIN.encode()
    )
    assert certificate is not None
    public = _generated(session, isinstance(key, rsa.RSAPrivateKey))
    at = certificate.not_valid_before_utc
    own = ca.certify(subject, Usage.SIGN, public, at, secrets.token_bytes)
    chain = [Certificate(other.public_bytes(Encoding.DER)) for other in others]
    _store(session, [own, *chain], SIGN)


def _generated(session: Any, is_rsa: bool) -> PublicKey:
    private = {**KEPT, **_only(Attribute.SIGN)}
    if is_rsa:
        public, _ = session.generate_keypair(
            KeyType.RSA, 2048, id=SIGN, store=True, private_template=private
        )
        return _read(encode_rsa_public_key(public))
    named = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
    curve = session.create_domain_parameters(KeyType.EC, named, local=True)
    public, _ = curve.generate_keypair(id=SIGN, store=True, private_template=private)
    return _read(encode_ec_public_key(public))


def _brought(session: Any, firm: Firm) -> None:
    key, certificate, _ = pkcs12.load_key_and_certificates(firm.enc.read_bytes(), FILE_PIN.encode())
    assert certificate is not None
    use = Attribute.DECRYPT if isinstance(key, rsa.RSAPrivateKey) else Attribute.DERIVE
    session.create_object({**_private(key), **KEPT, **_only(use), Attribute.ID: ENC})
    _store(session, [Certificate(certificate.public_bytes(Encoding.DER))], ENC)


def _store(session: Any, certificates: list[Certificate], name: bytes) -> None:
    """The first is the key's own."""
    for number, one in enumerate(certificates):
        template = dict(decode_x509_certificate(one.der))
        template |= {Attribute.TOKEN: True, Attribute.PRIVATE: False}
        session.create_object(template | {Attribute.ID: b"" if number else name})


def _only(use: Attribute) -> dict[Any, Any]:
    return {one: one is use for one in (*USES, Attribute.DERIVE)}


def _private(key: object) -> dict[Any, Any]:
    assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    der = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    is_rsa = isinstance(key, rsa.RSAPrivateKey)
    return dict(decode_rsa_private_key(der) if is_rsa else decode_ec_private_key(der))


def _read(der: bytes) -> PublicKey:
    key = load_der_public_key(der)
    assert isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
    return key


if __name__ == "__main__":
    main(*sys.argv[1:])
