"""Name what an exchange with Paxos consists of, for whoever counts it. A client is given a callable, and no more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answered:
    """A request was answered, or its answer was lost.

    :param method: such as ``GET``.
    :param url: with its query.
    :param status: of the answer; None if it was lost.
    """

    method: str
    url: str
    status: int | None


@dataclass(frozen=True, slots=True)
class Waited:
    """A request has waited for the rate limit, or until Paxos' throttling was over.

    :param seconds: how long.
    """

    seconds: float


@dataclass(frozen=True, slots=True)
class Minted:
    """A token was granted."""


Observe = Callable[[Answered | Waited | Minted], None]
"""Takes what has happened, on the way of every request: it is quick, and raises nothing."""


def unobserved(_: object) -> None:
    """Count nothing."""
