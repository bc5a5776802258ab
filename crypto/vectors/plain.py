"""Vectors without certificates: canonical JSON, Merkle trees, sections, letters and bodies,
statements.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import Any

from crypto import canonical, letter, merkle, sections
from crypto.errors import Reason
from crypto.letter import FileIn
from crypto.suites import INT1, Ciphers
from crypto.vectors.cases import Case, b64, refused

AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
LETTER = {
    "typ": "bidroom/letter/1",
    "fields": {"price": 123456700, "days": 90, "manager": "龙䶮", "quality": "合格"},
}
HH = sha256(b"header").digest()


def canonical_cases() -> dict[str, list[Case]]:
    spelled = [
        ("empty object", {}),
        ("keys in UTF-16 order", {"\ufb01": 1, "𠮷": 2, "a": 3, "": 4, "A": 5}),
        ("escapes", {"text": '\x00\x08\t\n\x0b\f\r\x1f"\\/\x7f\u2028<&'}),
        ("rare characters", ["𠮷", "䶮", "㛃", "𠀀", "é"]),
        ("numbers", [0, -1, 2**53 - 1, -(2**53) + 1]),
        ("nested", {"b": [True, False, None, {"z": [], "y": {}}], "a": ""}),
    ]
    encode = [{"name": n, "value": v, "out": canonical.encode(v).hex()} for n, v in spelled]
    bad = [
        ("duplicate key", b'{"a":1,"a":2}'),
        ("duplicate key, spelled apart", b'{"a":1,"\\u0061":2}'),
        ("unsorted keys", b'{"b":1,"a":2}'),
        ("space", b'{"a": 1}'),
        ("space at the end", b'{"a":1} '),
        ("float", b'{"a":1.0}'),
        ("exponent", b'{"a":1e2}'),
        ("minus zero", b"[-0]"),
        ("leading zero", b"[01]"),
        ("number too large", b"[9007199254740992]"),
        ("number too small", b"[-9007199254740992]"),
        ("not a number", b"[NaN]"),
        ("needless escape", b'["\\u0061"]'),
        ("escape in upper case", b'["\\u001F"]'),
        ("escaped slash", b'["\\/"]'),
        ("lone surrogate", b'["\\ud842"]'),
        ("surrogate pair as escapes", b'["\\ud842\\udfb7"]'),
        ("surrogate in UTF-8", b'["\xed\xa1\x82"]'),
        ("overlong UTF-8", b'["\xc0\xaf"]'),
        ("byte order mark", b"\xef\xbb\xbf{}"),
        ("two values", b"{}{}"),
        ("nothing", b""),
        ("too deep", b"[" * 40 + b"]" * 40),
    ]
    decode = [
        refused(
            Reason.NOT_CANONICAL,
            partial(canonical.decode, data, 1024),
            name=name,
            limit=1024,
            **{"in": data.hex()},
        )
        for name, data in bad
    ]
    long = canonical.encode("x" * 100)
    decode.append(
        refused(
            Reason.TOO_LARGE,
            partial(canonical.decode, long, 101),
            name="over the limit",
            limit=101,
            **{"in": long.hex()},
        )
    )
    decode.append({"name": "at the limit", "limit": 102, "in": long.hex(), "value": "x" * 100})
    return {"encode": encode, "decode": decode}


def merkle_cases() -> dict[str, list[Case]]:
    leaves = [b"", b"\x00", b"\x10", b"\x20\x21", b"\x30\x31", b"@ABC", b"PQRSTUVW", b"`" * 16]
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    tree = merkle.Tree(hashes)
    roots = [
        {
            "name": f"{size} leaves",
            "leaves": [leaf.hex() for leaf in leaves[:size]],
            "root": tree.root_at(size).hex(),
        }
        for size in range(len(leaves) + 1)
    ]
    inclusion: list[Case] = []
    consistency: list[Case] = []
    for size in range(1, len(leaves) + 1):
        for index in range(size):
            proof = tree.inclusion(index, size)
            found = {
                "name": f"leaf {index} of {size}",
                "index": index,
                "size": size,
                "leaf": hashes[index].hex(),
                "proof": [node.hex() for node in proof],
                "root": tree.root_at(size).hex(),
            }
            inclusion.append({**found, "good": True})
        for old in range(size + 1):
            consistency.append(
                {
                    "name": f"{old} before {size}",
                    "old": old,
                    "new": size,
                    "old_root": tree.root_at(old).hex(),
                    "new_root": tree.root_at(size).hex(),
                    "proof": [node.hex() for node in tree.consistency(old, size)],
                    "good": True,
                }
            )
    last = inclusion[-1]
    worse = [
        {**last, "name": "another place", "index": 3},
        {**last, "name": "beyond the tree", "index": 8},
        {**last, "name": "another size", "size": 7},
        {**last, "name": "a short proof", "proof": last["proof"][:-1]},
        {**last, "name": "a long proof", "proof": [*last["proof"], last["leaf"]]},
        {**last, "name": "another leaf", "leaf": last["root"]},
    ]
    inclusion += [{**case, "good": False} for case in worse]
    some = next(case for case in consistency if case["name"] == "3 before 7")
    worse = [
        {**some, "name": "another history", "old_root": some["new_root"]},
        {**some, "name": "another present", "new_root": some["old_root"]},
        {**some, "name": "a short history proof", "proof": some["proof"][:-1]},
        {**some, "name": "backwards", "old": 7, "new": 3},
        {**some, "name": "one size, two roots", "old": 7, "proof": []},
    ]
    consistency += [{**case, "good": False} for case in worse]
    return {"roots": roots, "inclusion": inclusion, "consistency": consistency}


def section_cases(suite: Ciphers = INT1) -> dict[str, Any]:
    cek = sha256(b"cek").digest()[: suite.key]
    keys = [
        {
            "name": f"section {index}",
            "cek": cek.hex(),
            "index": index,
            "header_hash": HH.hex(),
            "key": sections.section_key(cek, index, HH, suite).hex(),
            "context": sections.context(index, HH).hex(),
        }
        for index in range(2)
    ]
    key, context = sections.section_key(cek, 0, HH, suite), sections.context(0, HH)
    salt = sha256(b"salt").digest()[:24]
    encrypt: list[Case] = []
    for size in (0, 1, 4096, 16383, 16384, 16385, 40000):
        plain = bytes(number % 251 for number in range(size))
        sealed = b"".join(sections.encrypt(key, context, salt, [plain], suite))
        encrypt.append(
            {
                "name": f"{size} bytes, each its place modulo 251",
                "key": key.hex(),
                "context": context.hex(),
                "salt": salt.hex(),
                "size": size,
                "length": len(sealed),
                "sha256": sha256(sealed).hexdigest(),
                "head": sealed[:56].hex(),
                **({"out": b64(sealed)} if size < 5000 else {}),
            }
        )
    return {"keys": keys, "encrypt": encrypt, **_bad_sections(key, context, salt, suite)}


def _bad_sections(key: bytes, context: bytes, salt: bytes, suite: Ciphers) -> dict[str, Any]:
    """Each bad ciphertext is told by slices of one good one, a bit that is flipped, and what is
    added.
    """
    sealed = b"".join(sections.encrypt(key, context, salt, [bytes(40000)], suite))
    size, chunk = len(sealed), sections.CHUNK + sections.TAG
    head, first, second, rest = (
        [0, 56], [56, 56 + chunk], [56 + chunk, 56 + 2 * chunk], [56 + 2 * chunk, size],
    )  # fmt: skip
    wrong, altered = Reason.WRONG_KEY, Reason.SECTION_ALTERED
    bad: list[tuple[str, Reason, Case]] = [
        ("another key", wrong, {"key": bytes(len(key)).hex()}),
        ("a short key", wrong, {"key": key[:-1].hex()}),
        ("another section's context", wrong, {"context": sections.context(1, HH).hex()}),
        ("salt changed", wrong, {"flip": 0}),
        ("commitment changed", wrong, {"flip": 24}),
        ("first chunk changed", altered, {"flip": 60}),
        ("last byte changed", altered, {"flip": size - 1}),
        ("last byte missing", altered, {"slices": [[0, size - 1]]}),
        ("cut between chunks", altered, {"slices": [head, first, second]}),
        ("a byte too many", altered, {"append": "00"}),
        ("only a head", altered, {"slices": [head]}),
        ("half a head", altered, {"slices": [[0, 40]]}),
        ("nothing", altered, {"slices": []}),
        ("chunks swapped", altered, {"slices": [head, second, first, rest]}),
        ("a chunk twice", altered, {"slices": [head, first, first, rest]}),
        ("a chunk left out", altered, {"slices": [head, second, rest]}),
    ]
    whole: Case = {"key": key.hex(), "context": context.hex(), "slices": [[0, size]]}
    whole |= {"flip": None, "append": ""}
    cases = []
    for name, reason, change in bad:
        case = {**whole, **change}
        cases.append(refused(reason, partial(_decrypt, case, sealed, suite), name=name, **case))
    return {"decrypt_base": b64(sealed), "decrypt": cases}


def _decrypt(case: Case, base: bytes, suite: Ciphers) -> None:
    data = bytearray().join(base[start:end] for start, end in case["slices"])
    data += bytes.fromhex(case["append"])
    if case["flip"] is not None:
        data[case["flip"]] ^= 1
    key, context = bytes.fromhex(case["key"]), bytes.fromhex(case["context"])
    list(sections.decrypt(key, context, [bytes(data)], suite))


def letter_cases() -> dict[str, list[Case]]:
    plain = letter.letter_plain(LETTER)
    long = {"typ": "bidroom/letter/1", "fields": {"note": "长" * 2000}}
    good: list[Case] = [
        {"name": "one block", "letter": LETTER, "plain": b64(plain)},
        {"name": "two blocks", "letter": long, "plain": b64(letter.letter_plain(long))},
    ]
    text = canonical.encode(LETTER)
    size = len(text).to_bytes(4, "big")
    bad = [
        ("covert padding", plain[:-1] + b"\x01"),
        ("a block too many", plain + bytes(4096)),
        ("a block too few", letter.letter_plain(long)[:4096]),
        ("not padded", size + text),
        ("length beyond the end", (4093).to_bytes(4, "big") + plain[4:]),
        ("length too short", (len(text) - 1).to_bytes(4, "big") + plain[4:]),
        ("not an object", _padded(b"[]")),
        ("duplicate key", _padded(b'{"typ":1,"typ":2}')),
        ("float", _padded(b'{"price":1.5}')),
        ("another spelling", _padded(b'{"typ" :1}')),
        ("nothing", b""),
    ]
    for name, data in bad:
        good.append(
            refused(
                Reason.UNREADABLE_LETTER,
                partial(letter.read_letter_plain, data),
                name=name,
                plain=b64(data),
            )
        )
    return {"letters": good, "bodies": _body_cases(), "names": _name_cases()}


def _padded(text: bytes) -> bytes:
    whole = len(text).to_bytes(4, "big") + text
    return whole + bytes(-len(whole) % 4096)


def _body_cases() -> list[Case]:
    files = [("技术标.pdf", b"%PDF"), ("空.txt", b""), ("𠮷.xlsx", b"PK" * 10)]
    ins = [FileIn.of(name, data) for name, data in files]
    plain = b"".join(letter.body_plain(ins, letter.body_index(ins)))
    cases: list[Case] = [
        {
            "name": "three files, one of them empty",
            "files": [{"name": name, "data": b64(data)} for name, data in files],
            "plain": b64(plain),
        },
        {"name": "no files", "files": [], "plain": b64(letter.body_start([]))},
    ]
    one = {"name": "a.txt", "size": 1, "sha256": sha256(b"a").hexdigest()}
    bad = [
        ("path traversal", _body([{**one, "name": "../a.txt"}], b"a")),
        ("a path", _body([{**one, "name": "dir/a.txt"}], b"a")),
        ("a Windows path", _body([{**one, "name": "C:\\a.txt"}], b"a")),
        ("an over-long name", _body([{**one, "name": "a" * 121}], b"a")),
        ("a name told backwards", _body([{**one, "name": "a\u202efdp.exe"}], b"a")),
        ("a name twice", _body([one, {**one, "name": "A.TXT"}], b"aa")),
        ("size too small", _body([one], b"ab")),
        ("size too large", _body([{**one, "size": 2}], b"a")),
        ("a file missing", _body([one, {**one, "name": "b.txt"}], b"a")),
        ("another hash", _body([one], b"b")),
        ("a negative size", _body([{**one, "size": -1}], b"a")),
        ("an unknown field", _body([{**one, "mode": 7}], b"a")),
        ("an index that is no list", _body({}, b"")),
        ("an index beyond the end", (99).to_bytes(4, "big") + b"[]"),
        ("an index too long", (2**20).to_bytes(4, "big")),
        ("nothing", b""),
    ]
    for name, data in bad:
        cases.append(
            refused(
                Reason.UNREADABLE_BODY,
                partial(_read_body, data),
                name=name,
                plain=b64(data),
            )
        )
    return cases


def _body(index: object, data: bytes) -> bytes:
    text = canonical.encode(index)
    return len(text).to_bytes(4, "big") + text + data


def _read_body(plain: bytes) -> None:
    reader = letter.BodyReader()
    list(reader.feed(plain))
    reader.finish()


def _name_cases() -> list[Case]:
    good = ["a", "技术标.pdf", "𠮷䶮㛃.docx", "资格证明 (正本).pdf", "a.b.c", "a" * 120]
    bad = [
        "", ".", "..", ".hidden", " a", "a ", "a.", "a/b", "a\\b", "a:b", "a*", "a?", 'a"', "a<",
        "a|", "a\n", "a\0", "a\u200b", "a\u202e", "a\u2028", "e\u0301", "标" * 86, "a" * 121,
    ]  # fmt: skip
    cases = [{"name": name, "good": letter.good_name(name)} for name in [*good, *bad]]
    assert [case["good"] for case in cases] == [True] * len(good) + [False] * len(bad)
    return cases
