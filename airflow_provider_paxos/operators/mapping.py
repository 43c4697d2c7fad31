"""Refuses mapped tasks that leave the ref_ids of their payments to the default: a position in a list names no payment.

When the list grows by one at its front, every payment moves to the next map index. A clear would refuse those that have
moved, and pay the last one again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk.definitions.mappedoperator import OperatorPartial

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.definitions.mappedoperator import MappedOperator

    Base = BaseOperator
else:
    Base = object


class NamesMappedPayments(Base):
    """Checks an operator's ``ref_id`` where the Dag is parsed. To be named before the operator's base."""

    ref_id_example = "settle-{{ task.business_date(dag_run) }}-{{ params.invoice }}"
    """What to write instead of the default."""

    @classmethod
    def partial(cls, **kwargs: Any) -> OperatorPartial:
        """Return what to call ``expand`` on, as Airflow's own ``partial`` does.

        :raises ValueError: from ``expand`` and ``expand_kwargs``, if neither they nor ``partial`` give a ref_id.
        """
        made: OperatorPartial = super().partial(**kwargs)
        made._expand_called = True  # It is replaced, not forgotten.
        return _NamedPartial(operator_class=made.operator_class, kwargs=made.kwargs, params=made.params)

    def require_name_in_mapped_group(self, ref_id: str | None, default: str | None) -> None:
        """Check the ref_id of a task that stands in a mapped task group.

        :raises ValueError: if it is the default.
        """
        if ref_id == default and next(self.iter_mapped_task_groups(), None):
            raise ValueError(unnamed(type(self), self.task_id))


def unnamed(operator_class: type[BaseOperator], task_id: object) -> str:
    """Return why a mapped task without a ref_id is refused, and what to write."""
    example = getattr(operator_class, "ref_id_example", NamesMappedPayments.ref_id_example)
    return (
        f"{operator_class.__name__} {task_id}: a mapped task needs a ref_id. Its map index is a position, and "
        "positions move when the list changes: a clear would pay again. Give one that names the payment, such as "
        f"ref_id={example!r}."
    )


class _NamedPartial(OperatorPartial):
    def expand(self, **mapped_kwargs: Any) -> MappedOperator:
        self._require_name([mapped_kwargs])
        return super().expand(**mapped_kwargs)

    def expand_kwargs(self, kwargs: Any, *, strict: bool = True) -> MappedOperator:
        # What another task returns is only known when the task runs, which then refuses the default.
        self._require_name(kwargs if isinstance(kwargs, Sequence) else [])
        return super().expand_kwargs(kwargs, strict=strict)

    def _require_name(self, rows: Sequence[Any]) -> None:
        defaults = getattr(self.kwargs.get("dag"), "default_args", None) or {}
        if self.kwargs.get("ref_id", defaults.get("ref_id")) is not None:
            return
        if any(isinstance(row, Mapping) and row.get("ref_id") is None for row in rows):
            self._expand_called = True  # It is refused, not forgotten.
            raise ValueError(unnamed(self.operator_class, self.kwargs["task_id"]))
