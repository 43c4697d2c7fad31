"""The life of a token: OAuth 2 client credentials, one grant for all callers, renewed before it expires.

A process has its token in memory, and may share it with the other processes of the host (``token_file``).

A grant has no refresh token. Its answer must hold the scopes that were asked for, as Paxos' credentials guide
advises to check.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from airflow_provider_paxos.api.credentials import Credentials
from airflow_provider_paxos.api.decoding import access_token, read_json
from airflow_provider_paxos.api.errors import MissingScope, Subject, UnreadableAnswer, quoted
from airflow_provider_paxos.api.flow import Announce, Blocking, Flow, Pause, Request, Response, Token
from airflow_provider_paxos.api.observing import Minted
from airflow_provider_paxos.api.secrecy import Secret

if TYPE_CHECKING:
    from airflow_provider_paxos.api.exchange import Exchange
    from airflow_provider_paxos.api.token_file import Renewal, TokenFile

_AHEAD_SECONDS = 60.0
_AHEAD_SHARE = 0.1
_DEFAULT_LIFETIME = 300.0
_FIND_EVERY = 0.1
_MOST_FINDS = 300


class TokenHolder:
    """Keeps the token of one client, for every client object and flow of a process.

    :param clock: unix seconds.
    :param find_file: returns where the processes of the host share the token, or None if they do not. It may block.
    """

    def __init__(self, clock: Callable[[], float], find_file: Callable[[], TokenFile | None] | None = None) -> None:
        self.lock = threading.Lock()
        self.find_file = find_file
        self._clock = clock
        self._token: Token | None = None
        self._loop_locks: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock]
        self._loop_locks = weakref.WeakKeyDictionary()

    @property
    def loop_lock(self) -> asyncio.Lock:
        """The lock for the flows of the running event loop."""
        return self._loop_locks.setdefault(asyncio.get_running_loop(), asyncio.Lock())

    @property
    def held(self) -> Token | None:
        """The token that is kept, due for renewal or not."""
        return self._token

    def usable(self, stale: Token | None) -> Token | None:
        """Return the token that is kept, unless it is the stale one or due for renewal."""
        token = self._token
        return token if token and self.serves(stale, token) else None

    def serves(self, stale: Token | None, token: Token) -> bool:
        """Return whether a token is neither the stale one nor due for renewal."""
        return token.renew_at > self._clock() and not (stale and token.value == stale.value)

    def keep(self, token: Token) -> Token:
        """Keep a fresh token, and return it."""
        self._token = token
        return token


def authorize(tokens: TokenHolder, stale: Token | None, credentials: Credentials, exchange: Exchange) -> Flow[Token]:
    """Return a token other than the stale one: the process' own, or else the host's, or else a new one.

    To be driven under a lock of the holder.

    :raises PaxosError: as ``grant`` does.
    """
    if token := tokens.usable(stale):
        return token
    file: TokenFile | None = (yield Blocking(tokens.find_file)) if tokens.find_file else None
    if file is None:
        token = yield from grant(credentials, exchange)
        yield Announce(token)
        return tokens.keep(token)
    with file.renewal() as renewal:
        if token := (yield from _of_host(renewal, partial(tokens.serves, stale))):
            yield Announce(token)
            return tokens.keep(token)
        token = yield from grant(credentials, exchange)
        yield Announce(token)
        yield Blocking(partial(renewal.keep, tokens.keep(token)))
        return token


def _of_host(renewal: Renewal, serves: Callable[[Token], bool]) -> Flow[Token | None]:
    """Return the host's token, or None if this process has to fetch one: it has the lock, or has waited long enough."""
    for _ in range(_MOST_FINDS):
        token: Token | None = yield Blocking(partial(renewal.find, serves))
        if token or not renewal.busy:
            return token
        # Rather than wait for the lock: a call can be cancelled meanwhile, and needs no lock to find the token.
        yield Pause(_FIND_EVERY)
    return None


def grant(credentials: Credentials, exchange: Exchange) -> Flow[Token]:
    """Fetch a token.

    :raises BadCredentials: if the client id or secret is not accepted.
    :raises MissingScope: if the client does not hold a scope, or the token comes without it.
    """
    wanted = " ".join(credentials.scopes)
    request = Request(
        "POST",
        credentials.token_url,
        {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
        _form(credentials, wanted),
    )
    subject = Subject(f"Token request (client ID {quoted(credentials.client_id)}, scopes {quoted(wanted)})")
    asked_at = exchange.clock()

    def read(response: Response) -> Token:
        answer = Secret(read_json(response.body))
        if (value := access_token(answer)) is None:
            raise UnreadableAnswer("the token endpoint's answer holds no access token.")
        granted = str(answer.reveal().get("scope") or wanted).split()
        missing = [scope for scope in credentials.scopes if scope not in granted]
        if missing:
            raise MissingScope(f"the token came without {', '.join(missing)}.", subject=subject)
        lifetime = _lifetime(answer.reveal().get("expires_in"))
        return Token(value, renew_at=asked_at + lifetime - min(_AHEAD_SECONDS, _AHEAD_SHARE * lifetime))

    token = yield from exchange(request, read, subject, authorized=False)
    exchange.observe(Minted())
    return token


def refused_scopes(credentials: Credentials, exchange: Exchange) -> Flow[list[str]]:
    """Return the scopes that the client is not granted: each is asked for by itself, as a refusal may name none.

    :raises PaxosError: as ``grant`` does, but for a missing scope.
    """
    refused: list[str] = []
    for scope in credentials.scopes:
        try:
            token = yield from grant(replace(credentials, scopes=(scope,)), exchange)
        except MissingScope:
            refused.append(scope)
        else:
            # Unused, but logs may hold it.
            yield Announce(token)
    return refused


def _form(credentials: Credentials, scopes: str) -> bytes:
    form = {
        "grant_type": "client_credentials",
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret.reveal(),
        "scope": scopes,
    }
    return urlencode(form).encode()


def _lifetime(expires_in: object) -> float:
    try:
        seconds = float(str(expires_in))
    except ValueError:
        return _DEFAULT_LIFETIME
    return seconds if 0 <= seconds < 10**9 else _DEFAULT_LIFETIME
