"""Ledger files: every row a line of JSON, or a row of Parquet, with texts that lose no digit."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import IO, Any

import pytest

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


class Writer:
    """Keeps what a Parquet writer is given: the groups of rows, as lists."""

    groups: list[list[dict[str, Any]]]

    def __init__(self, file: IO[bytes], schema: list[tuple[str, str]]) -> None:
        assert schema == [(name, "string") for name in COLUMNS]
        Writer.groups = []

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def write_table(self, table: list[dict[str, Any]]) -> None:
        Writer.groups.append(table)


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> type[Writer]:
    """A pyarrow of the few names that are used, where the real one is not installed."""
    arrow, parquet = ModuleType("pyarrow"), ModuleType("pyarrow.parquet")

    class Table:
        @staticmethod
        def from_pylist(rows: list[dict[str, Any]], _: object) -> list[dict[str, Any]]:
            return list(rows)

    vars(arrow).update(schema=list, string=lambda: "string", Table=Table, parquet=parquet)
    vars(parquet).update(ParquetWriter=Writer)
    monkeypatch.setitem(sys.modules, "pyarrow", arrow)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", parquet)
    return Writer


def test_parquet_is_written_in_groups_so_that_not_all_rows_are_in_memory(
    tmp_path: Path, stand_in: type[Writer]
) -> None:
    def many() -> Iterator[LedgerRow]:
        for _ in range(10_001):
            yield ROWS[0]

    assert write_ledger(many(), tmp_path / "ledger.parquet") == 10_001
    assert [len(group) for group in stand_in.groups] == [10_000, 1]
    assert stand_in.groups[1] == [ROWS[0].to_dict()]
