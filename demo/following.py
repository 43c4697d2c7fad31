"""Follow a run of a Dag that pays to its end, and say in a line how it is getting on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_paxos.receipts import RECEIPT_KEY, receipts_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from demo.airflow_api import TaskInstance
    from demo.airflow_site import AirflowSite

PAYING_TIME = 600.0
"""Seconds that the payments may take on a slow machine."""
APPROVAL_TIME = 24 * 3600.0
"""Seconds that a person may take to approve them."""


@dataclass(frozen=True)
class PayingRun:
    """A run of a Dag, and its task that pays.

    :param begins: what the run does before it pays, in words
    """

    dag_id: str
    run_id: str
    task_id: str
    begins: str

    def start(self, site: AirflowSite, params: Mapping[str, Any]) -> None:
        """Unpause the Dag, and start the run."""
        site.wait_for_dag(self.dag_id)
        site.api.trigger(self.dag_id, self.run_id, params)

    def follow(self, site: AirflowSite, show: Callable[[str], None], *, approve: bool) -> None:
        """Return once the run has ended, whatever its state.

        :param show: called with a line on how it is getting on, as often as the line changes
        :param approve: whether a person has to approve the payments in the web UI first
        """
        shown = ""

        def is_over() -> bool:
            nonlocal shown
            over = site.api.run_state(self.dag_id, self.run_id) in ("success", "failed")
            if (
                line := self._progress(site.api.task_instances(self.dag_id, self.run_id), self.receipts(site))
            ) != shown:
                shown = line
                show(line)
            return over

        site.wait(is_over, f"the run of {self.dag_id} to end", seconds=PAYING_TIME + (APPROVAL_TIME if approve else 0))

    def receipts(self, site: AirflowSite) -> list[dict[str, Any]]:
        """Return what the task has left of its payments: once it has submitted them, and at their end."""
        return receipts_in(site.api.xcom(self.dag_id, self.run_id, self.task_id, RECEIPT_KEY))

    def _progress(self, instances: Iterable[TaskInstance], receipts: Sequence[Mapping[str, Any]]) -> str:
        states = {instance.task_id: instance.state for instance in instances}
        state = states.get(self.task_id)
        if state == "awaiting_input":
            return "waiting for a person's approval"
        if not receipts:
            return "submitting the payments" if state == "running" else self.begins
        counts = Counter(str(receipt.get("status", "not accepted")) for receipt in receipts)
        payments = ", ".join(f"{count} {status}" for status, count in counts.most_common())
        return f"{payments}; waiting for their end in the triggerer" if state == "deferred" else payments
