"""The client secret, the token and the signing key appear nowhere, however closely one looks."""

from __future__ import annotations

import asyncio
import json
import logging
import pickle
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from airflow_provider_paxos.api import settings as settings_module
from airflow_provider_paxos.api.async_client import AsyncPaxosClient
from airflow_provider_paxos.api.base_client import SharedState
from airflow_provider_paxos.api.client import PaxosClient
from airflow_provider_paxos.api.errors import InvalidConnection, PaxosError
from airflow_provider_paxos.api.exchange import Patience
from airflow_provider_paxos.api.flow import Loss, Request, Response, Send, Token, Unanswered
from airflow_provider_paxos.api.secrecy import Secret
from airflow_provider_paxos.api.settings import Settings, checked_settings
from tests.api.both_drivers import DRIVERS, Caller
from tests.api.odd_server import HEAD, LOSSES, TOO_MUCH, Handler, OddServer, answer, raw, silent
from tests.api.script import payment
from tests.exposure import frames_of_libraries, shown

CLIENT_SECRET = "pl4nted-client-secret"
TOKEN = "pl4nted-token"
PEM = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PLANTED = {"client secret": CLIENT_SECRET, "token": TOKEN, "signing key": PEM.splitlines()[1], "header": "Bearer pl4"}
GRANT = json.dumps({"access_token": TOKEN, "expires_in": 3599}).encode()
NARROW = json.dumps({"access_token": TOKEN, "scope": "events:read_event"}).encode()

Behaviour = Callable[[Handler], None]


def found_in(text: str) -> list[str]:
    return [name for name, secret in PLANTED.items() if secret in text]


def trickling(handler: Handler) -> None:
    """Begin to grant a token, and never end."""
    handler.wfile.write(HEAD + b"Content-Length: 1000\r\n\r\n" + GRANT[:-1])
    handler.server.over.wait(10)


AT_THE_GRANT: dict[str, Behaviour] = {
    **{f"grant {name}": behave for name, (behave, _) in LOSSES.items()},
    "grant refused": answer(b'{"error": "invalid_client"}', "401 Unauthorized"),
    "grant in html": answer(b"<html>Log in</html>"),
    "grant cut off": answer(GRANT[:-1]),
    "grant drips in": trickling,
    "grant too large": answer(GRANT + b" " * TOO_MUCH),
    "grant with blanks": answer(json.dumps({"access_token": f"{TOKEN} {TOKEN}"}).encode()),
    "grant in a list": answer(b"[" + GRANT + b"]"),
    "grant without scope": answer(NARROW),
    "grant redirected": answer(GRANT, "302 Found", b"Location: /elsewhere"),
    "grant broken": answer(GRANT, "500 Oops"),
}
AT_THE_CALL: dict[str, Behaviour] = {
    **{f"call {name}": behave for name, (behave, _) in LOSSES.items()},
    "call unauthorized": answer(b"{}", "401 Unauthorized"),
    "call forbidden": answer(b"{}", "403 Forbidden"),
    "call conflicting": answer(b"{}", "409 Conflict"),
    "call throttled": answer(b"{}", "429 Slow down"),
    "call broken": answer(b"{}", "503 Oops"),
    "call in html": answer(b"<html>Log in</html>"),
}


@contextmanager
def paxos(*, at_the_grant: Behaviour | None = None, at_the_call: Behaviour = silent) -> Iterator[Settings]:
    """Run a server that behaves so, and yield the settings to reach it."""

    def behave(handler: Handler) -> None:
        ((at_the_grant or answer(GRANT)) if handler.path.startswith("/v2/token") else at_the_call)(handler)

    with OddServer(behave) as server:
        yield reached(server.base_url)


def reached(base_url: str = "http://127.0.0.1:9/v2", **given: Any) -> Settings:
    secrets: dict[str, Any] = {"client_secret": CLIENT_SECRET, "signing_key_id": "key-1", "signing_key": PEM}
    place = {"base_url": base_url, "token_url": f"{base_url}/token", "timeout": 0.5}
    return checked_settings(**{"client_id": "client-1", **secrets, **place, **given})


@pytest.fixture(params=DRIVERS)
def connect(request: pytest.FixtureRequest) -> Callable[[Settings], Caller]:
    return lambda to: DRIVERS[request.param](to, Patience(attempts=2, longest_pause=9), lambda _: None)


def failure(caller: Caller) -> BaseException:
    with pytest.raises(PaxosError) as raised:
        caller.call("submit", payment())
    return raised.value


class TestErrors:
    @pytest.mark.parametrize("trouble", AT_THE_GRANT)
    def test_a_grant_that_fails_shows_no_secret(self, connect: Callable[[Settings], Caller], trouble: str) -> None:
        with paxos(at_the_grant=AT_THE_GRANT[trouble]) as to:
            error = failure(connect(to))

        assert found_in(shown(error)) == []
        assert frames_of_libraries(error) == []

    @pytest.mark.parametrize("trouble", AT_THE_CALL)
    def test_a_call_that_fails_shows_no_secret(self, connect: Callable[[Settings], Caller], trouble: str) -> None:
        with paxos(at_the_call=AT_THE_CALL[trouble]) as to:
            error = failure(connect(to))

        assert found_in(shown(error)) == []
        assert frames_of_libraries(error) == []

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_a_connection_that_fails_shows_no_secret(self, connect: Callable[[Settings], Caller], scheme: str) -> None:
        error = failure(connect(reached(f"{scheme}://127.0.0.1:9/v2")))

        assert found_in(shown(error)) == []
        assert frames_of_libraries(error) == []


