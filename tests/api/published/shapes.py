"""Read the published shapes, and validate requests by them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from jsonschema import Draft202012Validator, FormatChecker

from airflow_provider_paxos.api.flow import Request

_DOCUMENT: dict[str, Any] = json.loads(Path(__file__).with_name("paxos_v2.json").read_text())
PATHS: Mapping[str, dict[str, Any]] = _DOCUMENT["paths"]
SCHEMAS: Mapping[str, dict[str, Any]] = _DOCUMENT["schemas"]

_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return datetime.fromisoformat(str(value)).tzinfo is not None


@_FORMATS.checks("decimal")
def _is_decimal(value: object) -> bool:
    return re.fullmatch(r"-?[0-9]*\.?[0-9]+", str(value)) is not None


def closed(schema: Any) -> Any:
    """Return a schema whose objects have no other properties than it names."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    rules = {name: closed(each) for name, each in schema.items()}
    return {"additionalProperties": False, **rules} if "properties" in schema else rules


@cache
def _definitions() -> dict[str, Any]:
    return {name: closed(schema) for name, schema in SCHEMAS.items()}


def faults(schema: Mapping[str, Any], value: object) -> list[str]:
    """Return what is wrong with a value by a schema."""
    whole = {**closed(schema), "schemas": _definitions()}
    found = Draft202012Validator(whole, format_checker=_FORMATS).iter_errors(value)
    return [f"{each.json_path}: {each.message}" for each in found]


def call_of(request: Request, base_url: str) -> str:
    """Return the published name of a request's call, such as ``GET /profiles/{profile_id}``.

    :raises LookupError: if Paxos publishes no such call.
    """
    path = urlsplit(request.url).path.removeprefix(urlsplit(base_url).path)
    named = [name for name in PATHS if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", name), f"{request.method} {path}")]
    if not named:
        raise LookupError(f"{request.method} {path}")
    # A path without a parameter in it goes first.
    return min(named, key=lambda name: name.count("{"))


def faults_of(request: Request, base_url: str) -> list[str]:
    """Return what is wrong with a request by the published shapes: its parameters and its body."""
    call = PATHS[call_of(request, base_url)]
    found = list(_faults_of_query(request, call))
    if "body" in call:
        found += faults(call["body"], json.loads(request.body or b"null"))
    elif request.body is not None:
        found.append("it has a body")
    return found


def _faults_of_query(request: Request, call: Mapping[str, Any]) -> Iterator[str]:
    parameters = {each["name"]: each for each in call.get("parameters", ()) if each["in"] == "query"}
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(urlsplit(request.url).query, keep_blank_values=True):
        query.setdefault(unquote(name), []).append(value)
    for name, values in query.items():
        if name not in parameters:
            yield f"there is no parameter {name}"
            continue
        schema = parameters[name]["schema"]
        is_many = schema["type"] == "array"
        if not is_many and len(values) > 1:
            yield f"{name} is repeated"
        for value in values:
            yield from (f"{name}: {fault}" for fault in faults(*_typed(schema["items"] if is_many else schema, value)))
    yield from (f"{name} is missing" for name, each in parameters.items() if each["required"] and name not in query)


def _typed(schema: Mapping[str, Any], text: str) -> tuple[Mapping[str, Any], object]:
    if schema.get("type") == "integer":
        return schema, int(text) if re.fullmatch(r"-?\d+", text) else text
    if schema.get("type") == "boolean":
        return schema, {"true": True, "false": False}.get(text, text)
    return schema, text


def resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a schema refers to, or itself."""
    return SCHEMAS[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
