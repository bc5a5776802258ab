"""The people of the vectors: two firms, a forger with a CA of its own, and their certificates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa

from crypto.certificates import Certificate, Usage, credit_check_digit
from crypto.demo_ca import DemoCA, Issued, Kind, Subject
from crypto.statements import millis
from crypto.trust import TrustList
from crypto.vectors.cases import Case, Entropy, b64

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)  # when everything is judged
DAY = timedelta(days=1)
PIN = "开标123456"

CODE_A = "91440300708461136T"
CODE_B = "91330200MA2AB1234" + credit_check_digit("91330200MA2AB1234")
FIRM_A = Subject("宁波𠮷䶮㛃科技有限公司", CODE_A, "宁波𠮷䶮㛃科技有限公司")
FIRM_B = Subject("温州乙字建设有限公司", CODE_B, "温州乙字建设有限公司")
STAFF_A = Subject(FIRM_A.organisation, CODE_A, "龙䶮", "P-000017")


@dataclass(frozen=True, slots=True)
class Cast:
    holders: dict[str, Issued]
    trusts: dict[str, tuple[list[Certificate], list[Certificate], list[bytes]]]

    def trust(self, name: str) -> TrustList:
        return TrustList(*self.trusts[name])


@cache
def cast() -> Cast:
    """Everybody, made anew once a run."""
    entropy = Entropy("cast")
    ca = DemoCA.make(BEGAN - 800 * DAY, entropy)
    forger = DemoCA.make(BEGAN - 800 * DAY, entropy)  # the same names, other keys
    sign, encrypt = Usage.SIGN, Usage.ENCRYPT
    holders = {
        "a.sign": ca.issue(FIRM_A, sign, BEGAN, entropy),
        "a.enc": ca.issue(FIRM_A, encrypt, BEGAN, entropy),
        "a.enc.second": ca.issue(FIRM_A, encrypt, BEGAN, entropy),
        "a.staff": ca.issue(STAFF_A, sign, BEGAN, entropy),
        "a.renewed": ca.issue(FIRM_A, sign, AT - DAY, entropy),
        "a.sign.rsa": ca.issue(FIRM_A, sign, BEGAN, entropy, Kind.RSA),
        "a.enc.rsa": ca.issue(FIRM_A, encrypt, BEGAN, entropy, Kind.RSA),
        "a.expired": ca.issue(FIRM_A, sign, BEGAN - 400 * DAY, entropy, until=BEGAN),
        "a.enc.expired": ca.issue(FIRM_A, encrypt, BEGAN - 400 * DAY, entropy, until=BEGAN),
        "a.future": ca.issue(FIRM_A, sign, AT + DAY, entropy),
        "a.revoked": ca.issue(FIRM_A, sign, BEGAN, entropy),
        "a.enc.revoked": ca.issue(FIRM_A, encrypt, BEGAN, entropy),
        "b.sign": ca.issue(FIRM_B, sign, BEGAN, entropy),
        "b.enc": ca.issue(FIRM_B, encrypt, BEGAN, entropy),
        "forged.sign": forger.issue(FIRM_A, sign, BEGAN, entropy),
        "forged.enc": forger.issue(FIRM_A, encrypt, BEGAN, entropy),
    }
    gone = [(holders[name].certificate, AT - DAY) for name in ("a.revoked", "a.enc.revoked")]
    later = [(holders["a.revoked"].certificate, AT + DAY)]
    roots, middle = [ca.root], [ca.issuing]
    root_crl = ca.root_crl(AT - DAY)
    old = BEGAN - 30 * DAY
    trusts = {
        "fresh": (roots, middle, [ca.crl(AT - DAY, gone), root_crl]),
        "stale": (roots, middle, [ca.crl(old), ca.root_crl(old)]),
        "stale and telling": (roots, middle, [ca.crl(AT - DAY, gone, AT - DAY / 2), root_crl]),
        "revoked later": (roots, middle, [ca.crl(AT - DAY, later), root_crl]),
        "no CRL": (roots, middle, []),
        "forged CRL": (roots, middle, [forger.crl(AT - DAY, gone), forger.root_crl(AT - DAY)]),
        "roots only": (roots, [], [ca.crl(AT - DAY, gone), root_crl]),
        "nobody": ([], middle, []),
    }
    return Cast(holders, trusts)


def told(issued: Issued, with_files: bool) -> Case:
    """A holder as the vectors tell it."""
    certificate = issued.certificate
    return {
        "certificate": b64(certificate.der),
        "chain": [b64(ca.der) for ca in issued.chain],
        "fingerprint": certificate.fingerprint,
        "subject_name": certificate.subject_name,
        "common_name": certificate.common_name,
        "credit_code": certificate.credit_code,
        "serial_number": certificate.serial_number,
        "not_before": millis(certificate.not_before),
        "not_after": millis(certificate.not_after),
        "usages": sorted(certificate.usages),
        "kind": "rsa2048" if isinstance(issued.private_key, rsa.RSAPrivateKey) else "p256",
        "pkcs8": b64(issued.pkcs8),
        **(
            {"p12": b64(issued.p12(PIN)), "p12_legacy": b64(issued.p12(PIN, legacy=True))}
            if with_files
            else {}
        ),
    }
