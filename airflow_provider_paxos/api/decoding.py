"""Decoding of answers: JSON with exact numbers, and the models in it. An answer that is anything else is unreadable.

No error quotes the body or is chained to one that does: an answer may hold a token, or what is nobody else's business.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from airflow_provider_paxos.api.errors import UnreadableAnswer
from airflow_provider_paxos.api.flow import Response
from airflow_provider_paxos.api.leniency import all_storable
from airflow_provider_paxos.api.secrecy import Secret
from airflow_provider_paxos.api.snapshot import Snapshot, SnapshotPage
from airflow_provider_paxos.api.validation import wrong_fields

_DEEPEST = 100
"""Levels; what nests deeper could be read, but neither written nor pickled again."""

_NESTING = (dict, list)
_DECODER = json.JSONDecoder(parse_float=Decimal)
_TOKEN = re.compile(r"[!-~]+", re.ASCII)

_SNAPSHOT = TypeAdapter(Snapshot)
_SNAPSHOT_PAGE = TypeAdapter(SnapshotPage)

Model = TypeVar("Model", bound=BaseModel)
Shape = TypeVar("Shape")


def read_json(body: bytes) -> dict[str, Any]:
    """Return a JSON object with exact numbers.

    :raises UnreadableAnswer: if the bytes are anything else.
    """
    try:
        # As json.loads does it, which makes a decoder each time.
        text = body.decode(json.detect_encoding(body), "surrogatepass")
        document = _DECODER.decode(text)
    except (ValueError, ArithmeticError, RecursionError):
        # Not chained: the decoder's error holds the whole body.
        raise UnreadableAnswer(f"the answer is not JSON ({described(body)}).") from None
    if not isinstance(document, dict):
        raise UnreadableAnswer("the answer is JSON, but not an object.")
    # What has fewer brackets than levels need not be looked through.
    if text.count("{") + text.count("[") > _DEEPEST and _is_deep(document):
        raise UnreadableAnswer(f"the answer is nested more than {_DEEPEST} levels deep.")
    # A pair of surrogates, which is a character, was joined by the decoder; what is left is alone.
    return all_storable(document) if _may_be_unstorable(text) else document


def _may_be_unstorable(text: str) -> bool:
    if "\\u" in text:
        return True
    try:
        # Quicker than a search for surrogates. ASCII, which most answers are, is not even read.
        return not (text.isascii() or text.encode())
    except UnicodeEncodeError:
        return True


def _is_deep(document: dict[str, Any]) -> bool:
    level: list[Any] = [document]
    for _ in range(_DEEPEST):
        values = (each.values() if isinstance(each, dict) else each for each in level)
        level = [inner for each in values for inner in each if isinstance(inner, _NESTING)]
        if not level:
            return False
    return True


def described(body: bytes) -> str:
    """Return in a few words what a body is that is no JSON."""
    start = body.lstrip()[:100].lower()
    if not start:
        return "it is empty"
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        return f"{len(body)} bytes of HTML or XML, as a proxy sends"
    return f"{len(body)} bytes"


def read_model(model: type[Model], response: Response) -> Model:
    """Return an answer as a model, with exact numbers.

    :raises UnreadableAnswer: if it is not what Paxos publishes.
    """
    document = read_json(response.body)
    try:
        return model.model_validate(document)
    except ValidationError as invalid:
        wrong = wrong_fields(invalid)
    raise _unpublished(wrong)


def read_snapshot(response: Response) -> Snapshot:
    """Return an answer as a snapshot, without reading the rest of it.

    :raises UnreadableAnswer: if it is not what Paxos publishes.
    """
    return _read_shape(_SNAPSHOT, response)


def read_snapshot_page(response: Response) -> SnapshotPage:
    """Return an answer of List Orchestrations as snapshots; see ``read_snapshot``.

    :raises UnreadableAnswer: if it is not what Paxos publishes.
    """
    return _read_shape(_SNAPSHOT_PAGE, response)


def _read_shape(shape: TypeAdapter[Shape], response: Response) -> Shape:
    with suppress(ValidationError):
        return shape.validate_json(response.body)
    # An answer that is no JSON object is described by its beginning; a lone surrogate is replaced.
    document = read_json(response.body)
    try:
        return shape.validate_python(document)
    except ValidationError as invalid:
        wrong = wrong_fields(invalid)
    raise _unpublished(wrong)


def _unpublished(wrong: list[str]) -> UnreadableAnswer:
    return UnreadableAnswer(f"the answer is not what Paxos publishes: {'; '.join(wrong[:5])}.")


def access_token(answer: Secret[dict[str, Any]]) -> Secret[str] | None:
    """Return a document's access token, or None if it holds none that is fit for a header."""
    value = answer.reveal().get("access_token")
    return Secret(value) if isinstance(value, str) and _TOKEN.fullmatch(value) else None
