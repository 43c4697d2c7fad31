"""Write ledger rows into a file: JSON Lines, or Parquet where pyarrow is installed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any, Protocol

from airflow_provider_paxos.ledger.rows import COLUMNS, LedgerRow

_ROWS_AT_ONCE = 10_000
"""Rows of a row group of Parquet: so many are in memory at once."""


class Opens(Protocol):
    """A path that can be opened, such as ``pathlib.Path`` or Airflow's ``ObjectStoragePath``."""

    @property
    def suffix(self) -> str:
        """The end of the name, with its dot."""

    def open(self, mode: str) -> IO[Any]:
        """Open the file."""


def write_ledger(rows: Iterable[LedgerRow], path: str | Opens) -> int:
    """Write rows, one after the other; all values are texts, so that no amount loses a digit.

    :param rows: as ``ledger_rows`` returns them.
    :param path: a file; ``.jsonl`` for JSON Lines, ``.parquet`` for Parquet. What the file held before is replaced.
    :returns: how many rows were written.
    :raises ValueError: for another ending, before anything is opened.
    :raises ModuleNotFoundError: for Parquet without pyarrow, before anything is opened.
    """
    to = Path(path) if isinstance(path, str) else path
    if to.suffix == ".parquet":
        return _write_parquet(rows, to)
    if to.suffix == ".jsonl":
        return _write_json_lines(rows, to)
    raise ValueError(f"the ledger file {to} ends in neither .jsonl nor .parquet")


def _write_json_lines(rows: Iterable[LedgerRow], path: Opens) -> int:
    count = 0
    with path.open("wb") as file:
        for row in rows:
            file.write(json.dumps(row.to_dict(), ensure_ascii=False).encode() + b"\n")
            count += 1
    return count


def _write_parquet(rows: Iterable[LedgerRow], path: Opens) -> int:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise ModuleNotFoundError("Parquet needs pyarrow, which is not installed; write .jsonl instead") from None
    schema = pyarrow.schema([(name, pyarrow.string()) for name in COLUMNS])
    count, group = 0, []
    with path.open("wb") as file, parquet.ParquetWriter(file, schema) as writer:
        for row in rows:
            group.append(row.to_dict())
            count += 1
            if len(group) == _ROWS_AT_ONCE:
                writer.write_table(pyarrow.Table.from_pylist(group, schema))
                group = []
        if group:
            writer.write_table(pyarrow.Table.from_pylist(group, schema))
    return count
