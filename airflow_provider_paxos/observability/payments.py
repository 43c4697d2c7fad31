"""Count the payments of a task: what it submitted or adopted, and what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from airflow_provider_paxos.api.errors import OrchestrationUnsuccessful, PaxosError
from airflow_provider_paxos.api.models import Orchestration, OrchestrationRequest
from airflow_provider_paxos.api.orchestrations import Submission
from airflow_provider_paxos.api.statuses import Meaning, Status, meaning_of
from airflow_provider_paxos.observability.metrics import PAYMENTS, TIME_TO_TERMINAL, count, time
from airflow_provider_paxos.receipts import acceptance_of

Paid = OrchestrationRequest | Orchestration
_UNKNOWN = "unknown"
_BY_STATUS: dict[str | None, str] = {
    Status.COMPLETED: "completed",
    Status.FAILED: "failed",
    Status.REJECTED: "rejected",
}


class PaymentMetrics:
    """Counts the payments of a task, by asset pair and rail.

    :param conn_id: the id of the connection.
    :param dag_id: of the task.
    """

    def __init__(self, conn_id: str, dag_id: str) -> None:
        self._conn_id = conn_id
        self._dag_id = dag_id

    def submitted(self, results: Iterable[tuple[OrchestrationRequest, Submission | PaxosError]]) -> None:
        """Count requests by what became of their submit. One that was not sent is not counted."""
        self._count((request, outcome) for request, result in results if (outcome := _outcome_of(result)))

    def adopted(self, orchestrations: Iterable[Orchestration]) -> None:
        """Count orchestrations that a look-up has found before the submit."""
        self._count((each, "adopted") for each in orchestrations)

    def _count(self, payments: Iterable[tuple[Paid, str]]) -> None:
        numbers = Counter((outcome, pair_of(payment), rail_of(payment)) for payment, outcome in payments)
        for (outcome, pair, rail), number in numbers.items():
            name = f"{PAYMENTS}.{outcome}"
            count(name, number, conn_id=self._conn_id, dag_id=self._dag_id, pair=pair, rail=rail)

    def ended(self, orchestrations: Iterable[Orchestration]) -> None:
        """Count orchestrations by their status at the end of a task, and record how long the terminal ones took."""
        ended = list(orchestrations)
        self._count((each, _BY_STATUS.get(each.status, "in_progress")) for each in ended)
        for each in ended:
            if meaning_of(each.status) is not Meaning.IN_PROGRESS and each.created_at and each.updated_at:
                time(
                    TIME_TO_TERMINAL,
                    (each.updated_at - each.created_at).total_seconds(),
                    conn_id=self._conn_id,
                    dag_id=self._dag_id,
                    pair=pair_of(each),
                    rail=rail_of(each),
                    status=_BY_STATUS[each.status],
                )


def _outcome_of(result: Submission | PaxosError) -> str | None:
    if isinstance(result, Submission):
        return "adopted" if result.adopted else "submitted"
    if isinstance(result, OrchestrationUnsuccessful):
        # It exists; its status is counted when the task ends.
        return "adopted"
    known = acceptance_of(result)
    return known if known in ("refused", "unknown") else None


def pair_of(payment: Paid) -> str:
    """Return the two assets, such as ``USD-USDG``."""
    return f"{payment.source_asset or _UNKNOWN}-{payment.destination_asset or _UNKNOWN}"


def rail_of(payment: Paid) -> str:
    """Return the rail of the destination: ``profile``, ``fiat`` or ``crypto``."""
    to = payment.destination
    return next((rail for rail in ("profile", "fiat", "crypto") if to and getattr(to, rail)), _UNKNOWN)
