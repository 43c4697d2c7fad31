"""A driver for tests: it plays prepared outcomes to a flow, and records the flow's steps."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from airflow_provider_paxos.api.calls import Calls
from airflow_provider_paxos.api.errors import PaxosError
from airflow_provider_paxos.api.exchange import WORKER, Exchange, Patience, Signer
from airflow_provider_paxos.api.flow import (
    Announce,
    Authorize,
    Blocking,
    Flow,
    Loss,
    Pause,
    Request,
    Response,
    Send,
    Step,
    Token,
    Unanswered,
)
from airflow_provider_paxos.api.orchestrations import Orchestrations
from airflow_provider_paxos.api.rate_limiting import HostRateLimiter
from airflow_provider_paxos.api.secrecy import Secret
from tests import payments
from tests.payments import profile

BASE_URL = "https://paxos.test/v2"

Result = TypeVar("Result")
Part = TypeVar("Part", bound=Calls)
Outcome = Response | Loss | Callable[[Request], Response]


class Script:
    """Plays outcomes to a flow, one for each request. Its clock moves when the flow pauses, and only then.

    :param outcomes: a response, a loss, or what makes a response of the request.
    :param tokens: what each Authorize is answered with, an error being thrown; after them, fresh tokens.
    """

    def __init__(self, *outcomes: Outcome, tokens: list[Token | PaxosError] | None = None) -> None:
        self.now = 1_800_000_000.0
        self.steps: list[Step] = []
        self.rate_limiter = HostRateLimiter.by(self.clock)
        self.outcomes = list(outcomes)
        self.on_pause: Callable[[int], None] = lambda _: None
        self._tokens = list(tokens or [])

    def clock(self) -> float:
        return self.now

    def exchange(
        self, *, patience: Patience = WORKER, rate: float = 40.0, signer: Signer | None = None, jitter: float = 1.0
    ) -> Exchange:
        return Exchange(
            rate_limiter=self.rate_limiter,
            rate=rate,
            clock=self.clock,
            patience=patience,
            signer=signer,
            jitter=lambda: jitter,
        )

    def calls(self, **options: Any) -> Orchestrations:
        return Orchestrations(BASE_URL, self.exchange(**options))

    def part(self, kind: type[Part], scopes: Collection[str] | None = None) -> Part:
        """Return the calls of another part of the API."""
        return kind(BASE_URL, self.exchange(), scopes)

    def run(self, flow: Flow[Result]) -> Result:
        outcome: Any = None
        while True:
            try:
                step = flow.throw(outcome) if isinstance(outcome, Exception) else flow.send(outcome)
            except StopIteration as end:
                result: Result = end.value
                return result
            self.steps.append(step)
            outcome = self._outcome(step)

    def _outcome(self, step: Step) -> Any:
        match step:
            case Pause(seconds):
                self.now += seconds
                self.on_pause(len(self.pauses))
                return None
            case Authorize():
                return self._tokens.pop(0) if self._tokens else Token(Secret(f"token-{len(self.steps)}"), math.inf)
            case Blocking(call):
                return call()
            case Announce():
                return None
            case Send(request):
                assert self.outcomes, f"one request more than expected: {request}"
                played = self.outcomes.pop(0)
                if isinstance(played, Loss):
                    return Unanswered(played, request)
                return played if isinstance(played, Response) else played(request)

    @property
    def sent(self) -> list[Request]:
        return [step.request for step in self.steps if isinstance(step, Send)]

    @property
    def announced(self) -> list[str]:
        return [step.token.value.reveal() for step in self.steps if isinstance(step, Announce)]

    @property
    def pauses(self) -> list[float]:
        return [step.seconds for step in self.steps if isinstance(step, Pause)]

    @property
    def authorizations(self) -> list[Authorize]:
        return [step for step in self.steps if isinstance(step, Authorize)]

    @property
    def methods(self) -> list[str]:
        return [request.method for request in self.sent]


def query_of(request: Request) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(request.url).query)


def answer(document: object, status: int = 200, **headers: str) -> Response:
    """Return a JSON answer; a header is named as in ``retry_after``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, {"content-type": "application/json", **named}, json.dumps(document).encode())


def problem(
    status: int, kind: str = "about:blank", detail: str = "no", meta: object = None, **headers: str
) -> Response:
    """Return an RFC 7807 problem document; a kind is the last path segment of its type."""
    place = "" if kind == "about:blank" else "https://developer.paxos.com/docs/v2/problems/"
    document = {"type": place + kind, "title": "A title", "status": status, "detail": detail, "meta": meta}
    return answer({name: value for name, value in document.items() if value is not None}, status, **headers)


def page(*found: dict[str, Any], cursor: str | None = None) -> Response:
    """Return one page of List Orchestrations."""
    return answer({"items": list(found), **({"next_page_cursor": cursor} if cursor else {})})


def payment(**fields: Any) -> dict[str, Any]:
    """Return a valid create request; a field that is given as None is left out."""
    own = {"ref_id": "settle-2026-11-21-7", "source": profile("prof-1"), "destination": profile("prof-2")}
    return payments.payment(**{**own, **fields})


def orchestration(**fields: Any) -> dict[str, Any]:
    """Return the orchestration that Paxos shows for ``payment()``; a field that is given as None is left out."""
    return payment(**{"id": "orch-1", "status": "PROCESSING", "profile_id": "prof-1", **fields})
