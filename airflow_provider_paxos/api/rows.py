"""Validate the rows that an author gives: every wrong one is named at once, before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeGuard, TypeVar

from pydantic import BaseModel, ValidationError

from airflow_provider_paxos.api.errors import with_more
from airflow_provider_paxos.api.validation import wrong_fields

_SHOWN = 20

Model = TypeVar("Model", bound=BaseModel)


def request_or_problems(model: type[Model], values: object, *, personal: str | None = None) -> Model | list[str]:
    """Return an author's values as a request, or a line for each field that is wrong.

    :param values: a request, or a mapping of the API's fields.
    :param personal: as ``wrong_fields`` takes it.
    """
    if isinstance(values, model):
        return values
    if not isinstance(values, Mapping):
        return [f"it is {type(values).__name__}, not a mapping of the API's fields"]
    try:
        return model.model_validate(dict(values))
    except ValidationError as invalid:
        return wrong_fields(invalid, personal=personal)


def requests_and_problems(
    model: type[Model], rows: Sequence[object], problem_of: Callable[[Model, int], str | None], **options: str
) -> tuple[list[Model], list[str]]:
    """Return the rows that are right as requests, and a line for each that is wrong.

    :param problem_of: returns for a valid request and the number of its row what is wrong with it all the same.
    :param options: of ``request_or_problems``.
    """
    requests: list[Model] = []
    problems: list[str] = []
    for number, values in enumerate(rows, 1):
        request = request_or_problems(model, values, **options)
        if isinstance(request, list):
            problems.append(f"row {number}: {'; '.join(request)}")
        elif problem := problem_of(request, number):
            problems.append(f"row {number}: {problem}")
        else:
            requests.append(request)
    return requests, problems


def is_list(rows: object) -> TypeGuard[Sequence[object]]:
    """Return whether rows are a list that has some."""
    return isinstance(rows, Sequence) and not isinstance(rows, str) and bool(rows)


def not_a_list(rows: object, of: str) -> str:
    """Return what is wrong with rows that are none."""
    return f"the rows are no list of {of}, but {type(rows).__name__ if rows else 'empty'}."


def wrong_rows(problems: Sequence[str], rows: int) -> str:
    """Return in words which rows are wrong, a line for each, up to 20."""
    shown = with_more("\n".join(problems[:_SHOWN]), len(problems) - _SHOWN, joint="\n")
    return f"{len(problems):,} of {rows:,} rows are not valid:\n{shown}"
