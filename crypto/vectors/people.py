"""Vectors about certificates and keys: .p12 files, trust, signatures, key envelopes."""

from __future__ import annotations

from functools import partial
from hashlib import sha256

from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from crypto import keyenv, shapes, signing, sm2
from crypto.certificates import Usage, good_credit_code
from crypto.errors import Reason
from crypto.softkey import open_pkcs12
from crypto.statements import millis
from crypto.vectors.cases import Case, Entropy, b64, flipped, refused
from crypto.vectors.cast import AT, CODE_A, CODE_B, DAY, PIN, cast, told

CEK = sha256(b"cek").digest()
DATA = b'{"typ":"bidroom/seal/1"}'


def key_cases() -> dict[str, object]:
    people = cast()
    files = ("a.sign", "a.enc", "a.sign.rsa", "a.enc.rsa", "a.staff", "b.sign", "b.enc")
    holders = {name: told(one, name in files) for name, one in people.holders.items()}
    trusts = {
        name: {
            "roots": [b64(one.der) for one in roots],
            "intermediates": [b64(one.der) for one in intermediates],
            "crls": [b64(one) for one in crls],
        }
        for name, (roots, intermediates, crls) in people.trusts.items()
    }
    return {
        "pin": PIN,
        "holders": holders,
        "trusts": trusts,
        "p12": _p12_cases(),
        "credit_codes": _credit_codes(),
    }


def _p12_cases() -> list[Case]:
    a = cast().holders["a.sign"]
    modern, legacy = a.p12(PIN), a.p12(PIN, legacy=True)
    locked = BestAvailableEncryption(PIN.encode())
    alone = pkcs12.serialize_key_and_certificates(
        None, None, a.certificate.x509, [ca.x509 for ca in a.chain], locked
    )
    assert not isinstance(a.private_key, sm2.PrivateKey)
    bare = pkcs12.serialize_key_and_certificates(b"key", a.private_key, None, None, locked)
    curve = _with_another_kind_of_key()
    bad = [
        ("wrong PIN, modern", modern, "12345", Reason.WRONG_PIN),
        ("wrong PIN, legacy", legacy, "12345", Reason.WRONG_PIN),
        ("empty PIN", modern, "", Reason.WRONG_PIN),
        ("a certificate", a.certificate.der, PIN, Reason.NOT_A_P12),
        ("a bare key", a.pkcs8, PIN, Reason.NOT_A_P12),
        ("text", b"-----BEGIN CERTIFICATE-----", PIN, Reason.NOT_A_P12),
        ("nothing", b"", PIN, Reason.NOT_A_P12),
        ("cut short", modern[:-1], PIN, Reason.NOT_A_P12),
        ("a byte too many", modern + b"\0", PIN, Reason.NOT_A_P12),
        ("certificates without a key", alone, PIN, Reason.NO_KEY),
        ("a key without a certificate", bare, PIN, Reason.NO_KEY),
        ("a key on P-384", curve, PIN, Reason.KEY_UNSUITED),
    ]
    return [
        refused(
            reason,
            partial(open_pkcs12, data, pin),
            name=name,
            p12=b64(data),
            pin=pin,
        )
        for name, data, pin, reason in bad
    ]


def _with_another_kind_of_key() -> bytes:
    key = ec.derive_private_key(17, ec.SECP384R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "P-384")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(1)
    builder = builder.not_valid_before(AT).not_valid_after(AT + DAY).public_key(key.public_key())
    certificate = builder.sign(key, SHA256(), ecdsa_deterministic=True)
    locked = BestAvailableEncryption(PIN.encode())
    return pkcs12.serialize_key_and_certificates(b"key", key, certificate, None, locked)


def _credit_codes() -> list[Case]:
    codes = [CODE_A, CODE_B, CODE_A[:-1] + "U", CODE_A.lower(), CODE_A[:-1], "", "O" * 18]
    return [{"code": code, "good": good_credit_code(code)} for code in codes]


