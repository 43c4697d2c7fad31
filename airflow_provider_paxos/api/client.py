"""PaxosClient: drives the flows with requests, for workers.

A driver decides nothing: it sends, sleeps and locks as the flow asks.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self, TypeVar

import requests
from requests.exceptions import ConnectTimeout, ProxyError, ReadTimeout, RequestException, SSLError
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError, ReadTimeoutError

from airflow_provider_paxos.api.base_client import USER_AGENT, BaseClient, RequireSendable, SharedState
from airflow_provider_paxos.api.errors import PaxosError
from airflow_provider_paxos.api.exchange import WORKER, Patience
from airflow_provider_paxos.api.final_answers import FinalAnswers
from airflow_provider_paxos.api.flow import (
    MAX_ANSWER,
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
from airflow_provider_paxos.api.listing import Found, Pages
from airflow_provider_paxos.api.observing import Observe, unobserved
from airflow_provider_paxos.api.proxies import origin, proxies_for
from airflow_provider_paxos.api.secrecy import CutFrames
from airflow_provider_paxos.api.settings import Settings
from airflow_provider_paxos.api.trust import authorities

Result = TypeVar("Result")
_CHUNK = 64 * 1024


class PaxosClient(BaseClient):
    """Calls Paxos with requests. A context manager: leaving it closes its connections.

    :param settings: where Paxos is, and as whom to call it.
    :param shared: token and rate limiter to share with the process' other clients.
    :param on_token: called with each token's value before it is used, so that logs can mask it.
    :param require_allowed: lets a request to create, or to put, pass or raises, before anything is sent.
    :param patience: how long one call may wait.
    :param observe: is called with each answer, wait and new token.
    :param sleep: sleeps for so many seconds.
    :raises InvalidConnection: if the environment names certificate authorities that are none, or a proxy that cannot
        be used.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        shared: SharedState | None = None,
        on_token: Callable[[str], None] | None = None,
        require_allowed: RequireSendable | None = None,
        patience: Patience = WORKER,
        observe: Observe = unobserved,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(settings, shared, patience, require_allowed, observe=observe)
        self._on_token = on_token
        self._sleep = sleep
        self._authorities = authorities()
        self._session = requests.Session()
        self._session.headers["User-Agent"] = USER_AGENT
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, FinalAnswers())
        # Otherwise requests overwrites the token with what ~/.netrc holds, and takes proxies from the environment.
        self._session.trust_env = False
        self._proxies = proxies_for((settings.base_url, settings.credentials.token_url))

    def iterate(self, pages: Pages[Found]) -> Iterator[Found]:
        """Iterate over what all pages of a list hold, and read each page when it is needed."""
        while pages.more:
            yield from self.run(pages.next())

    def run(self, flow: Flow[Result]) -> Result:
        """Drive a flow to its end."""
        answer: Any = None
        fault: Exception | None = None
        try:
            while True:
                try:
                    step = flow.throw(fault) if fault else flow.send(answer)
                except StopIteration as end:
                    result: Result = end.value
                    return result
                answer = fault = None
                try:
                    answer = self._outcome(step)
                except (Unanswered, PaxosError) as raised:
                    fault = raised
        finally:
            # What is interrupted or cancelled lets go of the host's token file at once.
            flow.close()

    def _outcome(self, step: Step) -> Any:
        match step:
            case Send(request):
                return self._send(request)
            case Pause(seconds):
                return self._sleep(seconds)
            case Authorize(stale):
                return self._authorize(stale)
            case Blocking(call):
                return call()
            case Announce(token):
                return self._announce(token)

    def _authorize(self, stale: Token | None) -> Token:
        # Only who has to fetch a token waits for others who do.
        if token := self.shared.tokens.usable(stale):
            return token
        with self.shared.tokens.lock:
            return self.run(self.authorize(stale))

    def _announce(self, token: Token) -> None:
        if self._on_token:
            with CutFrames():
                self._on_token(token.value.reveal())

    def _send(self, request: Request) -> Response:
        with CutFrames():
            try:
                return self._exchange_bytes(request)
            except (RequestException, HTTPError) as error:
                raise Unanswered(_loss(error), request, error) from None

    def _exchange_bytes(self, request: Request) -> Response:
        deadline = time.monotonic() + self.settings.timeout
        proxy = self._proxies.get(origin(request.url))
        with self._session.request(
            request.method,
            request.url,
            headers=request.headers,
            data=request.body,
            timeout=self.settings.timeout,
            allow_redirects=False,
            verify=self._authorities,
            proxies={"https": proxy.reveal()} if proxy else None,
            stream=True,
        ) as response:
            body = bytearray()
            # Neither iter_content nor read returns before a chunk is full, so that an answer that drips in would
            # outlast any deadline. Before urllib3 2.2 there is nothing else.
            read = getattr(response.raw, "read1", response.raw.read)
            while chunk := read(_CHUNK, decode_content=True):
                body += chunk
                if len(body) > MAX_ANSWER:
                    raise Unanswered(Loss.TOO_LARGE, request)
                if time.monotonic() > deadline:
                    raise Unanswered(Loss.TIMED_OUT, request)
            return Response(response.status_code, response.headers, bytes(body))

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _loss(error: Exception) -> Loss:
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    if isinstance(error, SSLError):
        # TLS breaks after the request has left, too: with TLS 1.3 even a refused client certificate shows only then.
        unverified = isinstance(reason, Exception) and isinstance(reason.args[0], ssl.SSLCertVerificationError)
        return Loss.UNTRUSTED if unverified else Loss.BROKEN
    if isinstance(error, ConnectTimeout | ProxyError) or isinstance(reason, NewConnectionError):
        return Loss.UNCONNECTED
    if isinstance(error, ReadTimeout | ReadTimeoutError):
        return Loss.TIMED_OUT
    return Loss.BROKEN
