"""Banks' files, as they come: every one of the foreign samples, and what banks do to their own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidroom.deposits.camt import read_camt
from bidroom.deposits.exports import read_export
from bidroom.deposits.statements import Doubtful, Finding, fen
from bidroom.deposits.words import STATEMENTS

F = Finding
CAMT: dict[str, list[set[Finding]] | Finding] = {
    "camt052.v2.xml": F.INTERIM,
    "camt053.v2.all-balance-types.xml": [
        {F.BALANCES_DIFFER, F.FOREIGN_CURRENCY, F.REFERENCE_MISSING}
    ],
    "camt053.v2.five.decimals.xml": [{F.BALANCES_DIFFER, F.FOREIGN_CURRENCY, F.REFERENCE_MISSING}],
    "camt053.v2.multi.statement.xml": [{F.FOREIGN_CURRENCY, F.REFERENCE_MISSING}] * 2,
    "camt053.v2.wrong.xml": F.NO_STATEMENT,
    "camt053.v8.xml": [{F.BALANCES_DIFFER, F.FOREIGN_CURRENCY}],
    "camt054.v2.xml": [{F.DETAILS_DIFFER, F.FOREIGN_CURRENCY}],
    "camt054.v8.xml": [{F.DETAILS_DIFFER, F.FOREIGN_CURRENCY}],
}
EXPORTS: dict[str, tuple[int, set[Finding]]] = {  # lines that moved money, what is doubtful
    "example-abc_debit-records.csv": (4, {F.BALANCES_DIFFER}),
    "example-cmb-records.csv": (5, {F.BALANCES_DIFFER}),
    "example-icbc-debit-v1-records.csv": (11, {F.AMOUNT_UNREADABLE, F.REFERENCE_MISSING}),
}


def foreign(folder: str) -> Path:
    place = os.environ.get("BIDROOM_CONFORMANCE")
    if not place:
        pytest.skip("BIDROOM_CONFORMANCE names no folder of banks' files: they were NOT read")
    return Path(place) / folder


@pytest.mark.parametrize("name", CAMT)
def test_a_foreign_camt_file_is_read_or_put_aside_with_a_reason(name: str) -> None:
    data, expected = (foreign("camt") / name).read_bytes(), CAMT[name]
    if isinstance(expected, Finding):
        with pytest.raises(Doubtful) as doubt:
            read_camt(data)
        assert doubt.value.finding is expected
        assert STATEMENTS[expected]
    else:
        found = read_camt(data)
        assert [set(one.findings) for one in found] == expected
        assert all(one.lines for one in found)


@pytest.mark.parametrize("name", EXPORTS)
def test_a_foreign_export_is_read_and_put_aside_for_what_is_doubtful(name: str) -> None:
    found = read_export((foreign("cn-bank-statements") / name).read_bytes())

    assert (len(found.lines), set(found.findings)) == EXPORTS[name]


def test_no_foreign_file_is_left_out() -> None:
    assert {path.name for path in foreign("camt").glob("*.xml")} == set(CAMT)
    assert {path.name for path in foreign("cn-bank-statements").glob("*.csv")} == set(EXPORTS)


# --- a bank's own, in renminbi ---


def entry(ref: str, amount: str, way: str = "CRDT", sub: str = "6222 0001", more: str = "") -> str:
    return f"""<Ntry><Amt Ccy="CNY">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd>{more}
<Sts><Cd>BOOK</Cd></Sts><BookgDt><DtTm>2026-04-01T09:30:00+08:00</DtTm></BookgDt>
<AcctSvcrRef>{ref}</AcctSvcrRef><NtryDtls><TxDtls><RltdPties>
<Dbtr><Pty><Nm>䶮华建设（集团）</Nm></Pty></Dbtr>
<DbtrAcct><Id><Othr><Id>4402 1234</Id></Othr></Id></DbtrAcct>
<CdtrAcct><Id><Othr><Id>{sub}</Id></Othr></Id></CdtrAcct></RltdPties></TxDtls></NtryDtls></Ntry>"""


def balance(code: str, amount: str) -> str:
    return f"""<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">{amount}</Amt>