def trust_cases() -> dict[str, list[Case]]:
    people = cast()
    good = [
        ("a signer, fresh CRL", "a.sign", "fresh", Usage.SIGN),
        ("a member of staff", "a.staff", "fresh", Usage.SIGN),
        ("an RSA signer", "a.sign.rsa", "fresh", Usage.SIGN),
        ("a recipient", "a.enc", "fresh", Usage.ENCRYPT),
        ("an RSA recipient", "a.enc.rsa", "fresh", Usage.ENCRYPT),
        ("a stale CRL refuses nobody", "a.sign", "stale", Usage.SIGN),
        ("a missing CRL refuses nobody", "a.sign", "no CRL", Usage.SIGN),
        ("a CRL that another signed counts as missing", "a.sign", "forged CRL", Usage.SIGN),
        ("revoked, says only a forged CRL", "a.revoked", "forged CRL", Usage.SIGN),
        ("revoked after this time", "a.revoked", "revoked later", Usage.SIGN),
        ("the chain brings the issuing CA", "a.sign", "roots only", Usage.SIGN),
    ]
    cases: list[Case] = []
    for name, holder, trust, usage in good:
        issued = people.holders[holder]
        standing = people.trust(trust).check(issued.certificate, issued.chain, usage, AT)
        cases.append(_trust_case(name, holder, trust, usage, True) | {"crl": standing.crl.value})
    bad = [
        ("expired", "a.expired", "fresh", Usage.SIGN, Reason.CERTIFICATE_EXPIRED),
        ("not yet valid", "a.future", "fresh", Usage.SIGN, Reason.CERTIFICATE_NOT_YET_VALID),
        ("revoked", "a.revoked", "fresh", Usage.SIGN, Reason.CERTIFICATE_REVOKED),
        ("revoked, stale CRL", "a.revoked", "stale and telling", Usage.SIGN,
            Reason.CERTIFICATE_REVOKED),
        ("an encryption certificate signs", "a.enc", "fresh", Usage.SIGN,
            Reason.CERTIFICATE_WRONG_USAGE),
        ("a signing certificate receives", "a.sign", "fresh", Usage.ENCRYPT,
            Reason.CERTIFICATE_WRONG_USAGE),
        ("a forger's, with the CA's name", "forged.sign", "fresh", Usage.SIGN,
            Reason.CERTIFICATE_UNTRUSTED),
        ("no root", "a.sign", "nobody", Usage.SIGN, Reason.CERTIFICATE_UNTRUSTED),
    ]  # fmt: skip
    for name, holder, trust, usage, reason in bad:
        issued = people.holders[holder]
        cases.append(
            refused(
                reason,
                partial(people.trust(trust).check, issued.certificate, issued.chain, usage, AT),
                **_trust_case(name, holder, trust, usage, True),
            )
        )
    a = people.holders["a.sign"]
    cases.append(
        refused(
            Reason.CERTIFICATE_UNTRUSTED,
            partial(people.trust("roots only").check, a.certificate, [], Usage.SIGN, AT),
            **_trust_case("the issuing CA is missing", "a.sign", "roots only", Usage.SIGN, False),
        )
    )
    return {"checks": cases}


def _trust_case(name: str, holder: str, trust: str, usage: Usage, chain: bool) -> Case:
    return {
        "name": name,
        "holder": holder,
        "with_chain": chain,
        "trust": trust,
        "usage": usage.value,
        "at": millis(AT),
    }


def signature_cases() -> dict[str, list[Case]]:
    people = cast()
    bare: list[Case] = []
    for holder in ("a.sign", "a.sign.rsa"):
        issued = people.holders[holder]
        signature = issued.key.sign(DATA)
        case = {"holder": holder, "data": DATA.hex(), "signature": signature.hex()}
        bare.append({"name": f"{holder} signs (the same bytes each time)", **case})
        for name, change in (
            ("another text", {"data": (DATA + b" ").hex()}),
            ("a bit flipped", {"signature": flipped(signature, -1).hex()}),
            ("nothing", {"signature": ""}),
            ("another signer", {"holder": "b.sign"}),
        ):
            changed = {**case, "name": f"{holder}: {name}", **change}
            bare.append(refused(Reason.SIGNATURE_BAD, partial(_verify, changed), **changed))
    return {"bare": bare, "cades": _cades_cases()}


def _verify(case: Case) -> None:
    certificate = cast().holders[case["holder"]].certificate
    signing.verify(certificate, bytes.fromhex(case["data"]), bytes.fromhex(case["signature"]))


def _cades_cases() -> list[Case]:
    people = cast()
    cases: list[Case] = []
    for holder in ("a.sign", "a.sign.rsa"):
        key = people.holders[holder].key
        extra = [people.holders["a.enc"].certificate]
        p7s = signing.cades_sign(key, DATA, AT, extra)
        cases.append(
            {
                "name": f"{holder} signs",
                "holder": holder,
                "extra": ["a.enc"],
                "data": DATA.hex(),
                "at": millis(AT),
                "p7s": b64(p7s),
            }
        )
    p7s = signing.cades_sign(people.holders["a.sign"].key, DATA, AT)
    bad = [
        ("no signature", b"", DATA, Reason.SIGNATURE_MISSING),
        ("no signer in it", _stripped(p7s), DATA, Reason.SIGNATURE_MISSING),
        ("another text", p7s, DATA + b" ", Reason.SEAL_ALTERED),
        ("signature flipped", flipped(p7s, -1), DATA, Reason.SIGNATURE_BAD),
        ("certificate taken out", _without_certificates(p7s), DATA, Reason.SIGNER_UNKNOWN),
        ("cut short", p7s[:-1], DATA, Reason.MALFORMED_SIGNATURE),
        ("a byte too many", p7s + b"\0", DATA, Reason.MALFORMED_SIGNATURE),
        ("text", b"signed, A", DATA, Reason.MALFORMED_SIGNATURE),
        ("too long", bytes(signing.SIGNATURE_MAX + 1), DATA, Reason.TOO_LARGE),
    ]
    for name, data, text, reason in bad:
        told_in = {"p7s_zeros": len(data)} if reason is Reason.TOO_LARGE else {"p7s": b64(data)}
        cases.append(
            refused(
                reason,
                partial(signing.cades_verify, data, text),
                name=name,
                data=text.hex(),
                **told_in,
            )
        )
    return cases


