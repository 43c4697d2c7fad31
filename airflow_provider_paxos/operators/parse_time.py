"""What can be checked of a request when the Dag is parsed: what no template and no other task still has to give."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

_KNOWN = (str, int, float, Decimal, type(None), Mapping, list)


def made_by_author(operator: object) -> bool:
    """Tell whether an operator stands in a Dag file, so that its values are to be checked there.

    An instance of a mapped task is made when it runs: execute() checks its values then, without vain retries.
    """
    return not getattr(operator, "_BaseOperator__from_mapped", False)


def require_valid(values: Mapping[str, Any]) -> None:
    """Check the values that are known already.

    :param values: the API's fields, with templates and references to other tasks among them.
    :raises InvalidRequest: names every known value that is wrong.
    """
    from airflow_provider_paxos.api.validation import invalid_request

    if wrong := _wrong_already(values):
        raise invalid_request(wrong)


def require_valid_payments(payments: object, defaults: object) -> None:
    """Check the payments of a batch that are known already.

    :param payments: mappings of the API's fields and a key, with templates and references to other tasks among them.
    :param defaults: fields of every payment that does not name them itself.
    :raises InvalidRequest: names every known payment that is wrong, or whose key another one has.
    """
    from airflow_provider_paxos.batch.validation import key_problems, refused

    if isinstance(payments, str) or not isinstance(payments, Sequence) or not isinstance(defaults, Mapping | None):
        return
    wrong: dict[str, list[str]] = {}
    keys: set[object] = set()
    for number, payment in enumerate(payments, 1):
        if not isinstance(payment, Mapping):
            continue
        fields = {**(defaults or {}), **payment}
        lines = []
        if not _comes_later(fields, ("key",)):
            lines = key_problems(fields)
            key = fields.get("key")
            if not lines and key in keys:
                lines = ["key: it is that of another payment, too"]
            keys.add(key if isinstance(key, str) else None)
        fields.pop("key", None)
        # The ref_id is derived when the task runs.
        lines += _wrong_already({"ref_id": "{{ derived }}", **fields})
        if lines:
            wrong[f"payment {number}"] = lines
    if wrong:
        raise refused(wrong, len(payments))


def _wrong_already(values: Mapping[str, Any]) -> list[str]:
    """Return a line for each known value that is wrong."""
    from pydantic import ValidationError

    from airflow_provider_paxos.api.models import OrchestrationRequest
    from airflow_provider_paxos.api.validation import wrong_fields

    try:
        OrchestrationRequest.model_validate(dict(values))
    except ValidationError as invalid:
        return wrong_fields(invalid, unless=lambda path: _comes_later(values, path))
    return []


def _comes_later(values: Any, path: tuple[int | str, ...]) -> bool:
    """Tell whether the value at a path, or one that holds it, is only known when the task runs."""
    for name in path:
        if not isinstance(values, Mapping):
            break
        values = values.get(name)
    if isinstance(values, str):
        return "{{" in values or "{%" in values
    return not isinstance(values, _KNOWN)


def seconds(name: str, value: timedelta | float) -> float:
    """Return a duration in seconds.

    :param name: the argument's, for the error.
    :raises ValueError: if it is not positive, or endless.
    """
    number = value.total_seconds() if isinstance(value, timedelta) else value
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 < number < math.inf:
        raise ValueError(f"{name} is {value!r}; it is a positive number of seconds, or a timedelta.")
    return float(number)
