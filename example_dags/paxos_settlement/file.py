"""Read the settlement file, one payment per line, as a whole or not at all.

A comma-separated UTF-8 file with these columns, in any order:

=====================  ==========================================================================
payment                its name: unique in the file, part of the ref_id, shown in Airflow's grid
source_asset           what is paid from, such as USD
destination_asset      what arrives; another asset than the source's makes it a conversion
amount                 of the source asset, a plain decimal such as 1250.50
source_profile         the Paxos profile that pays
destination_rail       profile, fiat or crypto
destination_id         the profile's id, the bank account's id or the blockchain address
destination_network    for crypto alone: ETHEREUM, SOLANA, …
memo                   for fiat alone, and optional: text for the beneficiary
duplicate_of_ok        a column that may be missing: the names, ref_ids or ids of payments, separated by
                       blanks, that this one may equal where the connection refuses duplicates
=====================  ==========================================================================

Blank lines are skipped, blanks around a value are dropped, a byte order mark is tolerated.
"""

from __future__ import annotations

import csv
import io
import re
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paxos_settlement.payment import COLUMNS, OPTIONAL_COLUMNS, Payment, hidden_characters, problems
from paxos_settlement.table import render_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MAX_BYTES = 10 * 1024 * 1024
MAX_LINES = 100_000
MAX_ERRORS_SHOWN = 1_000

# What people save from a spreadsheet instead of comma-separated values.
_FIRST_BYTES = {
    b"PK\x03\x04": "is a spreadsheet (xlsx or ods) or a zip file; save it as comma-separated values in UTF-8",
    b"\xd0\xcf\x11\xe0": "is an Excel spreadsheet (xls); save it as comma-separated values in UTF-8",
    b"\x1f\x8b": "is compressed (gzip); unpack it first",
    b"%PDF": "is a PDF; save the table as comma-separated values in UTF-8",
    b"\xff\xfe": 'is UTF-16, which spreadsheets call "Unicode text"; save it as UTF-8',
    b"\xfe\xff": 'is UTF-16, which spreadsheets call "Unicode text"; save it as UTF-8',
}


@dataclass(frozen=True, slots=True)
class LineError:
    """One problem of the file. Line 0 and column "" mean the whole file, or the whole line."""

    line: int
    column: str
    value: str
    problem: str


class SettlementFileError(Exception):
    """The file is refused as a whole; ``errors`` holds every problem."""

    def __init__(self, errors: Sequence[LineError]) -> None:
        self.errors = tuple(errors)
        super().__init__(self.errors)

    def __str__(self) -> str:
        shown = self.errors[:MAX_ERRORS_SHOWN]
        rows = [(e.line or "all", e.column or "all", _shortened(e.value), e.problem) for e in shown]
        hidden = len(self.errors) - len(shown)
        return (
            f"The settlement file is refused as a whole, nothing is submitted. Errors: {len(self.errors)}\n"
            + render_table(("line", "column", "value", "problem"), rows)
            + (f"\n... and {hidden} more" if hidden else "")
        )


def read_settlement_file(path: Path) -> list[Payment]:
    """Return the file's payments in its order.

    :raises SettlementFileError: if anything at all is wrong with its content.
    :raises OSError: if it cannot be read, which may pass: a file can be late.
    """
    # Reading a named pipe or a device could wait, or go on, for ever.
    if not stat.S_ISREG(path.stat().st_mode):
        raise SettlementFileError([LineError(0, "", str(path), "is not a regular file")])
    with path.open("rb") as file:
        return parse_settlement_file(file.read(MAX_BYTES + 1))


def parse_settlement_file(content: bytes) -> list[Payment]:
    """Return the payments of a settlement file's content; see :func:`read_settlement_file`."""
    errors: list[LineError] = []
    lines = _csv_lines(_text(content), errors)
    header_line, header = next(lines, (0, []))
    # Without a sound header nobody knows what the values mean.
    if header_errors := errors or _header_errors(header_line, header):
        raise SettlementFileError(header_errors)
    payments: list[Payment] = []
    line_of: dict[str, int] = {}
    for line, values in lines:
        if len(values) != len(header):
            errors.append(LineError(line, "", "", f"has {len(values)} values instead of {len(header)}"))
            continue
        record = dict(zip(header, values, strict=True))
        found = [LineError(line, column, record[column], problem) for column, problem in problems(record)]
        # Names that differ in case alone are refused, too: whether Paxos distinguishes such ref_ids is not documented.
        taken = line_of.setdefault(record["payment"].casefold(), line)
        if record["payment"] and taken != line:
            found.append(LineError(line, "payment", record["payment"], f"duplicate of the payment in line {taken}"))
        errors += found
        if not found:
            payments.append(Payment.of(record))
    if errors:
        raise SettlementFileError(errors)
    if not payments:
        raise SettlementFileError([LineError(0, "", "", "the file has a header, but no payments")])
    return payments


def _text(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise SettlementFileError([LineError(0, "", "", f"the file is larger than {MAX_BYTES:,} bytes")])
    for first_bytes, problem in _FIRST_BYTES.items():
        if content.startswith(first_bytes):
            raise SettlementFileError([LineError(0, "", "", problem)])
    if content[:400].count(b"\0") > len(content[:400]) // 3:
        raise SettlementFileError([LineError(0, "", "", _FIRST_BYTES[b"\xff\xfe"])])
    lines = content.split(b"\n")
    if len(lines) > MAX_LINES:
        raise SettlementFileError([LineError(0, "", "", f"the file has more than {MAX_LINES:,} lines")])
    errors = []
    for number, line in enumerate(lines, start=1):
        if b"\0" in line:
            errors.append(LineError(number, "", "", "has a NUL byte; save the file as UTF-8"))
            continue
        try:
            line.decode()
        except UnicodeDecodeError as error:
            byte = f"byte 0x{line[error.start]:02x}"
            errors.append(LineError(number, "", byte, "is not UTF-8; save the file as UTF-8"))
    if errors:
        raise SettlementFileError(errors)
    return content.decode("utf-8-sig")


def _csv_lines(text: str, errors: list[LineError]) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the values of every line that is not blank, up to the first that is not CSV."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            values = [value.strip() for value in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            # A quote that is never closed swallows all that follows it, so that nothing after it can be judged.
            errors.append(LineError(line, "", "", f"is not CSV: {error}; what follows was not read"))
            return
        if any(values):
            yield line, values


def _header_errors(line: int, header: list[str]) -> list[LineError]:
    if not header:
        return [LineError(0, "", "", "the file is empty")]
    errors = []
    for column in dict.fromkeys(header):
        if not column:
            errors.append(LineError(line, "", "", "the header has a column without a name: a comma too many"))
        elif column not in (*COLUMNS, *OPTIONAL_COLUMNS):
            errors.append(LineError(line, column, "", f"is not a column of a settlement file{_hint(column)}"))
        elif header.count(column) > 1:
            errors.append(LineError(line, column, "", "is there more than once"))
    return errors + [LineError(line, column, "", "is missing") for column in COLUMNS if column not in header]


def _hint(column: str) -> str:
    if re.search(r"[;\t|]", column):
        return "; columns are separated by commas"
    if (meant := column.strip().lower().replace(" ", "_")) in (*COLUMNS, *OPTIONAL_COLUMNS):
        return f"; the column is called {meant}"
    return f"; it {hidden}" if (hidden := hidden_characters(column)) else ""


def _shortened(value: str) -> str:
    return value if len(value) <= 60 else f"{value[:57]}..."
