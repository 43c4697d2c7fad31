"""Read the fields of request bodies.

These rules are written independently of those of ``api``, so that a mistake in the one shows in the other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from airflow_provider_paxos.emulator.problems import bad_request

MOST_METADATA = 6
LONGEST_METADATA = 100


def read_object(body: bytes) -> dict[str, Any]:
    """Return a request's JSON object.

    :raises Problem: 400 if it is anything else.
    """
    try:
        document = json.loads(body)
        # Half of a surrogate pair can be escaped in JSON, but not be said again.
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise bad_request("the request body is not valid JSON") from None
    if not isinstance(document, dict):
        raise bad_request("the request body must be a JSON object")
    return document


def read_choice(name: str, value: Any, kinds: tuple[str, ...]) -> tuple[str, Mapping[str, Any]]:
    """Return the one field that an object has of several, and its value.

    :param name: of the object, for the reason
    :raises Problem: 400 if it has none or more than one, or if the value is no object.
    """
    if not isinstance(value, dict):
        raise bad_request(f"{name} must be an object")
    named = [kind for kind in kinds if has(value, kind)]
    if len(named) != 1:
        raise bad_request(f"{name} must have exactly one of {', '.join(kinds)}")
    fields = value[named[0]]
    if not isinstance(fields, dict):
        raise bad_request(f"{name}.{named[0]} must be an object")
    return named[0], fields


def has(fields: Mapping[str, Any], name: str) -> bool:
    """Return whether a field is there; null counts as absent."""
    return fields.get(name) is not None


def read_text(fields: Mapping[str, Any], name: str, where: str = "", longest: int | None = None) -> str:
    """Return a string that is not empty.

    :param where: the path of the object, with a dot at its end
    :raises Problem: 400 if it is anything else.
    """
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise bad_request(f"{where}{name} must be a string that is not empty")
    if longest is not None and len(value) > longest:
        raise bad_request(f"{where}{name} must have at most {longest} characters")
    return value


def read_metadata(metadata: Any) -> dict[str, str]:
    """Return the metadata of a record.

    :raises Problem: 400 if it is no map of strings, or has too many or too long ones.
    """
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise bad_request("metadata must map strings to strings")
    if len(metadata) > MOST_METADATA:
        raise bad_request(f"metadata must have at most {MOST_METADATA} pairs")
    if any(len(text) > LONGEST_METADATA for pair in metadata.items() for text in pair):
        raise bad_request(f"keys and values of metadata must have at most {LONGEST_METADATA} characters")
    return metadata