class Interrupted(BaseException):
    """What Airflow's signal raises when ``execution_timeout`` is over."""


TROUBLES: dict[str, dict[str, Behaviour]] = {
    "asks for a token": {"at_the_grant": silent},
    "reads the token": {"at_the_grant": trickling},
    "creates": {"at_the_call": silent},
}


@pytest.mark.parametrize("while_it", TROUBLES)
class TestInterruptions:
    """They pass the frames of the HTTP library, which nobody's ``except`` keeps back."""

    def test_a_worker_s_timeout_shows_no_secret(self, while_it: str) -> None:
        def interrupt(*_: object) -> None:
            raise Interrupted

        before = signal.signal(signal.SIGALRM, interrupt)
        try:
            with paxos(**TROUBLES[while_it]) as to, PaxosClient(to) as client:
                signal.setitimer(signal.ITIMER_REAL, 0.2)
                with pytest.raises(Interrupted) as raised:
                    client.run(client.orchestrations.submit(payment()))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

        assert found_in(shown(raised.value)) == []
        assert frames_of_libraries(raised.value) == []

    def test_a_cancelled_trigger_shows_no_secret(self, while_it: str) -> None:
        async def call(to: Settings) -> None:
            async with AsyncPaxosClient(to) as client:
                await asyncio.wait_for(client.run(client.orchestrations.submit(payment())), 0.2)

        with paxos(**TROUBLES[while_it]) as to, pytest.raises(TimeoutError) as raised:
            asyncio.run(call(to))

        assert isinstance(raised.value.__cause__, asyncio.CancelledError)
        assert found_in(shown(raised.value)) == []
        assert frames_of_libraries(raised.value) == []


def test_masking_that_fails_shows_no_token() -> None:
    def mask(token: str) -> None:
        raise OSError("the log is gone")

    async def amask(token: str) -> None:
        mask(token)

    async def call(to: Settings) -> None:
        async with AsyncPaxosClient(to, on_token=amask) as client:
            await client.run(client.orchestrations.find("r"))

    with paxos() as to:
        with PaxosClient(to, on_token=mask) as client, pytest.raises(OSError, match="gone") as raised:
            client.run(client.orchestrations.find("r"))
        with pytest.raises(OSError, match="gone") as in_the_triggerer:
            asyncio.run(call(to))

    assert found_in(shown(raised.value) + shown(in_the_triggerer.value)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"environment": "prod"},
        {"client_id": ""},
        {"base_url": "http://api.paxos.com/v2"},
        {"token_url": "https://evil.example/token"},
        {"timeout": "soon"},
        {"signing_key_id": None},
        pytest.param({"signing_key": PEM.replace("PRIVATE", "SECRET")}, id="signing_key: not a private key"),
        pytest.param({"signing_key": PEM[:60]}, id="signing_key: cut off"),
    ],
    ids=str,
)
def test_settings_that_are_refused_show_no_secret(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidConnection) as refused:
        reached(**wrong)

    # Those of the caller, who had the secrets in the first place, are not looked at.
    while refused.value.__traceback__ and refused.value.__traceback__.tb_frame.f_globals is not vars(settings_module):
        refused.value.__traceback__ = refused.value.__traceback__.tb_next
    assert refused.value.__traceback__
    assert found_in(shown(refused.value)) == []


@pytest.mark.parametrize("outcome", ["granted", "refused", "lost"])
def test_logs_at_debug_hold_no_secret(
    connect: Callable[[Settings], Caller], caplog: pytest.LogCaptureFixture, outcome: str
) -> None:
    for name in ("", "urllib3", "requests", "httpx2", "httpcore2", "h11", "asyncio", "jwt"):
        caplog.set_level(logging.DEBUG, name)
    behave = {"granted": answer(b'{"id": "orch-1"}'), "refused": answer(b"{}", "401 Unauthorized"), "lost": raw()}
    with paxos(at_the_call=behave[outcome]) as to:
        caller = connect(to)
        if outcome == "granted":
            caller.call("submit", payment())
        else:
            failure(caller)

    assert caplog.records
    assert found_in(caplog.text + repr([vars(record) for record in caplog.records])) == []


def _request() -> Request:
    return Request("POST", "https://paxos.test/v2", {"Authorization": f"Bearer {TOKEN}"}, CLIENT_SECRET.encode())


def _values() -> dict[str, Any]:
    to = reached()
    shared = SharedState()
    shared.tokens.keep(Token(Secret(TOKEN), 1e12))
    return {
        "settings": to,
        "credentials": to.credentials,
        "signer": to.signer,
        "token": Token(Secret(TOKEN), 1e12),
        "secret": Secret(TOKEN),
        "client": PaxosClient(to, shared=shared),
        "async client": AsyncPaxosClient(to, shared=shared),
        "shared": shared,
        "token holder": shared.tokens,
        "request": _request(),
        "step": Send(_request()),
        "answer": Response(200, {"set-cookie": TOKEN}, GRANT),
        "lost answer": Unanswered(Loss.BROKEN, _request()),
    }


VALUES = _values()
NEVER_PICKLED = ["settings", "credentials", "signer", "token", "secret", "client", "async client", "shared"]


@pytest.mark.parametrize("name", VALUES)
def test_nothing_shows_a_secret(name: str) -> None:
    value = VALUES[name]

    assert found_in(f"{value} {value!r} {value!s}") == []


@pytest.mark.parametrize("name", NEVER_PICKLED)
def test_what_holds_a_secret_is_never_pickled(name: str) -> None:
    with pytest.raises((TypeError, AttributeError)) as refused:
        pickle.dumps(VALUES[name])
    assert found_in(shown(refused.value)) == []
