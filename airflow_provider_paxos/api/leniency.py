"""Leniency: a field of an answer that no rule needs never makes the answer unreadable.

pydantic validates the fallback itself, so that it costs nothing where an answer is as Paxos publishes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True)
class Otherwise:
    """Marks a field whose value is replaced if it does not validate: ``Annotated[str | None, Otherwise(text_of)]``.

    :param replacement: makes a valid value of one that does not validate, or None.
    """

    replacement: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return the field's schema with the replacement behind it."""
        replaced = core_schema.no_info_plain_validator_function(self.replacement)
        return core_schema.union_schema([handler(source), replaced], mode="left_to_right")


def nothing(_: object) -> None:
    """Return None for any value."""


def text_of(value: object) -> str | None:
    """Return a number or a truth value as text, and None for what has no text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}" if value.is_finite() else None
    return str(value) if isinstance(value, int | float) else None


def texts_of(value: object) -> dict[str, str] | None:
    """Return a mapping's texts and numbers as texts, without what is neither."""
    if not isinstance(value, Mapping):
        return None
    texts = {str(name): each if isinstance(each, str) else text_of(each) for name, each in value.items()}
    return {name: each for name, each in texts.items() if each is not None}


def object_or_nothing(value: object) -> object:
    """Return an object as it is, and None for a list or a text where an object was."""
    return value if isinstance(value, Mapping | BaseModel) else None


def storable(value: str) -> str:
    """Return a text without NUL and lone surrogates, which PostgreSQL and UTF-8 refuse."""
    return _UNSTORABLE.sub(_REPLACEMENT, value)


def all_storable(value: Any) -> Any:
    """Return JSON values, however deep, with texts that can be stored."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(name): all_storable(each) for name, each in value.items()}
    if isinstance(value, list):
        return [all_storable(each) for each in value]
    return value
