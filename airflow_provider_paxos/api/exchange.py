"""One exchange with Paxos: what is sent again, how long a pause is, and what a throttle means.

Sent again are requests after a transient error (``PaxosError.transient``), and after a 401 until a fresh token was
refused. A create may be sent again, because its idempotency key, the ref_id, keeps Paxos from accepting it twice.

This file holds the one retry decision inside a call. It has no idea of orchestrations beyond the words of an error.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from airflow_provider_paxos.api.errors import (
    Acceptance,
    AlreadyExists,
    BadCredentials,
    NotFound,
    PaxosError,
    RateLimited,
    Refused,
    Stopped,
    Subject,
    Unreachable,
    UnreadableAnswer,
)
from airflow_provider_paxos.api.flow import Authorize, Flow, Pause, Request, Response, Send, Token, Unanswered
from airflow_provider_paxos.api.observing import Answered, Observe, Waited, unobserved
from airflow_provider_paxos.api.problems import refusal
from airflow_provider_paxos.api.rate_limiting import GRANT_RATE, HostRateLimiter, NoSlot, RateLimiter
from airflow_provider_paxos.api.secrecy import without_frames

_FIRST_BACKOFF = 0.5
_LONGEST_BACKOFF = 8.0
_ASK_AGAIN = 60.0
"""Seconds until a flow asks again that has come too early even for a slot in the order of those who wait."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class Patience:
    """Limits how long a caller waits inside one call.

    :param attempts: requests in all.
    :param longest_pause: seconds; where Paxos asks for more, the error is raised at once.
    :param bulk: whether the calls are so many that they use up the rate limit by themselves. They leave a part of it to
        others, and do not wait longer than ``longest_pause`` for a slot either.
    """

    attempts: int = 5
    longest_pause: float = 30.0
    bulk: bool = False


WORKER = Patience()
"""A worker's slot is too dear to sleep out a throttle: the task's own retries are there for that."""

BATCH = Patience(bulk=True)
"""A worker that submits very many."""

TRIGGERER = Patience(longest_pause=math.inf)


class Signer(Protocol):
    """Signs a request just before it is sent, as ``signing.PemSigner`` does."""

    def sign(self, request: Request, now: float) -> Request: ...


