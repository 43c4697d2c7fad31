"""Flows: the rules of a call as a generator that performs no I/O.

A flow yields what it needs and is sent the outcome:

    Send(request)      a Response; or ``Unanswered`` is thrown into it
    Pause(seconds)     nothing; the driver sleeps
    Authorize(stale)   a Token; the driver runs the token flow under its lock, so that one grant serves
                       everyone who waits
    Blocking(call)     what the call returns; it may block as files do, so that an event loop has a thread make it
    Announce(token)    nothing; the driver passes the token on, so that logs can mask it

A driver (``client``, ``async_client``) is a loop: ``flow.send(outcome)`` until the flow returns. The idea is that
of h11 and of httpx's auth flow. Rules are thereby tested without socket, clock or mock.

This file defines the steps, and what goes in and out of them. It performs no I/O, and imports no HTTP library.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar
from urllib.parse import urlsplit

from airflow_provider_paxos.api.secrecy import Secret

MAX_ANSWER = 10 * 1024 * 1024
"""Bytes; a larger answer is refused by the drivers before it fills the memory."""


@dataclass(frozen=True)
class Request:
    """An HTTP request. Its headers and body hold secrets, so its repr shows neither."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Response:
    """An HTTP answer: its body is decoded and whole.

    :param headers: found by their names in lower case.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


class Loss(Enum):
    """The ways to lose an answer, in words; and whether any of the request may have reached the other side."""

    UNCONNECTED = ("no connection to {host}{why}", False)
    UNTRUSTED = ("the TLS certificate of {host} is not trusted{why}", False)
    TIMED_OUT = ("no answer from {host} in time", True)
    BROKEN = ("the connection to {host} broke before the whole answer was there", True)
    TOO_LARGE = (f"the answer of {{host}} is larger than {MAX_ANSWER // 2**20} MiB", True)


class Unanswered(Exception):
    """A driver throws it into a flow when no whole answer came.

    :param loss: what kind of loss it is.
    :param request: the request that was lost.
    :param cause: the transport's error, of which the operating system's words alone are quoted: the rest may hold
        a proxy's credentials.
    """

    def __init__(self, loss: Loss, request: Request, cause: BaseException | None = None) -> None:
        words, self.sent = loss.value
        why = _system_words(cause)
        super().__init__(words.format(host=urlsplit(request.url).netloc, why=f" ({why})" if why else ""))


def _system_words(cause: BaseException | None) -> str | None:
    seen: list[BaseException] = []
    while cause is not None and cause not in seen:
        seen.append(cause)
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        nested = [each for each in (*cause.args, getattr(cause, "reason", None)) if isinstance(each, BaseException)]
        cause = cause.__cause__ or cause.__context__ or (nested[0] if nested else None)
    return None


@dataclass(frozen=True)
class Token:
    """An access token.

    :param value: a plain string is wrapped, so that nothing shows it.
    :param renew_at: unix seconds from which on it is no longer used, somewhat ahead of its end.
    :param found: whether it was found in the host's file rather than granted to this process.
    """

    value: Secret[str]
    renew_at: float
    found: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", Secret.of(self.value))


@dataclass(frozen=True)
class Send:
    """Ask the driver to send a request."""

    request: Request


@dataclass(frozen=True)
class Pause:
    """Ask the driver to sleep for so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Authorize:
    """Ask the driver for a token other than ``stale``."""

    stale: Token | None = None


@dataclass(frozen=True)
class Blocking:
    """Ask the driver to make a call that may block as files do."""

    call: Callable[[], Any]


@dataclass(frozen=True)
class Announce:
    """Ask the driver to pass on a token that is new to the process, before it is used."""

    token: Token


Step = Send | Pause | Authorize | Blocking | Announce
Result = TypeVar("Result")
Flow = Generator[Step, Any, Result]
