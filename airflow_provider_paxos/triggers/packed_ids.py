"""Pack the ids of a wait, so that more of them fit into the arguments of a trigger.

Airflow stores those, as JSON or encrypted, in a column that with MySQL holds 65,535 bytes
(``airflow/models/trigger.py``). This file imports nothing that is not light: Airflow imports it when a Dag is parsed.
"""

from __future__ import annotations

from base64 import b85decode, b85encode
from collections.abc import Iterable, Sequence
from uuid import UUID

READABLE = 100
"""Up to so many ids are stored as they are, for people to read."""

_BYTES = 16
_PACKED = 20
"""Characters of an id that is packed."""

_ESCAPED = 12
"""Characters of JSON that one sign of another id has at most."""

_ROOM = 44_000
"""Characters for the ids of a wait: encrypted they are four thirds as long, and the other arguments need room, too."""


def packed(ids: Sequence[str]) -> tuple[str, list[str]]:
    """Return ids in two forms: those that are UUIDs, packed, and the others.

    Up to 100 of them are not packed.
    """
    if len(ids) <= READABLE:
        return "", list(ids)
    numbers = {each: number for each in ids if (number := _number(each))}
    others = [each for each in ids if each not in numbers]
    return b85encode(b"".join(numbers[each] for each in ids if each in numbers)).decode(), others


def unpacked(text: str) -> list[str]:
    """Return the ids of a packed form.

    :raises ValueError: if it is none.
    """
    numbers = b85decode(text)
    return [str(UUID(bytes=numbers[at : at + _BYTES])) for at in range(0, len(numbers), _BYTES)]


def first_that_fit(ids: Iterable[str]) -> list[str]:
    """Return the first ids, as many as one wait can hold: 2,200 if they are UUIDs. Those after them wait for a turn."""
    room = _ROOM
    fitting: list[str] = []
    for each in ids:
        # The others are quoted and separated, too.
        room -= _PACKED if _number(each) else _ESCAPED * len(each) + 4
        if room < 0 and fitting:
            break
        fitting.append(each)
    return fitting


def _number(text: str) -> bytes | None:
    try:
        found = UUID(text)
    except ValueError:
        return None
    # Only what comes back as it was.
    return found.bytes if str(found) == text else None