def _stripped(p7s: bytes) -> bytes:
    info = cms.ContentInfo.load(p7s)
    info["content"]["signer_infos"] = cms.SignerInfos([])
    return bytes(info.dump(force=True))


def _without_certificates(p7s: bytes) -> bytes:
    info = cms.ContentInfo.load(p7s)
    info["content"]["certificates"] = []
    return bytes(info.dump(force=True))


def keyenv_cases() -> dict[str, list[Case]]:
    people = cast()
    wrapped: list[Case] = []
    for names in (["a.enc"], ["a.enc", "a.enc.second"], ["a.enc.rsa"], ["a.enc", "a.enc.rsa"]):
        entropy = Entropy("keyenv " + " ".join(names))
        der = keyenv.wrap(CEK, [people.holders[name].certificate for name in names], entropy)
        wrapped.append(
            {
                "name": "for " + " and ".join(names),
                "recipients": names,
                "cek": CEK.hex(),
                "entropy": entropy.drawn,  # in this order; RSA-OAEP's seed isn't from it
                "deterministic": "a.enc.rsa" not in names,
                "keyenv": b64(der),
            }
        )
    one = keyenv.wrap(CEK, [people.holders["a.enc"].certificate], Entropy("keyenv a.enc"))
    rsa = keyenv.wrap(CEK, [people.holders["a.enc.rsa"].certificate], Entropy("keyenv rsa"))
    bad = [
        ("for somebody else", "b.enc", one, Reason.NOT_A_RECIPIENT),
        ("tag flipped", "a.enc", flipped(one, -1), Reason.KEYENV_ALTERED),
        ("content flipped", "a.enc", flipped(one, -20), Reason.KEYENV_ALTERED),
        ("wrapped key flipped", "a.enc", _spoiled(one, "wrapped"), Reason.KEYENV_ALTERED),
        ("a point that is not on the curve", "a.enc", _spoiled(one, "point"),
            Reason.KEYENV_ALTERED),
        ("the point at infinity", "a.enc", _spoiled(one, "infinity"), Reason.KEYENV_ALTERED),
        ("RSA block flipped", "a.enc.rsa", _spoiled(rsa, "wrapped"), Reason.KEYENV_ALTERED),
        ("RSA with another hash", "a.enc.rsa", _spoiled(rsa, "hash"), Reason.MALFORMED_KEYENV),
        ("another content cipher", "a.enc", _spoiled(one, "cipher"), Reason.MALFORMED_KEYENV),
        ("a short tag", "a.enc", _spoiled(one, "tag"), Reason.MALFORMED_KEYENV),
        ("no recipient", "a.enc", _spoiled(one, "nobody"), Reason.MALFORMED_KEYENV),
        ("cut short", "a.enc", one[:-1], Reason.MALFORMED_KEYENV),
        ("a byte too many", "a.enc", one + b"\0", Reason.MALFORMED_KEYENV),
        ("text", "a.enc", b"for A", Reason.MALFORMED_KEYENV),
        ("too long", "a.enc", bytes(keyenv.KEYENV_MAX + 1), Reason.TOO_LARGE),
    ]  # fmt: skip
    unwrap = [
        refused(
            reason,
            partial(people.holders[holder].key.unwrap, der),
            name=name,
            holder=holder,
            **({"zeros": len(der)} if reason is Reason.TOO_LARGE else {"keyenv": b64(der)}),
        )
        for name, holder, der, reason in bad
    ]
    return {"wrap": wrapped, "unwrap": unwrap}


def _spoiled(der: bytes, how: str) -> bytes:
    """The envelope `der` with one thing wrong in it."""
    info = shapes.ContentInfo.load(der)
    envelope = info["content"]
    recipient = envelope["recipient_infos"][0].chosen
    match how:
        case "wrapped":
            found = recipient if isinstance(recipient, shapes.Ktri) else recipient[
                "recipient_encrypted_keys"][0]  # fmt: skip
            found["encrypted_key"] = flipped(found["encrypted_key"].native, 9)
        case "point":
            key = recipient["originator"].chosen
            key["public_key"] = flipped(key["public_key"].native, -1)
        case "infinity":
            recipient["originator"].chosen["public_key"] = b"\0"
        case "hash":
            oid = bytes.fromhex("0609608648016503040201")
            return der.replace(oid, bytes.fromhex("0609608648016503040204"))
        case "cipher":  # AES-256-CBC where GCM stood
            return der.replace(
                bytes.fromhex("60864801650304012e"), bytes.fromhex("60864801650304012a")
            )
        case "tag":
            envelope["mac"] = envelope["mac"].native[:12]
        case "nobody":
            envelope["recipient_infos"] = []
    return bytes(info.dump(force=True))
