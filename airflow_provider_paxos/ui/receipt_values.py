"""Values of a receipt, which any writer may have left: a value that is not of the expected kind counts as absent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from airflow_provider_paxos.api.description import describe_end

_LONGEST = 1000
_DEEPEST = 8
_MOST = 200
_LONGEST_TIME = 64
_FIRST_YEAR, _LAST_YEAR = 1970, 9000
_AMOUNT = re.compile(r"-?(?:[0-9]{1,60}(?:\.[0-9]{1,60})?|\.[0-9]{1,60})", re.ASCII)


def text(value: object, *, longest: int = _LONGEST) -> str | None:
    """Return a text, cut to its longest; None for anything else and for an empty one."""
    if not isinstance(value, str) or not value:
        return None
    if len(value) <= longest and value.isascii():
        return value
    # A lone surrogate passes JSON, but no answer could be encoded with it.
    clean = value[:longest].encode("utf-8", "replace").decode()
    return clean if len(value) <= longest else clean + "…"


def parse_time(value: object) -> datetime | None:
    """Return an RFC 3339 time in UTC; one without an offset is taken for UTC.

    A year before 1970 or after 9000 counts as absent: calendars end near those of ``datetime``.
    """
    return _parsed_time(value) if isinstance(value, str) and len(value) <= _LONGEST_TIME else None


@lru_cache(maxsize=1000)
def _parsed_time(value: str) -> datetime | None:
    """Return a time; many receipts are read in the same second."""
    try:
        time = datetime.fromisoformat(value)
        if time.tzinfo is not UTC:
            time = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return time if _FIRST_YEAR <= time.year <= _LAST_YEAR else None


def format_time(time: datetime) -> str:
    """Return a time in RFC 3339, with Z for UTC."""
    return (
        time.astimezone(UTC)
        .isoformat(timespec="milliseconds" if time.microsecond else "seconds")
        .replace("+00:00", "Z")
    )


def time_text(value: object) -> str | None:
    """Return a time as the answers write it, or None."""
    time = parse_time(value)
    return format_time(time) if time else None


def parse_amount(value: object) -> Decimal | None:
    """Return an amount, if it is a plain decimal."""
    if isinstance(value, str):
        return Decimal(value) if _AMOUNT.fullmatch(value) else None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**60:
        return Decimal(value)
    return None


def amount_text(value: object) -> str | None:
    """Return an amount as the receipt has it."""
    amount = parse_amount(value)
    return text(value, longest=150) if amount is None else str(value)


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the values that two receipts of one orchestration both show, and that differ."""
    return tuple(
        name
        for name, value_of in _COMPARED.items()
        if None not in (values := (value_of(one.get(name)), value_of(other.get(name)))) and values[0] != values[1]
    )


def _folded(value: object) -> str | None:
    shown = text(value, longest=_LONGEST)
    return shown.casefold() if shown else None


def _end(value: object) -> str | None:
    return _folded(describe_end(value)) if isinstance(value, dict) and value else None


_COMPARED: Mapping[str, Callable[[object], object]] = {
    "status": _folded,
    "ref_id": text,
    "source_amount": parse_amount,
    "source_asset": _folded,
    "destination_asset": _folded,
    "source": _end,
    "destination": _end,
}


def failure_reason(receipt: Mapping[str, Any]) -> str | None:
    """Return why an orchestration failed: Paxos' words, or the error's."""
    reason = receipt.get("fail_reason")
    detail = text(reason.get("detail")) if isinstance(reason, dict) else text(reason)
    return detail or text(receipt.get("error"))


def flattened(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return all values by name, nested names joined with a point; a bounded number of them."""
    found: list[tuple[str, str]] = []
    for name, value in _flattened(values, "", _DEEPEST):
        if len(found) >= _MOST:
            break
        found.append((text(name, longest=200) or "", value))
    return found


def _flattened(values: Mapping[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        path = f"{prefix}{name}"
        if isinstance(value, dict) and depth:
            yield from _flattened(value, f"{path}.", depth - 1)
        elif isinstance(value, bool):
            yield path, "yes" if value else "no"
        elif isinstance(value, dict | list):
            yield path, "…"
        elif value is not None:
            yield path, text(str(value)) or ""
