"""Sealing: in parts, in two readings, of any size, and into one file."""

from __future__ import annotations

import io
import tarfile
import tracemalloc
from dataclasses import replace

import pytest

from crypto import accept, letter, merkle, opening, sections
from crypto.errors import Reason, SealRefused
from crypto.header import Header, HeaderFacts, Manifest
from crypto.letter import FileIn
from crypto.seal import Package, pack, seal, unpack
from crypto.suites import INT1
from crypto.vectors.cases import Entropy
from crypto.vectors.cast import AT, cast
from crypto.vectors.made import FACTS, made
from crypto.vectors.plain import LETTER

MIB = 2**20


def sealed(
    files: list[FileIn], facts: HeaderFacts = FACTS, recipients: int = 1
) -> tuple[Package, list[list[bytes]]]:
    parts: list[list[bytes]] = [[], []]
    names = ["a.enc", "a.enc.second"][:recipients]
    package = seal(
        letter=LETTER,
        files=files,
        facts=facts,
        signer=cast().holders["a.sign"].key,
        recipients=[cast().holders[name].certificate for name in names],
        at=AT,
        entropy=Entropy("sealed"),
        sink=lambda section, part: parts[section].append(part),
    )
    return package, parts


def refusal(files: list[FileIn], facts: HeaderFacts = FACTS, recipients: int = 1) -> Reason:
    with pytest.raises(SealRefused) as refused:
        sealed(files, facts, recipients)
    return refused.value.reason


def test_parts_come_whole_and_in_order() -> None:
    package, parts = sealed([FileIn.of("a", bytes(3 * MIB)), FileIn.of("b", b"b" * 5)])

    assert [len(part) for part in parts[1][:-1]] == [MIB] * (len(parts[1]) - 1)
    assert 0 < len(parts[1][-1]) <= MIB
    for section in (0, 1):
        assert sum(map(len, parts[section])) == package.lengths[section]
        assert package.heads[section] == parts[section][0][: sections.HEAD]
        for part, leaf in zip(parts[section], package.part_leaves[section], strict=True):
            accept.check_part(part, leaf)
    manifest = Manifest.parse(package.seal_json)
    assert manifest.roots == tuple(merkle.root(found).hex() for found in package.part_leaves)


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_a_body_that_ends_just_where_a_part_does(more: int) -> None:
    length = 2 * MIB + more
    plain = next(n for n in range(2 * MIB) if sections.section_length(n) == length)
    start = len(letter.body_start(letter.body_index([FileIn.of("a", bytes(plain - 100))])))
    package, parts = sealed([FileIn.of("a", bytes(plain - start))])

    assert package.lengths[1] == length
    assert len(parts[1]) == len(package.part_leaves[1]) == (3 if more > 0 else 2)


