"""Check a request at parse time, as far as its values are known: a template or another task may give them later.

This module imports the API, and so is itself imported only when an operator is made in a Dag file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ValidationError

from airflow_provider_paxos.api.errors import InvalidRequest
from airflow_provider_paxos.api.models import OrchestrationRequest
from airflow_provider_paxos.api.rule_models import OrchestrationRuleRequest, invalid_rules
from airflow_provider_paxos.api.secrecy import CutFrames, Secret
from airflow_provider_paxos.api.validation import invalid_request, wrong_fields
from airflow_provider_paxos.batch.validation import alike, duplicates_meant, invalid_payments, key_problems
from airflow_provider_paxos.execution.given_destinations import checked_given_destinations

_KNOWN = (str, int, float, Decimal, type(None), Mapping, list)


def require_valid(values: Mapping[str, Any], duplicate_of_ok: object = None) -> None:
    """Check the values that are known already.

    :param values: the API's fields, with templates and references to other tasks among them.
    :param duplicate_of_ok: as the author gave it.
    :raises InvalidRequest: names every known value that is wrong.
    """
    if problems := [*_known_problems(values), *_problems_of_duplicates(duplicate_of_ok)]:
        raise invalid_request(problems)


def require_valid_payments(payments: object, defaults: object) -> None:
    """Check the payments of a batch that are known already.

    :param payments: mappings of the API's fields and a key, with templates and references to other tasks among them.
    :param defaults: fields of every payment that does not name them itself.
    :raises InvalidRequest: names every known payment that is wrong, or whose key another one has.
    """
    if isinstance(payments, str) or not isinstance(payments, Sequence) or not isinstance(defaults, Mapping | None):
        return
    problems: dict[str, list[str]] = {}
    number_of_key: dict[str, int] = {}
    for number, payment in enumerate(payments, 1):
        if not isinstance(payment, Mapping):
            continue
        fields = {**(defaults or {}), **payment}
        lines = []
        if not _comes_later(fields, ("key",)):
            lines = key_problems(fields)
            if not lines and (first := number_of_key.setdefault(alike(fields["key"]), number)) != number:
                lines = [f"key: duplicate of payment {first}"]
        fields.pop("key", None)
        lines += _problems_of_duplicates(fields.pop("duplicate_of_ok", None))
        # The ref_id is derived when the task runs.
        lines += _known_problems({"ref_id": "{{ derived }}", **fields})
        if lines:
            problems[f"payment {number}"] = lines
    if problems:
        raise invalid_payments(problems, len(payments))


def require_valid_destinations(rows: object) -> None:
    """Check rows of saved addresses, which hold no templates.

    :param rows: mappings of the API's fields.
    :raises InvalidRequest: names every row that is wrong or names a person, and no value.
    """
    sealed = Secret(rows)
    del rows
    with CutFrames():
        checked_given_destinations(sealed.reveal())


def require_valid_rules(rows: object) -> None:
    """Check orchestration rules that are known already.

    :param rows: mappings of the API's fields, with templates and references to other tasks among them.
    :raises InvalidRequest: names every known rule that is wrong, or whose ref_id another one has.
    """
    if isinstance(rows, str) or not isinstance(rows, Sequence):
        return
    problems: list[str] = []
    row_of: dict[str, int] = {}
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            continue
        lines = _known_problems(row, OrchestrationRuleRequest)
        ref_id = row.get("ref_id")
        if isinstance(ref_id, str) and (first := row_of.setdefault(ref_id, number)) != number:
            lines.append(f"ref_id: it is that of row {first}, too")
        if lines:
            problems.append(f"row {number}: {'; '.join(lines)}")
    if problems:
        raise invalid_rules(problems, len(rows))


REQUIRE_VALID_ROWS: Mapping[str, Callable[[object], None]] = {
    "destinations": require_valid_destinations,
    "rules": require_valid_rules,
}
"""The check of the rows of each operator that ensures something."""


def _known_problems(values: Mapping[str, Any], model: type[BaseModel] = OrchestrationRequest) -> list[str]:
    """Return a line for each known value that is wrong."""
    try:
        model.model_validate(dict(values))
    except ValidationError as invalid:
        return wrong_fields(invalid, unless=lambda path: _comes_later(values, path))
    return []


def _problems_of_duplicates(value: object) -> list[str]:
    """Return a line for a ``duplicate_of_ok`` that names nothing; another task may give it later."""
    if isinstance(value, _KNOWN):
        try:
            duplicates_meant(value)
        except InvalidRequest as invalid:
            return [str(invalid.args[0])]
    return []


def _comes_later(values: Any, path: tuple[int | str, ...]) -> bool:
    """Return whether the value at a path, or one that holds it, is only known when the task runs."""
    for name in path:
        if not isinstance(values, Mapping):
            break
        values = values.get(name)
    if isinstance(values, str):
        return "{{" in values or "{%" in values
    return not isinstance(values, _KNOWN)
