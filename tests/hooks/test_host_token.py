"""Where the processes of a host share their token, and when they do."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pytest_mock import MockerFixture

from airflow_provider_paxos.api.credentials import Credentials
from airflow_provider_paxos.api.errors import InvalidConnection
from airflow_provider_paxos.api.secrecy import Secret
from airflow_provider_paxos.hooks import host_token as host
from airflow_provider_paxos.hooks.connection import forget_shared
from airflow_provider_paxos.hooks.host_folder import host_folder
from airflow_provider_paxos.hooks.host_token import token_file
from airflow_provider_paxos.hooks.paxos import PaxosAsyncHook, PaxosHook
from tests.exposure import shown
from tests.fake_paxos import SECRET, UNAUTHORIZED, FakePaxos
from tests.fixtures import Define, Logged

KEY = Fernet.generate_key().decode()
OLD_KEY = Fernet.generate_key().decode()
CREDENTIALS = Credentials("client-1", Secret(SECRET), "https://oauth.test/oauth2/token")
NO_KEY = "pl4nted-fernet-key"


def by_worker() -> None:
    with PaxosHook() as hook:
        hook.find_orchestration("settle-1")


def by_triggerer() -> None:
    async def run() -> None:
        async with PaxosAsyncHook() as hook:
            await hook.find_orchestration("settle-1")

    asyncio.run(run())


Call = Callable[[], None]


@pytest.fixture(params=[by_worker, by_triggerer], ids=["worker", "triggerer"])
def call(request: pytest.FixtureRequest) -> Call:
    """Call Paxos from a process that has just begun."""
    chosen: Call = request.param

    def anew() -> None:
        forget_shared()
        chosen()

    return anew


@pytest.fixture(autouse=True)
def fernet_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", KEY)


def files() -> list[Path]:
    """Return the files beside those of the rate limit."""
    return [each for each in host_folder().glob("*") if each.suffix != ".rate"]


def test_processes_share_a_token(paxos: FakePaxos, call: Call) -> None:
    for _ in range(3):
        call()

    assert paxos.minted == 1


def test_worker_and_triggerer_share_a_token(paxos: FakePaxos) -> None:
    by_worker()
    forget_shared()
    by_triggerer()

    assert paxos.minted == 1


def test_a_process_that_finds_a_token_masks_it(paxos: FakePaxos, call: Call, masked: list[object]) -> None:
    call()
    masked.clear()
    call()

    assert masked == [SECRET, "minted-1"]


def test_a_token_that_paxos_refuses_is_replaced_for_all(paxos: FakePaxos, call: Call) -> None:
    call()
    paxos.replies["list"].append(UNAUTHORIZED)
    call()
    call()

    assert paxos.minted == 2
    assert paxos.asked[-1].headers["Authorization"] == "Bearer minted-2"


def test_a_rotated_secret_does_not_use_the_old_token(paxos: FakePaxos, call: Call, define_connection: Define) -> None:
    call()
    paxos.secret = "rotated"
    define_connection(password="rotated")
    call()

    assert paxos.minted == 2


def test_no_file_shows_a_secret(paxos: FakePaxos, call: Call) -> None:
    call()

    kept = b"".join(each.name.encode() + each.read_bytes() for each in files())
    assert kept
    assert not [each for each in (SECRET, "minted-1", "the-client-id", KEY) if each.encode() in kept]


@pytest.mark.parametrize("key", ["", "{FERNET_KEY}"])
def test_without_a_fernet_key_each_process_has_its_own(
    paxos: FakePaxos, call: Call, monkeypatch: pytest.MonkeyPatch, key: str, logged: Logged
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", key)
    call()
    call()

    assert (paxos.minted, files()) == (2, [])
    assert "own" not in logged()


def test_a_fernet_key_that_is_none_is_reported_and_costs_no_payment(
    paxos: FakePaxos, call: Call, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", NO_KEY)
    call()

    assert (paxos.minted, files()) == (1, [])
    assert (
        caplog.messages.count(
            "Each process fetches a Paxos token of its own, as the host's cannot be used: ValueError."
        )
        == 1
    )
    assert NO_KEY not in caplog.text


def test_the_newest_of_several_fernet_keys_encrypts(
    paxos: FakePaxos, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    call()
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", f"{KEY}, {OLD_KEY}")
    call()

    assert paxos.minted == 1


def test_airflow_3_1_shows_its_key_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    named = [token_file.__wrapped__(CREDENTIALS)]
    monkeypatch.setitem(sys.modules, "airflow.sdk.configuration", None)
    named.append(token_file.__wrapped__(CREDENTIALS))

    assert len({file.name for file in named if file}) == 1
    assert None not in named


def test_a_connection_can_keep_its_token_in_memory(paxos: FakePaxos, call: Call, define_connection: Define) -> None:
    define_connection(extra={"token_cache": "memory"})
    call()
    call()

    assert (paxos.minted, files()) == (2, [])


def test_another_token_cache_is_refused(define_connection: Define) -> None:
    define_connection(extra={"token_cache": "redis"})

    with pytest.raises(InvalidConnection, match="token_cache is redis; it is one of host, memory") as refused:
        by_worker()
    assert SECRET not in shown(refused.value)


def test_where_files_cannot_be_locked_there_is_none(paxos: FakePaxos, call: Call, mocker: MockerFixture) -> None:
    mocker.patch.object(host, "CAN_LOCK", False)
    call()

    assert files() == []
