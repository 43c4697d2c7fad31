"""No error of a connection shows its secrets, not even to who sees the local variables of every frame."""

from __future__ import annotations

import asyncio
import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from pytest_mock import MockerFixture

from airflow_provider_paxos.api.errors import HoldsSecret, NotAllowed, PaxosError
from airflow_provider_paxos.api.validation import checked_request
from airflow_provider_paxos.hooks import paxos as hooks
from airflow_provider_paxos.hooks.paxos import PaxosAsyncHook, PaxosHook
from tests.exposure import shown
from tests.fake_paxos import SECRET, FakePaxos
from tests.fixtures import Define, Logged
from tests.hooks.test_connection import PEM
from tests.payments import REQUEST

KEY = "pl4nted-signing-key"
WRONG: dict[str, dict[str, Any]] = {
    "environment": {"extra": {"environment": "prod", "signing_key_id": "key-1", "signing_key": KEY}},
    "signing key": {"extra": {"signing_key_id": "key-1", "signing_key": KEY}},
    "signing key in another notation": {"extra": {"signing_key_id": "key-1", "signing_key": {"d": KEY}}},
    "extra": {"extra": f'{{"signing_key": "{KEY}"'},
    "limit": {"extra": {"allowed_assets": []}},
    "host with credentials": {"host": f"https://user:{SECRET}@api.paxos.com"},
    "no client id": {"login": ""},
}


def by_worker() -> None:
    with PaxosHook() as hook:
        hook.submit_orchestration(REQUEST)


def by_triggerer() -> None:
    async def run() -> None:
        async with PaxosAsyncHook() as hook:
            await hook.submit_orchestration(REQUEST)

    asyncio.run(run())


Submit = Callable[[], None]


@pytest.fixture(params=[by_worker, by_triggerer], ids=["worker", "triggerer"])
def submit(request: pytest.FixtureRequest) -> Submit:
    chosen: Submit = request.param
    return chosen


@pytest.mark.parametrize("wrong", WRONG)
def test_a_connection_that_is_wrong_shows_no_secret(
    paxos: FakePaxos, define_connection: Define, submit: Submit, wrong: str
) -> None:
    define_connection(**WRONG[wrong])
    with pytest.raises(PaxosError) as raised:
        submit()

    seen = shown(raised.value)
    assert SECRET not in seen
    assert KEY not in seen


def test_a_limit_that_refuses_shows_no_secret(paxos: FakePaxos, define_connection: Define, submit: Submit) -> None:
    define_connection(extra={"allowed_assets": "PYUSD"})
    with pytest.raises(NotAllowed) as raised:
        submit()
    assert SECRET not in shown(raised.value)


def test_a_grant_that_is_refused_shows_no_secret(paxos: FakePaxos, submit: Submit) -> None:
    paxos.secret = "another"
    with pytest.raises(PaxosError) as raised:
        submit()
    assert SECRET not in shown(raised.value)


def test_masking_that_fails_shows_no_secret(paxos: FakePaxos, submit: Submit, mocker: MockerFixture) -> None:
    def fail(secret: str) -> None:
        raise OSError("the supervisor is gone")

    async def afail(secret: str) -> None:
        fail(secret)

    mocker.patch.object(hooks, "mask_secret", fail)
    mocker.patch.object(hooks, "amask_secret", afail)
    with pytest.raises(OSError, match="gone") as raised:
        submit()
    assert SECRET not in shown(raised.value)


WITH_SECRET = {**REQUEST, "destination": {"fiat": {"bank_account_id": "bank-1", "memo": f"Invoice {SECRET}"}}}


