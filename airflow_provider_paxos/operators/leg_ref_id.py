"""The ref_ids of a batch's legs: derived from the task instance and the key, or rendered from a template with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from airflow_provider_paxos.operators.identity import derived_ref_id

if TYPE_CHECKING:
    from airflow.sdk import Context
    from jinja2 import Environment


def ref_ids(
    template: str | None, context: Context, environment: Environment
) -> Callable[[str, Mapping[str, Any]], str]:
    """Return what tells the ref_id of a leg by its key and its values.

    A template knows what any template of the task does, and ``key`` and ``leg`` in addition.

    :param environment: one that renders to text: ``007`` must not become the number 7, and so another ref_id.
    :raises InvalidRequest: if it is not a template; and what is returned, if it cannot be rendered for a leg.
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

    def render(key: str, leg: Mapping[str, Any]) -> str:
        try:
            return compiled.render({**context, "key": key, "leg": leg})
        except TemplateError as error:
            raise wrong(error) from error

    return render
