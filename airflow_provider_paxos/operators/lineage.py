"""Gives an operator that moves money the methods by which OpenLineage asks for the lineage of a task that has ended."""

from __future__ import annotations

from typing import Any, Protocol


class _HasLineage(Protocol):
    def lineage(self) -> Any: ...


class HasLineage:
    """Adds the methods to an operator. To be named before the operator's base."""

    _run: _HasLineage | None

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
