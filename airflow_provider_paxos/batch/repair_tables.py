"""Render a repair for a log: what is paid again, and what is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from airflow_provider_paxos.api.amounts import plain
from airflow_provider_paxos.api.errors import quoted, with_more
from airflow_provider_paxos.batch.repair import LeftOut, Repair
from airflow_provider_paxos.batch.repair_content import content_of
from airflow_provider_paxos.batch.tables import LONGEST_TABLE, table

_AS_IT_WAS = "as it was"


def repairs_in_table(repairs: Sequence[Repair]) -> str:
    """Return a table with a row for each payment that is repaired, up to 50."""
    rows = [
        (
            each.selected.key,
            each.replaced.ref_id,
            each.replaced.status,
            _reason(each),
            each.values["ref_id"],
            "exists" if each.exists else "new",
            "; ".join(_changes(each)) or _AS_IT_WAS,
        )
        for each in repairs[:LONGEST_TABLE]
    ]
    shown = table(("key", "replaces", "status", "reason", "ref_id", "found", "changes"), rows)
    return with_more(shown, len(repairs) - len(rows), "\n")


def left_out_in_words(left_out: Sequence[LeftOut]) -> str:
    """Return a line for each payment that is left out, up to 50."""
    lines = [f"  {each}" for each in left_out[:LONGEST_TABLE]]
    return with_more("\n".join(lines), len(left_out) - len(lines), "\n  ")


def _reason(repair: Repair) -> str:
    fault = repair.replaced.fail_reason
    return (fault and fault.detail) or "Paxos gave no reason"


def _changes(repair: Repair) -> Iterator[str]:
    replaced = repair.replaced
    amount = str(repair.values["source_amount"])
    if replaced.source_amount is not None and amount != plain(replaced.source_amount):
        yield f"{plain(replaced.source_amount)} {replaced.source_asset} becomes {quoted(amount)}"
    if repair.values["destination"] != content_of(replaced).get("destination"):
        yield "another destination"
