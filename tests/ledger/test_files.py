"""Ledger files: every row a line of JSON, or a row of Parquet, with texts that lose no digit."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow import parquet

from airflow_provider_paxos.ledger.files import write_ledger
from airflow_provider_paxos.ledger.rows import COLUMNS, LedgerRow, ledger_rows
from tests.ledger.test_rows import completed

ROWS = ledger_rows([completed(source_amount="12345678901234567.00000001")])


def test_json_lines_hold_a_line_for_each_row(tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    assert write_ledger(iter(ROWS), str(file)) == 2
    assert [json.loads(line) for line in file.read_text().splitlines()] == [row.to_dict() for row in ROWS]


def test_amounts_are_written_to_the_last_digit(tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    write_ledger(ROWS, file)
    assert file.read_text().count('"amount": "12345678901234567.00000001"') == 2


def test_no_rows_make_an_empty_file(tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    assert write_ledger([], file) == 0
    assert file.read_bytes() == b""


@pytest.mark.parametrize("name", ["ledger.csv", "ledger"])
def test_another_ending_is_refused_before_anything_is_opened(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"neither \.jsonl nor \.parquet"):
        write_ledger(ROWS, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_parquet_without_pyarrow_is_refused_before_anything_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ModuleNotFoundError, match="Parquet needs pyarrow"):
        write_ledger(ROWS, tmp_path / "ledger.parquet")
    assert list(tmp_path.iterdir()) == []


def test_parquet_reads_back_as_it_was_written_in_groups_so_that_not_all_rows_are_in_memory(tmp_path: Path) -> None:
    def many() -> Iterator[LedgerRow]:
        for number in range(10_001):
            yield ROWS[number % 2]

    file = tmp_path / "ledger.parquet"
    assert write_ledger(many(), file) == 10_001

    written = parquet.ParquetFile(file)
    groups = [written.read_row_group(number).to_pylist() for number in range(written.num_row_groups)]
    assert [len(group) for group in groups] == [10_000, 1]
    assert [*groups[0][:2], *groups[1]] == [ROWS[0].to_dict(), ROWS[1].to_dict(), ROWS[0].to_dict()]
    assert {each.name: str(each.type) for each in written.schema_arrow} == dict.fromkeys(COLUMNS, "string")


def test_no_rows_make_a_parquet_file_with_the_columns_alone(tmp_path: Path) -> None:
    file = tmp_path / "ledger.parquet"
    assert write_ledger([], file) == 0
    assert (parquet.read_table(file).num_rows, parquet.read_table(file).column_names) == (0, list(COLUMNS))
