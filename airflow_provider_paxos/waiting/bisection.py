"""Find the values for which Paxos refuses a request for many: by halves.

This file may know the API's errors and the names of its calls. It sends nothing.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Generic, TypeVar

from airflow_provider_paxos.api.errors import (
    BadCredentials,
    Forbidden,
    InvalidRequest,
    MissingScope,
    NotFound,
    PaxosError,
    RateLimited,
    Refused,
    ServiceUnavailable,
    TemporarilyRefused,
    UnreadableAnswer,
)
from airflow_provider_paxos.api.orchestrations import GET, LIST

_ABOUT_ALL = (BadCredentials, MissingScope, RateLimited, TemporarilyRefused, ServiceUnavailable)

_NOT_SURELY_ITS_OWN = (UnreadableAnswer, NotFound, Forbidden)
"""Errors that meet each value alike where they concern none in particular."""

Value = TypeVar("Value")


def may_concern_one(error: PaxosError) -> bool:
    """Return whether an error may concern one of the requested orchestrations, rather than the request as such.

    A refusal by the token endpoint concerns all of them, and so does a scope that lacks. Any other 403 may be about an
    id of somebody else.
    """
    if error.subject is None or error.subject.action not in (LIST, GET):
        return False
    return isinstance(error, UnreadableAnswer | InvalidRequest | Refused) and not isinstance(error, _ABOUT_ALL)


class Bisection(Generic[Value]):
    """Splits a request's values into ever smaller parts, until each value that fails is in a part of its own.

    :param values: the values of the request.
    """

    def __init__(self, values: Sequence[Value]) -> None:
        self._parts = [list(values)]
        self._any_succeeded = False
        self.failing: list[Value] = []

    def next_part(self) -> list[Value] | None:
        """Return the part to read next, or None if nothing is left."""
        return self._parts.pop() if self._parts else None

    def unread(self) -> list[Value]:
        """Return the values that have not been read: the failing ones so far, and all parts that are left."""
        return [*self.failing, *(each for part in self._parts for each in part)]

    def succeeded(self) -> None:
        """Note that a part was read."""
        self._any_succeeded = True

    def failed(self, part: list[Value], error: PaxosError) -> bool:
        """Note that a part was not read, and return whether the error turns out to concern no value in particular.

        That is so if two single values have failed and no part was read. A refused value always concerns itself.
        """
        if len(part) == 1:
            self.failing += part
        else:
            random.shuffle(part)
            half = len(part) // 2
            self._parts += [part[half:], part[:half]]
        return not self._any_succeeded and len(self.failing) > 1 and isinstance(error, _NOT_SURELY_ITS_OWN)
