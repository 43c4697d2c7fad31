"""The group of an orchestration: needs attention, in progress, repaired, or settled; and its label.

The group follows from what the status means to ``api.statuses``. Attention is needed for an unsuccessful orchestration
(FAILED, REJECTED), for an attempt that ended with an error and found no orchestration, for one that awaits an approval
(PENDING), and for one that is unusually long in progress. Paxos publishes seconds for profiles, up to hours for crypto
and up to days for fiat. So unusually long is more than a day after its creation where its destination is a profile or a
crypto address, and more than three days elsewhere. It is needed, too, where the receipts of two Dags contradict each
other. An unsuccessful one whose payment another one has made since is repaired.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from airflow_provider_paxos.api.statuses import Meaning, Status, meaning_of
from airflow_provider_paxos.ui.receipt_values import parse_time, text
from airflow_provider_paxos.ui.shapes import Concern, Group

ERROR = "ERROR"
"""Stands for the status of an attempt that found no orchestration."""
UNKNOWN = "UNKNOWN"
"""Stands for the status of a receipt that has none."""

_LABELS = {
    Status.COMPLETED: "Settled",
    Status.FAILED: "Failed",
    Status.REJECTED: "Rejected",
    Status.PENDING: "Awaiting approval",
    Status.PROCESSING: "In progress",
    ERROR: "Error",
    UNKNOWN: "Unknown",
}
_NOT_ACCEPTED = {"refused": "Not accepted", "not_sent": "Not sent", "unknown": "Outcome unknown"}
"""Labels of an attempt that found no orchestration, by what is known of the money."""
_UNUSUALLY_LONG = timedelta(days=3)
_UNUSUALLY_LONG_BY_RAIL = {"profile": timedelta(days=1), "crypto": timedelta(days=1)}


class Classification(NamedTuple):
    """The group of an orchestration, why it is there, and how it is labelled."""

    status: str
    group: Group
    concern: Concern | None
    label: str


def classify(receipt: Mapping[str, Any], now: datetime, read_at: datetime | None = None) -> Classification:
    """Return the classification of a receipt's orchestration.

    :param now: the time that its age is counted to.
    :param read_at: when it was read. It was created by then, whatever it says.
    """
    found = ageless_classification(receipt.get("status"), receipt.get("acceptance"), receipt.get("error"))
    if found.group != "in_progress":
        return found
    read_at = min(read_at or parse_time(receipt.get("read_at")) or now, now)
    since = min(parse_time(receipt.get("created_at")) or read_at, read_at)
    return late_classification(found) if now - since > usual_time(receipt.get("destination")) else found


def ageless_classification(status: object, acceptance: object, error: object) -> Classification:
    """Return the classification without regard to the age: what is in progress may be so unusually long.

    The arguments are the values that a receipt has by these names.
    """
    shown = text(status, longest=100) or (ERROR if error else UNKNOWN)
    return _classification(shown, text(acceptance, longest=100))


@lru_cache(maxsize=1000)
def _classification(status: str, acceptance: str | None) -> Classification:
    if meaning_of(status) is Meaning.COMPLETED:
        return Classification(status, "settled", None, status_label(status))
    if concern := _concern(status):
        label = _NOT_ACCEPTED.get(acceptance or "", status_label(status))
        return Classification(status, "needs_attention", concern, label if concern == "error" else status_label(status))
    label = _LABELS[Status.PROCESSING]
    if status not in (Status.PROCESSING, UNKNOWN):
        label = f"{label} ({status_label(status)})"
    return Classification(status, "in_progress", None, label)


def late_classification(in_progress: Classification) -> Classification:
    """Return the classification of one that is unusually long in progress."""
    return in_progress._replace(group="needs_attention", concern="late", label=f"{in_progress.label}, unusually long")


def differing_classification(newest: Classification) -> Classification:
    """Return the classification of an orchestration of which two Dags show what cannot both be true."""
    concern = newest.concern or "differs"
    return newest._replace(
        group="needs_attention", concern=concern, label=f"{newest.label}; the receipts of two Dags differ"
    )


def repaired_classification(failed: Classification) -> Classification:
    """Return the classification of an unsuccessful orchestration whose payment another one has made since."""
    return failed._replace(group="repaired", concern=None, label=f"{failed.label}, paid again")


def status_label(status: str) -> str:
    """Return a status in words; of one that Paxos has not published, its own: ``ON_HOLD`` is "On hold"."""
    return _LABELS.get(status) or status.replace("_", " ").capitalize()


def is_terminal(status: str) -> bool:
    """Return True if a status never changes again."""
    return status == ERROR or meaning_of(status) is not Meaning.IN_PROGRESS


def current_time() -> datetime:
    """Return the time that ages are counted to."""
    return datetime.now(UTC)


def usual_time(destination: object) -> timedelta:
    """Return how long an orchestration is in progress at most, as a rule: by its destination."""
    rails = destination if isinstance(destination, dict) else {}
    return max(
        (_UNUSUALLY_LONG_BY_RAIL.get(rail, _UNUSUALLY_LONG) for rail, details in rails.items() if details),
        default=_UNUSUALLY_LONG,
    )


def _concern(status: str) -> Concern | None:
    if meaning_of(status) is Meaning.UNSUCCESSFUL:
        return "rejected" if status == Status.REJECTED else "failed"
    if status == Status.PENDING:
        return "approval"
    return "error" if status == ERROR else None
