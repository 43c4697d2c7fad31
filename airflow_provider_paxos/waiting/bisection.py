"""Whose fault it is when Paxos refuses a request for many: found by halves."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Generic, TypeVar

from airflow_provider_paxos.api.errors import (
    BadCredentials,
    Forbidden,
    InvalidRequest,
    NotFound,
    PaxosError,
    RateLimited,
    Refused,
    ServiceUnavailable,
    UnreadableAnswer,
)
from airflow_provider_paxos.api.listing import LIST
from airflow_provider_paxos.api.orchestrations import GET

_ABOUT_ALL = (BadCredentials, Forbidden, RateLimited, ServiceUnavailable)

Value = TypeVar("Value")


def may_concern_one(error: PaxosError) -> bool:
    """Tell whether an error may be about one of the orchestrations that were asked for, rather than about the asking.

    What the token endpoint refuses is about all of them.
    """
    if error.subject is None or error.subject.action not in (LIST, GET):
        return False
    return isinstance(error, UnreadableAnswer | InvalidRequest | Refused) and not isinstance(error, _ABOUT_ALL)


class Bisection(Generic[Value]):
    """Reads a request's values in ever smaller pieces until those that spoil it stand alone.

    :param values: what the request asks for.
    """

    def __init__(self, values: Sequence[Value]) -> None:
        self._pieces = [list(values)]
        self._worked = False
        self.culprits: list[Value] = []

    def next(self) -> list[Value] | None:
        """Return the piece to read next, or None if nothing is left."""
        return self._pieces.pop() if self._pieces else None

    def rest(self) -> list[Value]:
        """Return what has not been read: the culprits so far, and what is left."""
        return [*self.culprits, *(each for piece in self._pieces for each in piece)]

    def worked(self) -> None:
        """Take in that a piece could be read."""
        self._worked = True

    def failed(self, piece: list[Value], error: PaxosError) -> bool:
        """Take in that a piece could not be read, and return whether that is nobody's fault in particular.

        That is so if two stand alone and nothing worked. A refused value is always its own fault.
        """
        if len(piece) == 1:
            self.culprits += piece
        else:
            random.shuffle(piece)
            half = len(piece) // 2
            self._pieces += [piece[half:], piece[:half]]
        return not self._worked and len(self.culprits) > 1 and isinstance(error, UnreadableAnswer | NotFound)