<CdtDbtInd>CRDT</CdtDbtInd></Bal>"""


def camt(*parts: str) -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>S1</Id>
<Acct><Id><Othr><Id>88880000</Id></Othr></Id></Acct>{"".join(parts)}</Stmt></BkToCstmrStmt>
</Document>""".encode()


GOOD = camt(
    balance("OPBD", "100.00"),
    entry("R1", "80000.00"),
    entry("R2", "80000"),
    entry("R3", "0.01", "DBIT"),
    balance("CLBD", "160099.99"),
)


def test_a_good_statement_says_who_paid_what_to_which_sub_account() -> None:
    [found] = read_camt(GOOD)

    assert not found.findings
    first = found.lines[0]
    assert (first.account, first.name, first.number) == ("62220001", "䶮华建设（集团）", "44021234")
    assert (first.amount, first.incoming, first.booked[:10]) == (80_000_00, True, "2026-04-01")
    assert len({one.id for one in found.lines}) == 3  # two equal payments are two


@pytest.mark.parametrize(
    ("data", "finding"),
    [
        (camt(balance("OPBD", "1.00"), balance("CLBD", "1.01")), F.BALANCES_DIFFER),
        (camt(balance("OPBD", "1.00")), F.BALANCE_MISSING),
        (camt(balance("OPBD", "1.00"), balance("CLBD", "1.005")), F.HALF_A_FEN),
        (camt(entry("R", "1.23E+18")), F.NUMBER_MANGLED),
        (camt(entry("R", "1.00", sub="6.22E+18")), F.NUMBER_MANGLED),
        (camt(entry("R", "-1.00")), F.AMOUNT_UNREADABLE),
        (camt(entry("", "1.00")), F.REFERENCE_MISSING),
    ],
)
def test_what_does_not_add_up_is_put_aside(data: bytes, finding: Finding) -> None:
    [found] = read_camt(data)

    assert finding in found.findings


def test_what_is_not_booked_yet_is_no_line() -> None:
    pending = entry("R9", "5.00").replace("BOOK", "PDNG")

    [found] = read_camt(camt(balance("OPBD", "1.00"), pending, balance("CLBD", "1.00")))

    assert not found.lines
    assert not found.findings


def test_a_reversal_says_so_and_is_another_line() -> None:
    [found] = read_camt(
        camt(entry("R1", "1.00"), entry("R1", "1.00", "DBIT", more="<RvslInd>true</RvslInd>"))
    )

    assert [one.reversal for one in found.lines] == [False, True]
    assert len({one.id for one in found.lines}) == 2


def test_no_entity_is_ever_looked_up() -> None:
    with pytest.raises(Doubtful) as doubt:
        read_camt(b'<!DOCTYPE d [<!ENTITY a "aa">]><Document>&a;</Document>')
    assert doubt.value.finding is F.NOT_READABLE


@given(at=st.integers(0, len(GOOD.rstrip()) - 1))
def test_a_camt_file_cut_anywhere_gives_nothing(at: int) -> None:
    with pytest.raises(Doubtful) as doubt:
        read_camt(GOOD[:at])
    assert doubt.value.finding in (F.CUT_OFF, F.NOT_READABLE)


HEAD = "账号: 88880000\n\n交易日期\t,交易时间,收入,支出,余额,对方户名,对方账号,附言,流水号\n"
ROWS = [
    '2026-04-01\t,09:30:00,"80,000.00",-,"80,100.00",䶮㛃建设(集团),4402 1234\t,保证金,A1\n',
    '20260401,093001,"80,000.00",,"160,100.00",䶮㛃建设(集团),44021234,,A2\n',
    "2026/04/02,,--,0.01,160099.99,银行,,手续费,A3\n",
]
TAIL = '人民币合计,,"160,000.00",0.01\n'


