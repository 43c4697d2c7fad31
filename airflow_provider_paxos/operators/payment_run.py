"""Answer what Airflow and OpenLineage ask of an operator that moves money: resume, stop, and name what was moved."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator, Context

    Base = BaseOperator
else:
    Base = object


class PaymentRun(Protocol):
    """The part of such an operator that runs on a worker, for one context."""

    def resume(self, resume: Callable[[], Any]) -> Any:
        """Go on after a wait, by Airflow's own way to resume."""

    def on_kill(self) -> None:
        """Log what is known of the money."""

    def lineage(self) -> Any:
        """Return the datasets that money has moved in."""


# Not generic: with typing.Generic, Python would put the operator's base before the other mixins.
class HasPaymentRun(Base):
    """Adds the methods to an operator. To be named before the operator's base."""

    stopped = False
    """Whether Airflow has asked the task to stop; then nothing more is sent."""

    _run: PaymentRun | None = None

    def _run_for(self, context: Context) -> PaymentRun:
        """Return the run of a context, made once."""
        raise NotImplementedError

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """Resume after the wait in the triggerer; Airflow calls it instead of ``execute``.

        :raises StillInProgress: if the wait has timed out, and payments are in progress.
        :raises WaitAborted: if the trigger failed.
        """
        return self._run_for(context).resume(partial(super().resume_execution, next_method, next_kwargs, context))

    def on_kill(self) -> None:
        """Let no further request leave, and log what is known of the money: Paxos has no cancel."""
        self.stopped = True
        # A signal handler: it may have interrupted an import, and so imports nothing.
        if self._run:
            self._run.on_kill()
        else:
            self.log.warning("Stopped before this attempt submitted anything. What exists at Paxos goes on.")

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:  # noqa: ARG002 - OpenLineage passes it
        """Return the datasets that money has moved in; None without the provider of OpenLineage, and if none moved.

        :param task_instance: the one that has ended, in the process in which it ran.
        """
        return self._run.lineage() if self._run else None

    def get_openlineage_facets_on_failure(self, task_instance: Any) -> Any:
        """Return the same for a task that has failed: some of its payments may be COMPLETED.

        :param task_instance: the one that has ended, in the process in which it ran.
        """
        return self.get_openlineage_facets_on_complete(task_instance)
