"""The metrics, by name, and how they reach Airflow's own statistics. Their tags never hold an id."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from airflow_provider_paxos.version_compat import Stats

REQUESTS = "paxos.requests"
THROTTLED = "paxos.throttled"
RATE_LIMIT_WAIT = "paxos.rate_limit_wait"
TOKENS_MINTED = "paxos.tokens_minted"
PAYMENTS = "paxos.payments"
"""The first part of the counters of payments, as in ``paxos.payments.submitted``."""
TIME_TO_TERMINAL = "paxos.time_to_terminal"

OUTCOMES = ("submitted", "adopted", "refused", "unknown", "completed", "failed", "rejected", "in_progress")
"""The last parts of the counters of payments."""

METRICS: Mapping[str, tuple[str, ...]] = {
    REQUESTS: ("conn_id", "method", "endpoint", "status"),
    THROTTLED: ("conn_id",),
    RATE_LIMIT_WAIT: ("conn_id",),
    TOKENS_MINTED: ("conn_id",),
    **{f"{PAYMENTS}.{outcome}": ("conn_id", "dag_id", "pair", "rail") for outcome in OUTCOMES},
    TIME_TO_TERMINAL: ("conn_id", "dag_id", "pair", "rail", "status"),
}
"""The tags of each metric, by its name without Airflow's prefix."""

_log = logging.getLogger(__name__)


def count(name: str, number: int = 1, **tags: str) -> None:
    """Add to a counter."""
    _emit(Stats.incr, name, number, tags)


def time(name: str, seconds: float, **tags: str) -> None:
    """Record a duration."""
    _emit(Stats.timing, name, timedelta(seconds=seconds), tags)


def _emit(emit: Callable[..., Any], name: str, value: object, tags: Mapping[str, str]) -> None:
    try:
        emit(name, value, tags=dict(tags))
    except Exception as error:  # noqa: BLE001 - a metric is not worth a payment
        _log.warning("The metric %s could not be emitted: %r", name, error)