def test_each_file_is_read_twice_and_in_small_pieces() -> None:
    data, asked = bytes(range(256)) * 10_000, list[tuple[int, int]]()

    def read(offset: int, length: int) -> bytes:
        asked.append((offset, length))
        return data[offset : offset + length]

    sealed([FileIn("a", len(data), read)])
    assert max(length for _, length in asked) <= MIB
    assert sorted(asked[: len(asked) // 2]) == sorted(asked[len(asked) // 2 :])
    assert sum(length for _, length in asked) == 2 * len(data)


def test_memory_does_not_grow_with_the_body() -> None:
    piece = bytes(MIB)
    files = [FileIn(str(number), 32 * MIB, lambda _, length: piece[:length]) for number in range(2)]
    holder, taken = cast().holders, 0

    def sink(section: int, part: bytes) -> None:
        nonlocal taken
        taken += len(part)

    tracemalloc.start()
    seal(
        LETTER,
        files,
        FACTS,
        holder["a.sign"].key,
        [holder["a.enc"].certificate],
        AT,
        Entropy("large"),
        sink,
    )
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert taken > 64 * MIB
    assert most < 12 * MIB


def test_a_file_that_changes_while_it_is_sealed() -> None:
    readings = iter([b"first", b"later"])
    assert refusal([FileIn("a", 5, lambda *_: next(readings))]) is Reason.MALFORMED_BODY
    assert refusal([FileIn("a", 5, lambda *_: b"four")]) is Reason.MALFORMED_BODY


def test_nothing_is_written_of_a_body_that_no_reader_takes() -> None:
    written: list[bytes] = []
    holder = cast().holders
    for files in (
        [FileIn.of("../a", b"")],
        [FileIn.of("a", b""), FileIn.of("A", b"")],
        [FileIn.of(str(number), b"") for number in range(letter.FILES_MAX + 1)],
    ):
        with pytest.raises(SealRefused) as refused:
            seal(
                LETTER,
                files,
                FACTS,
                holder["a.sign"].key,
                [holder["a.enc"].certificate],
                AT,
                Entropy("x"),
                lambda _, part: written.append(part),
            )
        assert refused.value.reason is Reason.MALFORMED_BODY
    assert not written


def test_as_many_files_as_may_be() -> None:
    files = [FileIn.of(f"{number}.pdf", b"") for number in range(letter.FILES_MAX)]
    package, parts = sealed(files)
    key = cast().holders["a.enc"].key
    keys = opening.section_keys(key, package.keyenv, package.header)
    found = list(opening.read_body(package.header, keys[1], parts[1]))
    assert len(found) == 1 + letter.FILES_MAX


def test_the_longest_names_fit_in_the_index() -> None:
    name = "標" * 85
    entry = letter.FileEntry(name, 2**40, "0" * 64)
    assert letter.good_name(name)
    assert len(name.encode()) == letter.NAME_BYTES_MAX
    assert len(letter.body_start([entry] * letter.FILES_MAX)) < letter.INDEX_MAX


def test_a_header_that_no_hall_takes_is_not_written() -> None:
    assert refusal([], replace(FACTS, suite="SM2")) is Reason.WRONG_SUITE
    for change in (
        {"bidder": "91440300708461136U"},
        {"notice": "00"},
        {"lot": ""},
        {"lot": "x" * 129},
        {"tender": "a\nb"},
        {"tender": "a\u202eb"},
    ):
        assert refusal([], replace(FACTS, **change)) is Reason.MALFORMED_HEADER
    Header.parse(sealed([], replace(FACTS, lot="𠮷" * 64))[0].header)
    assert refusal([], replace(FACTS, lot="𠮷" * 65)) is Reason.MALFORMED_HEADER
    assert refusal([], recipients=0) is Reason.MALFORMED_KEYENV


def test_a_letter_too_long_is_not_written() -> None:
    room = letter.LETTER_MAX - 4 - len('{"a":""}')
    letter.letter_plain({"a": "x" * room})
    with pytest.raises(SealRefused) as refused:
        letter.letter_plain({"a": "x" * (room + 1)})
    assert refused.value.reason is Reason.TOO_LARGE


def test_two_packages_of_one_tender_have_nothing_in_common() -> None:
    one, two = made()[0], made(seed="another")[0]
    assert one.header != two.header
    assert one.keyenv != two.keyenv
    for section in (0, 1):
        assert one.sections[section][:24] != two.sections[section][:24]
        assert one.sections[section][56:] != two.sections[section][56:]


def test_prices_of_any_length_seal_to_one_length() -> None:
    lengths = {
        len(letter.letter_plain({"typ": "bidroom/letter/1", "fields": {"price": price}}))
        for price in (1, 10**6, 10**15)
    }
    assert lengths == {letter.BLOCK}


def test_either_of_two_recipients_opens() -> None:
    package, parts = sealed([FileIn.of("a", b"a")], recipients=2)
    found = [
        opening.section_keys(cast().holders[name].key, package.keyenv, package.header)
        for name in ("a.enc", "a.enc.second")
    ]
    assert found[0] == found[1]
    assert opening.read_letter(package.header, found[0][0], b"".join(parts[0])) == LETTER


def test_a_tar_that_any_program_reads() -> None:
    package, parts = sealed([FileIn.of("a", bytes(MIB))])
    data = b"".join(pack(package, parts))
    found = unpack(data)

    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for member in tar.getmembers():
            content = tar.extractfile(member)
            assert content is not None
            assert content.read() == found[member.name]
    assert list(found) == [
        "header.json",
        "keyenv.der",
        "seal.json",
        "seal.p7s",
        "section.0",
        "section.1",
    ]
    assert found["section.1"] == b"".join(parts[1])
    assert INT1.digest(found["seal.json"]) == package.seal_hash
    assert INT1.digest(found["header.json"]) == package.header_hash


def test_a_tar_of_another_shape_is_refused() -> None:
    package, parts = sealed([])
    data = b"".join(pack(package, parts))
    for changed in (
        b"",
        data[:-1],
        data + bytes(512),
        data[512:],
        data.replace(b"seal.json", b"seal.jsom"),
        data.replace(b"0000644", b"0000755", 1),
        data[: 512 + len(package.header)] + b"x" + data[513 + len(package.header) :],
        data[:124] + b"77777777777" + data[135:],
    ):
        with pytest.raises(SealRefused) as refused:
            unpack(changed)
        assert refused.value.reason is Reason.MALFORMED_PACKAGE
    with pytest.raises(SealRefused):
        list(pack(package, [parts[1], parts[0]]))
