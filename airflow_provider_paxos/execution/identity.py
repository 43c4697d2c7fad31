"""Identify a payment: by the ref_id that a task instance stands for, and by metadata that leads back to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid5

from airflow.sdk import Context
from airflow.sdk.types import RuntimeTaskInstanceProtocol
from jinja2 import Environment, TemplateError

from airflow_provider_paxos.api.errors import Acceptance, InvalidRequest, quoted
from airflow_provider_paxos.api.models import METADATA_LENGTH, METADATA_PAIRS

_NAMESPACE = UUID("5b2f9c1e-6d0a-4c58-9a43-0f8f3f1d7c26")
"""Never change it: all derived ref_ids would change with it, and a cleared task would pay again."""


def coordinates(ti: RuntimeTaskInstanceProtocol) -> dict[str, str]:
    """Return the names of a task instance, by their metadata keys; ``airflow_map_index`` only if it is mapped.

    The try number is not among them: all tries are the same payment.
    """
    found = {"airflow_dag_id": ti.dag_id, "airflow_run_id": ti.run_id, "airflow_task_id": ti.task_id}
    mapped = ti.map_index is not None and ti.map_index >= 0
    return {**found, "airflow_map_index": str(ti.map_index)} if mapped else found


def derived_ref_id(ti: RuntimeTaskInstanceProtocol, key: str | None = None) -> str:
    """Return the ref_id of a task instance: the same for its retries, clears and crashes, and for no other.

    A run id itself would not do: it reaches 250 characters, holds ``:`` and ``+``, and all tasks of a run share it.

    :param ti: the task instance.
    :param key: of a payment of a batch: each key has a ref_id of its own.
    :returns: a UUID v5.
    """
    payment: list[Any] = [] if key is None else [{"key": key}]
    return str(uuid5(_NAMESPACE, json.dumps([*coordinates(ti).values(), *payment])))


def stamped(metadata: Any, ti: RuntimeTaskInstanceProtocol, key: str | None = None) -> Any:
    """Return the author's metadata with the task instance's coordinates, as far as Paxos takes them.

    The author's own keys win. A coordinate that would be the seventh pair, or is longer than 100 characters, is left
    out.

    :param metadata: the author's. A value that is not a mapping, which a template may render, is returned unchanged:
        the request's own validation refuses it.
    :param ti: the task instance.
    :param key: of a payment of a batch; it comes before the coordinates.
    """
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
    """Return a function that makes the ref_id of a payment from its key and its fields.

    :param template: can use what every template of the task can, and ``key`` and ``payment`` besides. None derives the
        ref_id from the task instance and the key.
    :param context: of the task instance.
    :param environment: one that renders to text: ``007`` must not become the number 7, and so another ref_id.
    :raises InvalidRequest: if the template is not valid. The returned function raises it if the template cannot be
        rendered for a payment.
    """
    if template is None:
        return lambda key, _: derived_ref_id(context["ti"], key)

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
