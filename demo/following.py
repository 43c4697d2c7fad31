"""Follow a run of an example Dag to its end, and say in a line how it is getting on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_paxos.receipts import RECEIPT_KEY, receipts_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from demo.airflow_api import TaskInstance
    from demo.airflow_site import AirflowSite

RUN_TIME = 600.0
"""Seconds that a run may take on a slow machine."""
APPROVAL_TIME = 24 * 3600.0
"""Seconds that a person may take to approve them."""

_NOT_BEGUN = (None, "scheduled", "queued", "upstream_failed")


@dataclass(frozen=True)
class ExampleRun:
    """A run of a Dag, and the task that matters.

    :param begins: what the run does before that task, in words
    :param runs: what the task does while it has left no receipts, in words
    """

    dag_id: str
    run_id: str
    task_id: str
    begins: str
    runs: str = "submitting the payments"

    def start(self, site: AirflowSite, params: Mapping[str, Any]) -> None:
        """Unpause the Dag, and start the run."""
        site.wait_for_dag(self.dag_id)
        site.api.trigger(self.dag_id, self.run_id, params)

    def follow(self, site: AirflowSite, show: Callable[[str], None], *, approve: bool = False) -> None:
        """Return once the run has ended, whatever its state.

        :param show: called with a line on how it is getting on, as often as the line changes
        :param approve: whether a person has to approve the payments in the web UI first
        """
        shown = ""

        def is_over() -> bool:
            nonlocal shown
            over = site.api.run_state(self.dag_id, self.run_id) in ("success", "failed")
            instances = site.api.task_instances(self.dag_id, self.run_id)
            if (line := self._progress(instances, self.receipts(site))) != shown:
                shown = line
                show(line)
            return over

        site.wait(is_over, f"the run of {self.dag_id} to end", seconds=RUN_TIME + (APPROVAL_TIME if approve else 0))

    def receipts(self, site: AirflowSite) -> list[dict[str, Any]]:
        """Return what the task has left of its payments: once it has submitted them, and at their end."""
        return receipts_in(site.api.xcom(self.dag_id, self.run_id, self.task_id, RECEIPT_KEY))

    def _progress(self, instances: Iterable[TaskInstance], receipts: Sequence[Mapping[str, Any]]) -> str:
        states = {instance.task_id: instance.state for instance in instances}
        state = states.get(self.task_id)
        if state == "awaiting_input":
            return "waiting for a person's approval"
        if not receipts:
            return self.begins if state in _NOT_BEGUN else self.runs
        counts = Counter(str(receipt.get("status", "not accepted")) for receipt in receipts)
        payments = ", ".join(f"{count} {status}" for status, count in counts.most_common())
        return f"{payments}; waiting for their end in the triggerer" if state == "deferred" else payments
