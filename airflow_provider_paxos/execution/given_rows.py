"""Read rows of payments in every form in which another task may hand them over."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from airflow_provider_paxos.api.errors import Acceptance, InvalidRequest, quoted
from airflow_provider_paxos.xcom import NotCompact, unpacked


def given_rows(name: str, value: object) -> list[Mapping[str, Any]]:
    """Return the rows of an argument, one after the other.

    :param name: of the argument, for the error.
    :param value: a mapping, a list of mappings, either form of ``xcom.packed``, JSON of these, or a list of all these,
        as the results of several tasks are.
    :raises InvalidRequest: for anything else; names the argument.
    """
    if value is None:
        return []
    if isinstance(value, str):
        return given_rows(name, _from_json(name, value))
    if isinstance(value, Mapping):
        return list(_unpacked(name, value)) if "packed" in value else [value]
    if isinstance(value, Iterable):
        return [row for each in value for row in given_rows(name, each)]
    raise _wrong(f"{name} is of the type {type(value).__name__}; mappings are expected, or a list of them.")


def _from_json(name: str, text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        raise _wrong(f"{name} is a string, but not valid JSON: {quoted(text[:80])!r}.") from None


def _unpacked(name: str, value: Mapping[str, Any]) -> list[dict[str, Any]]:
    try:
        return unpacked(value)
    except NotCompact as error:
        raise _wrong(f"{name}: {error}.") from error


def _wrong(what: str) -> InvalidRequest:
    return InvalidRequest(what, acceptance=Acceptance.NOT_SENT)
