"""Reading the settlement file: read whole, or refused whole with every bad line named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paxos_settlement import file as settlement_file
from paxos_settlement.file import LineError, SettlementFileError, parse_settlement_file, read_settlement_file
from paxos_settlement.payment import COLUMNS

PROFILE = "00000000-0000-4000-8000-000000000001"
OTHER_PROFILE = "00000000-0000-4000-8000-000000000002"
BANK_ACCOUNT = "5e771e00-0000-4000-8000-000000000001"
HEADER = ",".join(COLUMNS)
SOUND = {
    "payment": "payroll-eu",
    "source_asset": "USDC",
    "destination_asset": "USD",
    "amount": "1250.50",
    "source_profile": PROFILE,
    "destination_rail": "fiat",
    "destination_id": BANK_ACCOUNT,
    "destination_network": "",
    "memo": "Payroll",
}
CRYPTO = {"destination_rail": "crypto", "destination_id": "0x" + "1" * 40, "destination_network": "BASE", "memo": ""}
TO_PROFILE = {"destination_rail": "profile", "destination_id": OTHER_PROFILE, "memo": ""}


def line(**values: str) -> str:
    return ",".join((SOUND | values).values())


def content(*lines: str, header: str = HEADER) -> bytes:
    return "\n".join((header, *lines)).encode()


def errors_of(data: bytes) -> tuple[LineError, ...]:
    with pytest.raises(SettlementFileError) as refused:
        parse_settlement_file(data)
    return refused.value.errors


def test_a_payment_becomes_the_arguments_of_a_create_with_the_amount_as_it_was_written() -> None:
    (payment,) = parse_settlement_file(content(line(amount="1250.5000")))
    assert payment.request("2026-11-20") == {
        "ref_id": "settle-2026-11-20-payroll-eu",
        "source_asset": "USDC",
        "destination_asset": "USD",
        "source_amount": "1250.5000",
        "source": {"profile": {"profile_id": PROFILE}},
        "destination": {"fiat": {"bank_account_id": BANK_ACCOUNT, "memo": "Payroll"}},
        "metadata": {"payment": "payroll-eu", "business_date": "2026-11-20"},
        "duplicate_of_ok": [],
    }


def test_a_payment_names_the_equal_ones_that_it_may_repeat() -> None:
    (payment,) = parse_settlement_file(
        content(line() + ",settle-2026-11-19-payroll-eu  payroll-us", header=f"{HEADER},duplicate_of_ok")
    )
    assert payment.request("2026-11-20")["duplicate_of_ok"] == ["settle-2026-11-19-payroll-eu", "payroll-us"]


def test_what_cannot_be_a_ref_id_is_refused_there() -> None:
    (error,) = errors_of(content(line() + ",gehört dazu", header=f"{HEADER},duplicate_of_ok"))
    assert (error.column, error.problem) == (
        "duplicate_of_ok",
        "must be names or ref_ids of payments, separated by blanks",
    )


@pytest.mark.parametrize(
    ("values", "destination"),
    [
        (TO_PROFILE, {"profile": {"profile_id": OTHER_PROFILE}}),
        ({"memo": ""}, {"fiat": {"bank_account_id": BANK_ACCOUNT}}),
        (CRYPTO, {"crypto": {"address": "0x" + "1" * 40, "network": "BASE"}}),
    ],
)
def test_each_rail_becomes_the_destination_of_the_api(values: dict[str, str], destination: dict[str, object]) -> None:
    (payment,) = parse_settlement_file(content(line(**values)))
    assert payment.destination == destination


def test_the_sample_beside_the_dag_is_sound_and_has_twenty_payments_on_all_rails(example_dags: Path) -> None:
    payments = read_settlement_file(example_dags / "settlement_sample.csv")
    assert len(payments) == 20
    assert {rail for payment in payments for rail in payment.destination} == {"profile", "fiat", "crypto"}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xef\xbb\xbf" + content(line()), id="byte order mark"),
        pytest.param(content(line()).replace(b"\n", b"\r\n") + b"\r\n", id="Windows line ends"),
        pytest.param(content("", line(), ",,,,,,,,", "  ", ""), id="blank lines"),
        pytest.param(content(line().replace(",", " , ")), id="blanks around values"),
        pytest.param(
            content(",".join(reversed(line().split(","))), header=",".join(reversed(COLUMNS))), id="other column order"
        ),
        pytest.param(content(line(memo='"Payroll"')), id="quotes"),
    ],
)
def test_harmless_differences_of_form_do_not_matter(data: bytes) -> None:
    assert parse_settlement_file(data) == parse_settlement_file(content(line()))


@pytest.mark.parametrize(
    ("values", "column", "problem"),
    [
        ({"payment": ""}, "payment", "is not a name"),
        ({"payment": "a b"}, "payment", "is not a name"),
        ({"payment": "x" * 65}, "payment", "is not a name"),
        ({"payment": "{{ ds }}"}, "payment", "is not a name"),
        ({"source_asset": "usd"}, "source_asset", "in capitals"),
        ({"destination_asset": ""}, "destination_asset", "in capitals"),
        ({"amount": ""}, "amount", "plain decimal"),
        ({"amount": "1e5"}, "amount", "exponent"),
        ({"amount": "1.25E+05"}, "amount", "exponent"),
        ({"amount": "0"}, "amount", "is zero"),
        ({"amount": "0.00"}, "amount", "is zero"),
        ({"amount": "-5"}, "amount", "is negative"),
        ({"amount": "(100.50)"}, "amount", "is negative"),
        ({"amount": "100.50-"}, "amount", "is negative"),
        ({"amount": "\N{MINUS SIGN}5"}, "amount", "is negative"),
        ({"source_asset": "USD", "amount": "1.234"}, "amount", "has more than 2 decimals, and USD has 2"),
        ({"amount": "1\N{NO-BREAK SPACE}000"}, "amount", "has a no-break space (U+00A0)"),
        ({"payment": "a\N{ZERO WIDTH SPACE}b"}, "payment", "has a zero width space (U+200B)"),
        ({"memo": "pay\N{RIGHT-TO-LEFT OVERRIDE}roll"}, "memo", "has a right-to-left override (U+202E)"),
        ({"amount": "+5"}, "amount", "plain decimal"),
        ({"amount": '"1,000.00"'}, "amount", "plain decimal"),
        ({"amount": "1'000.00"}, "amount", "plain decimal"),
        ({"amount": "007"}, "amount", "plain decimal"),
        ({"amount": ".5"}, "amount", "plain decimal"),
        ({"amount": "5."}, "amount", "plain decimal"),
        ({"amount": "NaN"}, "amount", "plain decimal"),
        ({"amount": "Infinity"}, "amount", "plain decimal"),
        ({"amount": "٣"}, "amount", "plain decimal"),
        ({"amount": "1_000"}, "amount", "plain decimal"),
        ({"amount": "0x10"}, "amount", "plain decimal"),
        ({"amount": "9" * 21}, "amount", "plain decimal"),
        ({"source_profile": "treasury"}, "source_profile", "is not a UUID"),
        ({"destination_rail": "wire"}, "destination_rail", "the rails are profile, fiat, crypto"),
        ({"destination_rail": ""}, "destination_rail", "the rails are profile, fiat, crypto"),
        ({"destination_id": "DE89 3704"}, "destination_id", "is not a UUID"),
        (TO_PROFILE | {"destination_id": ""}, "destination_id", "is not a UUID"),
        (CRYPTO | {"destination_id": ""}, "destination_id", "is not a blockchain address"),
        (CRYPTO | {"destination_id": "0x11 22"}, "destination_id", "is not a blockchain address"),
        (CRYPTO | {"destination_network": ""}, "destination_network", "must be a network"),
        (CRYPTO | {"destination_network": "base"}, "destination_network", "must be a network"),
        ({"destination_network": "BASE"}, "destination_network", "must be empty"),
        (CRYPTO | {"memo": "hello"}, "memo", "must be empty"),
        ({"memo": "x" * 501}, "memo", "has 501 characters"),
        ({"memo": '"one\ntwo"'}, "memo", "control character"),
        ({"memo": "a\x1b[31mb"}, "memo", "control character"),
        (
            TO_PROFILE | {"destination_id": PROFILE, "destination_asset": "USDC"},
            "destination_id",
            "nothing would move",
        ),
    ],
)
def test_a_bad_value_is_named_with_its_line_and_column(values: dict[str, str], column: str, problem: str) -> None:
    (error,) = errors_of(content(line(payment="sound"), line(**values)))
    assert (error.line, error.column) == (3, column)
    assert error.value == (SOUND | values)[column].strip('"')
    assert problem in error.problem


@pytest.mark.parametrize(
    ("data", "line_number", "column", "problem"),
    [
        (b"", 0, "", "the file is empty"),
        (b"\n\n ,, \n", 0, "", "the file is empty"),
        (content(), 0, "", "has a header, but no payments"),
        (content(line(), header=HEADER.replace("memo", "note")), 1, "note", "is not a column"),
        (content(line(), header=HEADER + ",amount"), 1, "amount", "more than once"),
        (content("a,b,c"), 2, "", "has 3 values instead of 9"),
        (content(line() + ",surplus"), 2, "", "has 10 values instead of 9"),
        (content(line(), line(memo='"never closed')), 3, "", "is not CSV"),
        (content(line(memo='"' + "x" * 140_000 + '"')), 2, "", "is not CSV"),
        (content(line(memo="caf\xe9")).decode().encode("latin-1"), 2, "", "is not UTF-8"),
        (content(line(memo="a\0b")), 2, "", "NUL byte"),
        (content(line()).decode().encode("utf-16"), 0, "", "is UTF-16"),
        (content(line()).decode().encode("utf-16-le"), 0, "", "is UTF-16"),
        (b"PK\x03\x04\x14\x00\x06\x00", 0, "", "is a spreadsheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, "", "is an Excel spreadsheet"),
        (b"\x1f\x8b\x08\x00", 0, "", "is compressed (gzip)"),
        (b"%PDF-1.7", 0, "", "is a PDF"),
        (content(line() + ",", header=HEADER + ","), 1, "", "a comma too many"),
        (content(line(), header=HEADER.replace("memo", "Memo")), 1, "Memo", "the column is called memo"),
        (
            content(line(), header=HEADER.replace("source_asset", "Source Asset")),
            1,
            "Source Asset",
            "is called source_",
        ),
    ],
)
def test_a_file_of_the_wrong_form_is_refused(data: bytes, line_number: int, column: str, problem: str) -> None:
    first = errors_of(data)[0]
    assert (first.line, first.column) == (line_number, column)
    assert problem in first.problem


def test_a_missing_column_is_named() -> None:
    assert LineError(1, "memo", "", "is missing") in errors_of(content(line(), header=HEADER.removesuffix(",memo")))


def test_semicolons_between_the_columns_are_recognised() -> None:
    assert "separated by commas" in errors_of(content(line()).replace(b",", b";"))[0].problem


def test_a_name_that_comes_twice_is_refused_with_both_lines_even_in_other_capitals() -> None:
    (error,) = errors_of(content(line(payment="payroll"), line(payment="other"), line(payment="PAYROLL")))
    assert (error.line, error.column) == (4, "payment")
    assert "line 2" in error.problem


def test_every_bad_line_is_named_at_once_also_before_one_that_is_not_csv() -> None:
    errors = errors_of(
        content(line(amount="1e5", payment="a b"), line(), line(payment="c", amount="-1"), line(memo='"open'))
    )
    assert [(error.line, error.column) for error in errors] == [(2, "payment"), (2, "amount"), (4, "amount"), (5, "")]


def test_the_message_is_a_table_whose_rows_no_value_can_forge() -> None:
    bad = content(line(amount='"1\n2     payment     forged  \x1b[2J"'), line(payment="b", amount="9" * 100))
    with pytest.raises(SettlementFileError) as refused:
        parse_settlement_file(bad)
    title, *table = str(refused.value).splitlines()
    assert "refused as a whole, nothing is submitted. Errors: 2" in title
    assert table[0].split() == ["line", "column", "value", "problem"]
    assert len(table) == 4
    assert r"1\n2" in table[2]
    assert r"\x1b" in table[2]
    assert "9" * 57 + "..." in table[3]


def test_the_message_stays_readable_when_everything_is_wrong() -> None:
    with pytest.raises(SettlementFileError) as refused:
        parse_settlement_file(content(*(line(payment=f"payment-{i}", amount="x") for i in range(1_500))))
    assert len(refused.value.errors) == 1_500
    assert str(refused.value).endswith("... and 500 more")


@pytest.mark.parametrize(("limit", "problem"), [("MAX_BYTES", "larger than"), ("MAX_LINES", "more than")])
def test_a_file_beyond_the_limits_is_refused(limit: str, problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settlement_file, limit, 3)
    (error,) = errors_of(content(line(payment="a"), line(payment="b"), line(payment="c")))
    assert problem in error.problem


def test_a_file_that_is_not_there_yet_is_no_bad_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_settlement_file(tmp_path / "late.csv")


def test_a_named_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SettlementFileError, match="not a regular file"):
        read_settlement_file(tmp_path / "pipe")


@given(st.binary(max_size=400))
def test_bytes_of_any_kind_are_refused_by_the_declared_error_alone(data: bytes) -> None:
    with pytest.raises(SettlementFileError):
        parse_settlement_file(data)


_VALUE = st.one_of(st.text(max_size=12), st.sampled_from(sorted({*SOUND.values(), *CRYPTO.values(), '"', "1e3", "0"})))


@given(st.lists(st.lists(_VALUE, min_size=8, max_size=10), max_size=5), st.booleans())
def test_lines_of_any_kind_are_read_or_refused_by_the_declared_error_alone(rows: list[list[str]], bom: bool) -> None:
    text = "\n".join((HEADER, *(",".join(row) for row in rows)))
    data = text.encode("utf-8-sig" if bom else "utf-8", "surrogatepass")
    try:
        names = [payment.name for payment in parse_settlement_file(data)]
    except SettlementFileError as error:
        names = [str(error)]
    assert names
    assert len(set(names)) == len(names)


@given(st.from_regex(r"[1-9][0-9]{0,19}(\.[0-9]{1,18})?", fullmatch=True))
def test_a_sound_amount_keeps_every_digit(amount: str) -> None:
    (payment,) = parse_settlement_file(content(line(amount=amount)))
    assert payment.amount == amount