class Exchange:
    """Sends requests by the rules above.

    :param rate_limiter: what the process may send to this host.
    :param rate: the ceiling of API requests, per second and averaged over five minutes.
    :param grant_rate: likewise of token requests.
    :param clock: unix seconds.
    :param patience: how long one call may wait.
    :param signer: signs API requests, where the account demands it.
    :param observe: is called with each answer, and each wait for the rate limit.
    :param jitter: a number from 0 to 1 for each pause; full jitter, so that failing clients spread out.
    """

    def __init__(
        self,
        *,
        rate_limiter: HostRateLimiter,
        rate: float,
        grant_rate: float = GRANT_RATE,
        clock: Callable[[], float],
        patience: Patience = WORKER,
        signer: Signer | None = None,
        observe: Observe = unobserved,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._rate_limiter = rate_limiter
        self._rate = rate
        self._grant_rate = grant_rate
        self.clock = clock
        self._patience = patience
        self._signer = signer
        self.observe = observe
        self._jitter = jitter

    def __call__(
        self,
        request: Request,
        read: Callable[[Response], Result],
        subject: Subject,
        *,
        commits: bool = False,
        authorized: bool = True,
    ) -> Flow[Result]:
        """Send the request until it is answered for good, and return what ``read`` makes of the answer.

        :param read: reads a 2xx answer; may raise ``UnreadableAnswer``, which counts as a lost one.
        :param subject: what the call is about, for the errors.
        :param commits: whether acceptance moves money, so that a lost answer leaves the outcome unknown.
        :param authorized: whether the request carries a token (and a signature).
        :raises PaxosError: of the class of the cause.
        """
        acceptance = Acceptance.NOT_SENT if commits else Acceptance.IRRELEVANT
        excluded: tuple[type[Refused], ...] = () if commits else (AlreadyExists,)
        if not authorized:
            excluded = (AlreadyExists, NotFound)
        token: Token | None = None
        stale: Token | None = None
        for attempt in range(1, self._patience.attempts + 1):
            try:
                token = yield from self._admitted(stale, authorized)
                ready = self._prepared(request, token) if token else request
            except PaxosError as unsent:
                raise _in_context(unsent, subject, acceptance) from None
            try:
                response: Response = yield Send(ready)
                self.observe(Answered(request.method, request.url, response.status))
                if 200 <= response.status < 300:
                    return read(response)
                error: PaxosError = refusal(response, self.clock(), excluded)
            except Stopped as stop:
                raise _in_context(stop, subject, acceptance) from None
            except Unanswered as lost:
                self.observe(Answered(request.method, request.url, None))
                error = Unreachable(f"{lost}.")
                error.maybe_accepted = lost.sent
            except (UnreadableAnswer, Refused) as unusable:
                # Its frames have seen the whole answer, which may hold a token.
                error = without_frames(unusable)
            acceptance = _acceptance_after(acceptance, error)
            _in_context(error, subject, acceptance)
            if isinstance(error, RateLimited):
                self._rate_limiter.throttle(error.wait)
            # A token that another process has left may be as stale as the one before.
            if token and (stale is None or token.found) and isinstance(error, BadCredentials):
                stale = token
                continue
            pause = self._pause(error, attempt)
            if pause is None:
                raise error
            # A throttle is waited out in the queue, from which those who pause would be missing.
            if not isinstance(error, RateLimited):
                yield Pause(pause)
        raise error

    def _prepared(self, request: Request, token: Token) -> Request:
        headers = {**request.headers, "Authorization": f"Bearer {token.value.reveal()}"}
        ready = Request(request.method, request.url, headers, request.body)
        return self._signer.sign(ready, self.clock()) if self._signer else ready

    def _pause(self, error: PaxosError, attempt: int) -> float | None:
        """Return the seconds until the next attempt, or None if the error is not transient or the pause too long."""
        if not error.transient or attempt == self._patience.attempts:
            return None
        if isinstance(error, RateLimited):
            pause = error.wait
        elif error.retry_after is not None:
            pause = error.retry_after
        else:
            pause = self._jitter() * float(min(_LONGEST_BACKOFF, _FIRST_BACKOFF * 2 ** (attempt - 1)))
        return pause if pause <= self._patience.longest_pause else None

    def _admitted(self, stale: Token | None, authorized: bool) -> Flow[Token | None]:
        """Wait until the request may leave, and return the token for it, if it needs one.

        Workers wait for a slot, too: that is our own pacing. A throttle they do not wait out, and a batch no slot that
        is far away.
        """
        api, grants = self._rate_limiter.api, self._rate_limiter.grants
        limiter, rate = (api, self._rate) if authorized else (grants, self._grant_rate)
        # The token comes first: a grant may take its time, and no slot would wait for it.
        token: Token | None = (yield Authorize(stale)) if authorized else None
        while True:
            slot, waited = (yield from self._reserved(limiter, rate)), False
            while wait := limiter.wait(slot):
                self._require_patience(limiter.throttled_for())
                yield Pause(wait)
                self.observe(Waited(wait))
                waited = True
            if not waited:
                return token
            if authorized:
                token = yield Authorize(stale)
            if limiter.is_valid(slot):
                return token

    def _reserved(self, limiter: RateLimiter, rate: float) -> Flow[float]:
        bulk = self._patience.bulk and limiter is self._rate_limiter.api
        while True:
            try:
                return limiter.reserve(rate, bulk=bulk, within=self._patience.longest_pause if bulk else math.inf)
            except NoSlot as none:
                self._require_patience(limiter.throttled_for())
                if bulk:
                    error = RateLimited(
                        f"this host has used up its rate limit for another {none.wait:.0f} s, so nothing is sent now."
                    )
                    error.retry_after = none.wait
                    raise error from None
                wait = min(none.wait, _ASK_AGAIN)
                yield Pause(wait)
                self.observe(Waited(wait))

    def _require_patience(self, throttle: float) -> None:
        if throttle > self._patience.longest_pause:
            error = RateLimited(
                f"Paxos throttles this IP address for another {throttle:.0f} s, so nothing is sent now."
            )
            error.retry_after = throttle
            raise error


def _in_context(error: PaxosError, subject: Subject, acceptance: Acceptance) -> PaxosError:
    """Add to an error what the call was about, and whether Paxos may have accepted it."""
    if error.subject and error.subject.action != subject.action:
        subject = replace(subject, action=f"{error.subject.action} for {subject.action}")
    error.subject, error.acceptance = subject, acceptance
    return error


def _acceptance_after(before: Acceptance, error: PaxosError) -> Acceptance:
    """Return the acceptance after one more attempt. One lost answer makes all later refusals moot."""
    if before is not Acceptance.IRRELEVANT and isinstance(error, AlreadyExists):
        return Acceptance.EXISTS
    if before in (Acceptance.IRRELEVANT, Acceptance.UNKNOWN):
        return before
    if error.maybe_accepted:
        return Acceptance.UNKNOWN
    return Acceptance.REFUSED if error.status is not None else before