def test_a_good_export_is_read_in_any_encoding_and_order() -> None:
    whole = HEAD + "".join(ROWS) + TAIL
    turned = HEAD + "".join(reversed(ROWS)) + TAIL
    found = [
        read_export(whole.encode("gb18030")),
        read_export(whole.encode()),
        read_export(b"\xef\xbb\xbf" + whole.encode()),
        read_export(turned.encode("gb18030")),
    ]

    assert all(not one.findings for one in found)
    assert len({frozenset(line.id for line in one.lines) for one in found}) == 1
    first = found[0].lines[0]
    assert (first.account, first.name, first.number) == ("88880000", "䶮㛃建设(集团)", "44021234")
    assert [one.amount for one in found[0].lines] == [80_000_00, 80_000_00, 1]
    assert [one.incoming for one in found[0].lines] == [True, True, False]


def test_the_pieces_of_a_file_say_the_same_lines_as_the_whole() -> None:
    whole = {one.id for one in read_export((HEAD + "".join(ROWS)).encode()).lines}
    pieces = [one.id for row in ROWS for one in read_export((HEAD + row).encode()).lines]

    assert whole == set(pieces)
    assert len(pieces) == len(ROWS)


@given(at=st.integers(0, len((HEAD + "".join(ROWS)).encode("gb18030"))))
def test_an_export_cut_anywhere_says_nothing_that_the_whole_does_not(at: int) -> None:
    data = (HEAD + "".join(ROWS)).encode("gb18030")
    whole = {one.id for one in read_export(data).lines}
    try:
        found = read_export(data[:at])
    except Doubtful:
        return
    assert found.findings or {one.id for one in found.lines} <= whole


@pytest.mark.parametrize(
    ("row", "finding"),
    [
        ("2026-04-01,,1.00,,1.00,甲,6.22E+18,,A1\n", F.NUMBER_MANGLED),
        ("2026-04-01,,1.00,,1.00,甲,,,3.69E+08\n", F.NUMBER_MANGLED),
        ("2026-04-01,,1.23E+18,,1.00,甲,,,A1\n", F.NUMBER_MANGLED),
        ("2026-04-01,,1.005,,1.00,甲,,,A1\n", F.HALF_A_FEN),
        ("2026-04-01,,壹元,,1.00,甲,,,A1\n", F.AMOUNT_UNREADABLE),
        ("4月1日,,1.00,,1.00,甲,,,A1\n", F.DATE_UNREADABLE),
        ("2026-04-01,9点,1.00,,1.00,甲,,,A1\n", F.DATE_UNREADABLE),
        ("2026-04-01,,1.00,,,甲,,,\n", F.REFERENCE_MISSING),
        (ROWS[0] + "20260401,093001,1.00,,2.00,甲,,,A2\n", F.BALANCES_DIFFER),
    ],
)
def test_a_doubtful_row_puts_its_file_aside(row: str, finding: Finding) -> None:
    assert finding in read_export((HEAD + row).encode("gb18030")).findings


@pytest.mark.parametrize(
    ("data", "finding"),
    [
        (b"", F.HEADER_UNKNOWN),
        ("日期,数\n1,2\n".encode(), F.HEADER_UNKNOWN),
        (b"\xd0\xcf\x11\xe0 a spreadsheet", F.SPREADSHEET),
        (b"PK\x03\x04 another", F.SPREADSHEET),
        (b"\xff\xff\xff\xff", F.NOT_READABLE),
    ],
)
def test_what_is_no_export_is_refused(data: bytes, finding: Finding) -> None:
    with pytest.raises(Doubtful) as doubt:
        read_export(data)
    assert doubt.value.finding is finding


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1,234.00", 123400), ("+10000.00", 1000000), ("-0.01", -1), ("8.850", 885), ("7", 700)],
)
def test_an_amount_is_exact(text: str, expected: int) -> None:
    assert fen(text) == expected


@given(st.text(max_size=30))
def test_no_text_is_an_amount_by_chance(text: str) -> None:
    try:
        amount = fen(text)
    except Doubtful:
        return
    assert text.strip().replace(",", "").lstrip("+-").replace(".", "").isdigit()
    assert isinstance(amount, int)
