"""The example values that the standards of SM2, SM3 and SM4 print, for both implementations.

GB/T 32905-2016 appendix A, GB/T 32907-2016 appendix A, GB/T 32918.5-2017 appendices A and C, and
RFC 8998 appendix A.1.
"""

from __future__ import annotations

from typing import Any


def national_cases() -> dict[str, Any]:
    abcd = b"abcd" * 16
    one = "0123456789abcdeffedcba9876543210"
    return {
        "sm3": [
            _hash(b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
            _hash(abcd, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
        ],
        "sm4": [
            _block(one, 1, "681edf34d206965e86b3e94f536e4246"),
            _block(one, 1_000_000, "595298c7c6fd271f0402f804c33d3f66"),
        ],
        "sm4_gcm": [_gcm()],
        "sm2": {**_pair(), "signature": _signature(), "encryption": _encryption()},
    }


def _hash(data: bytes, out: str) -> dict[str, str]:
    return {"name": data.decode(), "data": data.hex(), "out": out}


def _block(key: str, times: int, out: str) -> dict[str, Any]:
    """A block, which is the key's own bytes, encrypted so many times over."""
    return {"name": f"{times} times", "key": key, "data": key, "times": times, "out": out}


def _gcm() -> dict[str, str]:
    return {
        "name": "RFC 8998 A.1",
        "key": "0123456789abcdeffedcba9876543210",
        "nonce": "00001234567800000000abcd",
        "associated": "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "plain": "".join(two * 8 for two in ("aa", "bb", "cc", "dd", "ee", "ff", "ee", "aa")),
        "out": (
            "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
            "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
            "83de3541e4c2b58177e065a9bf7b62ec"
        ),
    }


def _pair() -> dict[str, str]:
    return {
        "private": "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8",
        "x": "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020",
        "y": "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13",
    }


def _signature() -> dict[str, str]:
    """Under the id 1234567812345678; `der` is SEQUENCE { r, s }."""
    r = "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    s = "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
    return {
        "data": b"message digest".hex(),
        "r": r,
        "s": s,
        "der": f"3046022100{r}022100{s}",
    }


def _encryption() -> dict[str, str]:
    """`der` as GM/T 0009 writes it: SEQUENCE { x, y, hash, ciphertext }."""
    x = "04ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73"
    y = "e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0"
    c3 = "59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766"
    c2 = "21886ca989ca9c7d58087307ca93092d651efa"
    return {
        "plain": b"encryption standard".hex(),
        "der": f"307c0220{x}022100{y}0420{c3}0413{c2}",
    }
