"""Puts .p12 files on a token, in a process of its own: a module reads its settings once.

python -m tests.token.fill MODULE LABEL PIN FILE_PIN FILE …
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pkcs11
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509 import KeyUsage
from pkcs11 import Attribute
from pkcs11.util.ec import decode_ec_private_key
from pkcs11.util.rsa import decode_rsa_private_key
from pkcs11.util.x509 import decode_x509_certificate

KEPT = {
    Attribute.TOKEN: True,
    Attribute.PRIVATE: True,
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
}


def main(module: str, label: str, pin: str, file_pin: str, *files: str) -> None:
    token = pkcs11.lib(module).get_token(token_label=label)
    with token.open(rw=True, user_pin=pin) as session:
        for number, file in enumerate(files, 1):
            _put(session, Path(file), file_pin, bytes([number]))


def _put(session: Any, file: Path, pin: str, name: bytes) -> None:
    key, certificate, others = pkcs12.load_key_and_certificates(file.read_bytes(), pin.encode())
    assert certificate is not None
    used = certificate.extensions.get_extension_for_class(KeyUsage).value
    template = {**_private(key), **KEPT, Attribute.ID: name, Attribute.LABEL: file.stem}
    template |= {
        Attribute.SIGN: used.digital_signature,
        Attribute.DECRYPT: used.key_encipherment,
        Attribute.DERIVE: used.key_agreement,
    }
    session.create_object(template)
    for number, one in enumerate([certificate, *others]):
        found = decode_x509_certificate(one.public_bytes(Encoding.DER))
        own = {Attribute.ID: name} if number == 0 else {Attribute.ID: b""}
        session.create_object({**found, **own, Attribute.TOKEN: True, Attribute.PRIVATE: False})


def _private(key: object) -> dict[Any, Any]:
    match key:
        case ec.EllipticCurvePrivateKey():
            der = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
            return dict(decode_ec_private_key(der))
        case rsa.RSAPrivateKey():
            der = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
            return dict(decode_rsa_private_key(der))
    raise TypeError(type(key))


if __name__ == "__main__":
    main(*sys.argv[1:])
