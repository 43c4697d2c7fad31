"""How the fields of a payment, or of a rule, are rendered: to text, and with a value wherever a template names one.

Jinja renders a value that is not there as ``None``, or as nothing: ``settle-{{ dag_run.conf.get('batch') }}`` becomes
``settle-None``, the same ref_id in every run, and the second run adopts the payment of the first. And a Dag with
``render_template_as_native_obj`` makes numbers of text: ``0x10`` would pay 16.00. Both end here, before anything is
sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator, Context
    from jinja2 import Environment

    Base = BaseOperator
else:
    Base = object

MAY_BE_WHOLE = frozenset(
    {
        "source",
        "destination",
        "metadata",
        "defaults",
        "payments",
        "rules",
        "duplicate_of_ok",
        "records",
        "ref_ids",
        "keys",
        "changes",
        "profile_ids",
        "expected",
        "receipts_of",
        "dag_ids",
        "daily_reports",
    }
)
"""Fields that one template may give as a whole: in a native Dag it yields the mapping, or the list, itself."""

MAY_BE_EMPTY = frozenset({"memo", "metadata", "duplicate_of_ok"})
"""Free text: an expression in it may yield nothing. Everything else identifies or counts something."""

MAY_BE_NONE = MAY_BE_EMPTY | {"records", "ref_ids"}
"""What another task may give as None: what may be empty, and the two of which a repair takes the one that is there."""


class RendersPayments(Base):
    """Renders the template fields of an operator or sensor by these rules. To be named before the operator's base."""

    _path: tuple[str, ...] = ()

    def _do_render_template_fields(
        self,
        parent: Any,
        template_fields: Iterable[str],
        context: Context,
        jinja_env: Environment,
        seen_oids: set[int],
    ) -> None:
        for name in template_fields:
            with self._at(name):
                super()._do_render_template_fields(parent, (name,), context, jinja_env, seen_oids)

    def render_template(
        self,
        content: Any,
        context: Context,
        jinja_env: Environment | None = None,
        seen_oids: set[int] | None = None,
    ) -> Any:
        """Render a value of a template field, and what it holds; Airflow calls it.

        :raises AirflowFailException: names the field in which an expression yields no value, or another task's result
            is none.
        """
        if isinstance(content, str):
            return self._rendered(content, context, jinja_env or self.get_template_env())
        if isinstance(content, dict):
            rendered = {}
            for name, value in content.items():
                with self._at(str(name)):
                    rendered[name] = self.render_template(value, context, jinja_env, seen_oids)
            return rendered
        if content.__class__ is list:
            rendered_list = []
            for number, value in enumerate(content, 1):
                with self._at(str(number)):
                    rendered_list.append(self.render_template(value, context, jinja_env, seen_oids))
            return rendered_list
        resolved = super().render_template(content, context, jinja_env, seen_oids)
        if resolved is None and content is not None and MAY_BE_NONE.isdisjoint(self._path):
            # Of an argument that may be left out, None would mean the default: all keys, or no identity.
            raise _worker_s_part().no_value(".".join(self._path), str(content), "None")
        return resolved

    def _rendered(self, template: str, context: Context, jinja_env: Environment) -> Any:
        part = _worker_s_part()
        whole = len(self._path) == 1 and self._path[0] in MAY_BE_WHOLE
        if part.native(jinja_env) and not whole:
            dag = self.get_dag()
            jinja_env = dag.get_template_env(force_sandboxed=True) if dag else self.get_template_env()
        may_be_empty = not MAY_BE_EMPTY.isdisjoint(self._path)
        return part.rendered(template, context, jinja_env, name=".".join(self._path), may_be_empty=may_be_empty)

    @contextmanager
    def _at(self, name: str) -> Iterator[None]:
        before, self._path = self._path, (*self._path, name)
        try:
            yield
        finally:
            self._path = before


def _worker_s_part() -> ModuleType:
    from airflow_provider_paxos.execution import rendering

    return rendering