class TestRequests:
    """A request with a secret of the connection in it, as a template can bring it there, stays here."""

    @pytest.mark.parametrize("call", ["create_orchestration", "submit_orchestration"])
    def test_the_hook_sends_nothing_and_shows_nothing(self, paxos: FakePaxos, logged: Logged, call: str) -> None:
        with PaxosHook() as hook, pytest.raises(HoldsSecret, match=r"destination\.fiat\.memo holds") as raised:
            getattr(hook, call)(WITH_SECRET)
        assert paxos.asked == []
        assert SECRET not in shown(raised.value) + logged()

    @pytest.mark.parametrize("call", ["create_orchestration", "submit_orchestration"])
    def test_the_async_hook_sends_nothing_and_shows_nothing(self, paxos: FakePaxos, logged: Logged, call: str) -> None:
        async def run() -> None:
            async with PaxosAsyncHook() as hook:
                await getattr(hook, call)(WITH_SECRET)

        with pytest.raises(HoldsSecret, match=r"destination\.fiat\.memo holds") as raised:
            asyncio.run(run())
        assert paxos.asked == []
        assert SECRET not in shown(raised.value) + logged()

    def test_the_concurrent_client_sends_nothing(self, paxos: FakePaxos) -> None:
        async def run() -> None:
            async with PaxosHook().get_concurrent_conn() as client:
                await client.run(client.orchestrations.submit(WITH_SECRET))

        with pytest.raises(HoldsSecret):
            asyncio.run(run())
        assert paxos.asked == []

    def test_the_check_of_a_batch_shows_nothing(self, paxos: FakePaxos) -> None:
        with PaxosHook() as hook, pytest.raises(HoldsSecret) as raised:
            hook.require_allowed(checked_request(WITH_SECRET))
        assert SECRET not in shown(raised.value)

    def test_the_token_of_the_process_is_a_secret(self, paxos: FakePaxos) -> None:
        with PaxosHook() as hook:
            hook.find_orchestration("settle-1")
            with pytest.raises(HoldsSecret, match=r"metadata\.note holds the connection's own token"):
                hook.submit_orchestration({**REQUEST, "metadata": {"note": "Bearer minted-1"}})
        assert "create" not in paxos.calls()

    def test_the_signing_key_is_a_secret(self, paxos: FakePaxos, define_connection: Define) -> None:
        define_connection(extra={"signing_key_id": "key-1", "signing_key": PEM})
        memo = PEM.replace("\n", " ")
        request = {**REQUEST, "destination": {"fiat": {"bank_account_id": "bank-1", "memo": memo}}}
        with PaxosHook() as hook, pytest.raises(HoldsSecret, match="holds the connection's own signing key") as raised:
            hook.submit_orchestration(request)
        assert paxos.asked == []
        assert PEM.splitlines()[1] not in str(raised.value)

    def test_a_limit_does_not_quote_the_secret(self, paxos: FakePaxos, define_connection: Define) -> None:
        define_connection(extra={"allowed_destinations": "profile-b"})
        request = {**REQUEST, "destination": {"profile": {"profile_id": SECRET}}}
        with PaxosHook() as hook, pytest.raises(HoldsSecret) as raised:
            hook.submit_orchestration(request)
        assert SECRET not in str(raised.value)


class TestCopies:
    """A hook is copied by its connection's id alone."""

    def test_a_pickle_holds_no_client(self, paxos: FakePaxos) -> None:
        with PaxosHook("paxos_default") as hook:
            hook.find_orchestration("settle-1")
            pickled = pickle.dumps(hook)

        assert SECRET.encode() not in pickled
        assert b"minted-1" not in pickled
        assert pickle.loads(pickled).paxos_conn_id == "paxos_default"

    def test_a_copy_makes_a_client_of_its_own(self, paxos: FakePaxos) -> None:
        with PaxosHook() as hook:
            hook.find_orchestration("settle-1")
            twin = copy.copy(hook)
            assert twin.get_conn() is not hook.get_conn()
            twin.close()

    def test_a_hook_shows_no_secret(self, paxos: FakePaxos) -> None:
        with PaxosHook() as hook:
            hook.find_orchestration("settle-1")
            assert SECRET not in repr(hook) + str(hook)
