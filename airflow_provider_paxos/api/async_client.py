"""AsyncPaxosClient: drives the flows with httpx2, for the triggerer.

A driver decides nothing: it sends, sleeps and locks as the flow asks.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import httpx2

from airflow_provider_paxos.api.base_client import USER_AGENT, BaseClient, RequireSendable, SharedState
from airflow_provider_paxos.api.errors import PaxosError
from airflow_provider_paxos.api.exchange import TRIGGERER, Patience
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
from airflow_provider_paxos.api.proxies import proxies_for
from airflow_provider_paxos.api.secrecy import CutFrames, Secret
from airflow_provider_paxos.api.settings import Settings
from airflow_provider_paxos.api.trust import authorities, tls_context

Result = TypeVar("Result")
_KEPT_ALIVE_SECONDS = 90.0
"""httpx2 closes idle connections after 5 s by default: polling every 5 s would connect anew each time."""


_LONG_QUERY = 1000
"""Characters."""

_sending = ContextVar("_sending", default=False)


def _of_others(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or not _sending.get()


# httpx2 logs every request at INFO: a wait of days would bury a task's log under its own polling.
logging.getLogger("httpx2").addFilter(_of_others)


class AsyncPaxosClient(BaseClient):
    """Calls Paxos with httpx2. An async context manager: leaving it closes its connections.

    :param settings: where Paxos is, and as whom to call it.
    :param shared: token and rate limiter to share with the process' other clients.
    :param on_token: called with each token's value before it is used, so that logs can mask it.
    :param require_allowed: lets a request to create, or to put, pass or raises, before anything is sent.
    :param patience: how long one call may wait.
    :param observe: is called with each answer, wait and new token.
    :param sleep: sleeps for so many seconds.
    :param transport: stands in for the network.
    :raises InvalidConnection: if the environment names certificate authorities that are none, or a proxy that cannot
        be used.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        shared: SharedState | None = None,
        on_token: Callable[[str], Awaitable[None]] | None = None,
        require_allowed: RequireSendable | None = None,
        patience: Patience = TRIGGERER,
        observe: Observe = unobserved,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(settings, shared, patience, require_allowed, observe=observe)
        self._on_token = on_token
        self._sleep = sleep
        tls, limits = tls_context(authorities()), httpx2.Limits(keepalive_expiry=_KEPT_ALIVE_SECONDS)
        proxies = proxies_for((settings.base_url, settings.credentials.token_url))
        self._session = httpx2.AsyncClient(
            timeout=settings.timeout,
            follow_redirects=False,
            verify=tls,
            limits=limits,
            headers={"User-Agent": USER_AGENT},
            transport=transport,
            trust_env=False,
            mounts=None if transport else {each: _by_proxy(proxy, tls, limits) for each, proxy in proxies.items()},
        )

    async def iterate(self, pages: Pages[Found]) -> AsyncIterator[Found]:
        """Iterate over what all pages of a list hold, and read each page when it is needed."""
        while pages.more:
            for found in await self.run(pages.next()):
                yield found

    async def run(self, flow: Flow[Result]) -> Result:
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
                    answer = await self._outcome(step)
                except (Unanswered, PaxosError) as raised:
                    fault = raised
        finally:
            # What is interrupted or cancelled lets go of the host's token file at once.
            flow.close()

    async def _outcome(self, step: Step) -> Any:
        match step:
            case Send(request):
                return await self._send(request)
            case Pause(seconds):
                return await self._sleep(seconds)
            case Authorize(stale):
                return await self._authorize(stale)
            case Blocking(call):
                return await asyncio.to_thread(call)
            case Announce(token):
                return await self._announce(token)

    async def _authorize(self, stale: Token | None) -> Token:
        # Only who has to fetch a token waits for others who do.
        if token := self.shared.tokens.usable(stale):
            return token
        async with self.shared.tokens.loop_lock:
            return await self.run(self.authorize(stale))

    async def _announce(self, token: Token) -> None:
        if self._on_token:
            with CutFrames():
                await self._on_token(token.value.reveal())

    async def _send(self, request: Request) -> Response:
        with CutFrames():
            _sending.set(True)
            try:
                return await self._exchange_bytes(request)
            except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
                # OSError: httpx2 lets the ssl module's errors through where TLS breaks after the handshake.
                raise Unanswered(_loss(error), request, error) from None
            finally:
                _sending.set(False)

    async def _exchange_bytes(self, request: Request) -> Response:
        deadline = time.monotonic() + self.settings.timeout
        url, extensions = _addressed(request.url)
        async with self._session.stream(
            request.method, url, headers=dict(request.headers), content=request.body, extensions=extensions
        ) as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_ANSWER:
                    raise Unanswered(Loss.TOO_LARGE, request)
                if time.monotonic() > deadline:
                    raise Unanswered(Loss.TIMED_OUT, request)
            return Response(response.status_code, response.headers, bytes(body))

    async def close(self) -> None:
        """Close the connections."""
        await self._session.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _by_proxy(proxy: Secret[str], tls: ssl.SSLContext, limits: httpx2.Limits) -> httpx2.AsyncBaseTransport:
    by = httpx2.Proxy(proxy.reveal())
    # The proxy's own certificate is verified by the same authorities.
    by.ssl_context = tls if by.url.scheme == "https" else None
    return httpx2.AsyncHTTPTransport(verify=tls, trust_env=False, limits=limits, proxy=by)


def _addressed(url: str) -> tuple[str, dict[str, Any]]:
    """Return a URL as httpx2 takes it: a long query goes as it is, beside it.

    httpx2 checks each character of a URL in Python. For a hundred ids that takes about a fifth of the request.
    """
    address, _, query = url.partition("?")
    if len(query) < _LONG_QUERY:
        return url, {}
    return address, {"target": f"{urlsplit(address).path}?{query}".encode("ascii")}


def _loss(error: Exception) -> Loss:
    if isinstance(error, httpx2.ConnectError) and "CERTIFICATE" in str(error).upper():
        return Loss.UNTRUSTED
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout | httpx2.ProxyError):
        return Loss.UNCONNECTED
    if isinstance(error, httpx2.TimeoutException):
        return Loss.TIMED_OUT
    return Loss.BROKEN
