"""Validation of the author's values: every wrong field is named the way the author wrote it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from airflow_provider_paxos.api.errors import Acceptance, InvalidRequest, Subject, quoted
from airflow_provider_paxos.api.models import OrchestrationRequest


def checked_request(values: OrchestrationRequest | Mapping[str, Any]) -> OrchestrationRequest:
    """Return the author's values as a request.

    :param values: a request, or a mapping of the API's fields.
    :raises InvalidRequest: names every wrong field the way the author wrote it.
    """
    if isinstance(values, OrchestrationRequest):
        return values
    try:
        return OrchestrationRequest.model_validate(dict(values))
    except ValidationError as invalid:
        wrong = wrong_fields(invalid)
    raise invalid_request(wrong, values.get("ref_id"))


def invalid_request(wrong: list[str], ref_id: object = None) -> InvalidRequest:
    """Return the error for a request with wrong fields, a line for each of them."""
    subject = Subject("Create Orchestration", ref_id=str(ref_id) if ref_id else None)
    what = f"the request is not valid: {'; '.join(wrong)}."
    return InvalidRequest(what, subject=subject, acceptance=Acceptance.NOT_SENT)


_PLAINER = {"missing": "it is missing", "extra_forbidden": "there is no such field"}


def wrong_fields(
    invalid: ValidationError,
    unless: Callable[[tuple[int | str, ...]], bool] | None = None,
    *,
    personal: str | None = None,
) -> list[str]:
    """Return a line for each wrong field: its name, as in ``destination.crypto``, and what is wrong with it.

    :param unless: returns for a field's path whether to leave it out.
    :param personal: a field that holds personal data, in which a misplaced value may stand as a name.
    """
    lines = []
    for fault in invalid.errors(include_url=False, include_input=False):
        if unless and unless(fault["loc"]):
            continue
        path, problem = fault["loc"], _PLAINER.get(fault["type"])
        if path and path[0] == personal and fault["type"] == "extra_forbidden":
            path, problem = path[:-1], "it has a field that Paxos does not have"
        name = ".".join(str(part) for part in path)
        problem = problem or str(fault.get("ctx", {}).get("error") or fault["msg"])
        lines.append(quoted(f"{name}: {problem}" if name else problem))
    return lines
