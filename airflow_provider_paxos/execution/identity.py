"""Identify a payment: by the ref_id that a task instance stands for, or that a template renders for a key."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid5

from airflow.sdk import Context
from jinja2 import Environment, TemplateError

from airflow_provider_paxos.api.creators import Creator
from airflow_provider_paxos.api.errors import Acceptance, InvalidRequest, quoted
from airflow_provider_paxos.execution.rendering import requiring_values

_NAMESPACE = UUID("5b2f9c1e-6d0a-4c58-9a43-0f8f3f1d7c26")
"""Never change it: all derived ref_ids would change with it, and a cleared task would pay again."""


def derived_ref_id(creator: Creator) -> str:
    """Return the ref_id of a task instance: the same for its retries, clears and crashes, and for no other.

    A run id itself would not do: it reaches 250 characters, holds ``:`` and ``+``, and all tasks of a run share it.

    :returns: a UUID v5.
    :raises InvalidRequest: for an instance of a mapped task: a position in a list names no payment.
    """
    if creator.map_index is not None:
        raise InvalidRequest(
            f"ref_id: task {quoted(creator.task_id)} is mapped, and map index {creator.map_index} is a position in a "
            "list: when the list changes, a clear would pay again. Give a ref_id that names the payment.",
            acceptance=Acceptance.NOT_SENT,
        )
    names: list[Any] = [creator.dag_id, creator.run_id, creator.task_id]
    if creator.key is not None:
        names.append({"key": creator.key})
    if creator.namespace is not None:
        names.append({"namespace": creator.namespace})
    return str(uuid5(_NAMESPACE, json.dumps(names)))


def ref_ids(
    template: str | None, context: Context, environment: Environment, creator_of_key: Callable[[str], Creator]
) -> Callable[[str, Mapping[str, Any]], str]:
    """Return a function that makes the ref_id of a payment from its key and its fields.

    :param template: can use what every template of the task can, and ``key`` and ``payment`` besides. None derives the
        ref_id from the task instance and the key.
    :param context: of the task instance.
    :param environment: one that renders to text: ``007`` must not become the number 7, and so another ref_id.
    :param creator_of_key: makes the creator of a payment, from its key.
    :raises InvalidRequest: if the template is not valid. The returned function raises it if the template cannot be
        rendered for a payment, and if an expression in it yields no value: ``settle-None-7`` would be the same payment
        in every run.
    """
    if template is None:
        return lambda key, _: derived_ref_id(creator_of_key(key))

    def wrong(problem: object) -> InvalidRequest:
        what = f"ref_id: the template cannot be rendered: {quoted(problem)}"
        return InvalidRequest(what, acceptance=Acceptance.NOT_SENT)

    def no_value(value: str) -> InvalidRequest:
        return wrong(f"an expression in it yields {value}")

    try:
        compiled = requiring_values(environment, no_value, may_be_empty=False).from_string(template)
    except TemplateError as error:
        raise wrong(error) from error

    def render(key: str, payment: Mapping[str, Any]) -> str:
        try:
            return compiled.render({**context, "key": key, "payment": payment})
        except TemplateError as error:
            raise wrong(error) from error

    return render
