"""What can be checked of a request when the Dag is parsed: what no template and no other task still has to give."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_KNOWN = (str, int, float, Decimal, type(None), Mapping, list)


def require_valid(values: Mapping[str, Any]) -> None:
    """Check the values that are known already.

    :param values: the API's fields, with templates and references to other tasks among them.
    :raises InvalidRequest: names every known value that is wrong.
    """
    from pydantic import ValidationError

    from airflow_provider_paxos.api.models import OrchestrationRequest, invalid_request, wrong_fields

    try:
        OrchestrationRequest.model_validate(dict(values))
    except ValidationError as invalid:
        wrong = wrong_fields(invalid, unless=lambda path: _comes_later(values, path))
    else:
        return
    if wrong:
        raise invalid_request(wrong)


def _comes_later(values: Any, path: tuple[int | str, ...]) -> bool:
    """Tell whether the value at a path, or one that holds it, is only known when the task runs."""
    for name in path:
        if not isinstance(values, Mapping):
            break
        values = values.get(name)
    if isinstance(values, str):
        return "{{" in values or "{%" in values
    return not isinstance(values, _KNOWN)
