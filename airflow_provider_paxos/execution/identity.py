"""What identifies a payment: the ref_id that a task instance stands for, and the metadata that leads back to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

if TYPE_CHECKING:
    from airflow.sdk import Context
    from airflow.sdk.types import RuntimeTaskInstanceProtocol
    from jinja2 import Environment

_NAMESPACE = UUID("5b2f9c1e-6d0a-4c58-9a43-0f8f3f1d7c26")
"""Never to be changed: all derived ref_ids would change with it, and a cleared task would pay again."""


def coordinates(ti: RuntimeTaskInstanceProtocol) -> dict[str, str]:
    """Return where a task instance stands; ``airflow_map_index`` only if it is mapped. Never the try number."""
    found = {"airflow_dag_id": ti.dag_id, "airflow_run_id": ti.run_id, "airflow_task_id": ti.task_id}
    mapped = ti.map_index is not None and ti.map_index >= 0
    return {**found, "airflow_map_index": str(ti.map_index)} if mapped else found


def derived_ref_id(ti: RuntimeTaskInstanceProtocol, key: str | None = None) -> str:
    """Return the ref_id of a task instance: the same for its retries, clears and crashes, and for no other.

    A run id itself would not do: it reaches 250 characters, holds ``:`` and ``+``, and all tasks of a run share it.

    :param key: of a payment of a batch, which has a ref_id of its own: no other payment's, and no other task's.
    """
    payment: list[Any] = [] if key is None else [{"key": key}]
    return str(uuid5(_NAMESPACE, json.dumps([*coordinates(ti).values(), *payment])))


def stamped(metadata: Any, ti: RuntimeTaskInstanceProtocol, key: str | None = None) -> Any:
    """Return the author's metadata with the task instance's coordinates, as far as Paxos takes them.

    The author's own keys win; a coordinate that would be the seventh pair, or over 100 characters, stays out. What is
    no mapping, as a template may render it, is returned as it is, for the request's own check to refuse.

    :param key: of a payment of a batch; it comes before the coordinates.
    """
    from airflow_provider_paxos.api.models import METADATA_LENGTH, METADATA_PAIRS

    if metadata is not None and not isinstance(metadata, Mapping):
        return metadata
    stamped_metadata = dict(metadata or {})
    payment = {} if key is None else {"airflow_payment_key": key}
    for name, value in {**payment, **coordinates(ti)}.items():
        if len(stamped_metadata) < METADATA_PAIRS and len(value) <= METADATA_LENGTH:
            stamped_metadata.setdefault(name, value)
    return stamped_metadata


def ref_ids(
    template: str | None, context: Context, environment: Environment
) -> Callable[[str, Mapping[str, Any]], str]:
    """Return what tells the ref_id of a payment by its key and its values.

    A template knows what any template of the task does, and ``key`` and ``payment`` in addition.

    :param environment: one that renders to text: ``007`` must not become the number 7, and so another ref_id.
    :raises InvalidRequest: if it is not a template; and what is returned, if it cannot be rendered for a payment.
    """
    if template is None:
        return lambda key, _: derived_ref_id(context["ti"], key)

    from jinja2 import TemplateError

    from airflow_provider_paxos.api.errors import Acceptance, InvalidRequest, quoted

    def wrong(error: TemplateError) -> InvalidRequest:
        what = f"ref_id: the template cannot be rendered: {quoted(error)}"
        return InvalidRequest(what, acceptance=Acceptance.NOT_SENT)

    try:
        compiled = environment.from_string(template)
    except TemplateError as error:
        raise wrong(error) from error

    def render(key: str, payment: Mapping[str, Any]) -> str:
        try:
            return compiled.render({**context, "key": key, "payment": payment})
        except TemplateError as error:
            raise wrong(error) from error

    return render
