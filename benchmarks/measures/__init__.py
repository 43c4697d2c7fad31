"""The measures: a module each, whose docstring describes the measurement, and whose ``run`` returns its rows."""

from __future__ import annotations

from benchmarks.measures import (
    crowd,
    delay,
    flow_overhead,
    imports,
    memory,
    polling,
    rate_limit,
    reconciliation,
    settled,
    submitting,
    ten_batches,
    ten_thousand,
    tokens,
)

ALL = {
    "polling": polling,
    "delay": delay,
    "crowd": crowd,
    "ten_thousand": ten_thousand,
    "memory": memory,
    "submitting": submitting,
    "ten_batches": ten_batches,
    "settled": settled,
    "reconciliation": reconciliation,
    "tokens": tokens,
    "imports": imports,
    "flow_overhead": flow_overhead,
    "rate_limit": rate_limit,
}
