"""PaxosAsyncHook: the calls of PaxosHook, awaited."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from airflow.sdk import Connection
from pytest_mock import MockerFixture

from airflow_provider_paxos import version_compat
from airflow_provider_paxos.api.creators import Creator
from airflow_provider_paxos.api.errors import AlreadyExists, InvalidConnection, NotFound, RefIdConflict
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.hooks import paxos as hooks
from airflow_provider_paxos.hooks.paxos import PaxosAsyncHook, PaxosHook
from tests.executed_anew import executed_anew
from tests.fake_paxos import SECRET, FakePaxos
from tests.fixtures import Define
from tests.payments import REQUEST


def test_it_creates_an_orchestration(paxos: FakePaxos) -> None:
    created = asyncio.run(PaxosAsyncHook().create_orchestration(REQUEST))
    assert paxos.book[created.id]["ref_id"] == "settle-1"


def test_create_refuses_a_ref_id_that_is_in_use(paxos: FakePaxos) -> None:
    paxos.add(1)
    with pytest.raises(AlreadyExists):
        asyncio.run(PaxosAsyncHook().create_orchestration(REQUEST))


def test_submit_adopts_what_an_earlier_attempt_has_created(paxos: FakePaxos) -> None:
    orchestration_id = paxos.add(1)
    submission = asyncio.run(PaxosAsyncHook().submit_orchestration(REQUEST))
    assert (submission.adopted, submission.orchestration.id) == (True, orchestration_id)


def test_submit_refuses_another_payment_under_the_same_ref_id(paxos: FakePaxos) -> None:
    paxos.add(1, source_amount="99")
    with pytest.raises(RefIdConflict):
        asyncio.run(PaxosAsyncHook().submit_orchestration(REQUEST))


def test_it_gets_an_orchestration_as_it_is_now(paxos: FakePaxos) -> None:
    orchestration_id = paxos.add(status="PENDING")
    assert asyncio.run(PaxosAsyncHook().get_orchestration(orchestration_id)).status == "PENDING"


def test_an_id_that_paxos_does_not_know_is_an_error(paxos: FakePaxos) -> None:
    with pytest.raises(NotFound):
        asyncio.run(PaxosAsyncHook().get_orchestration("unknown"))


def test_it_finds_an_orchestration_by_its_ref_id(paxos: FakePaxos) -> None:
    orchestration_id = paxos.add(1)
    found = asyncio.run(PaxosAsyncHook().find_orchestration("settle-1"))
    assert found is not None
    assert found.id == orchestration_id


def test_it_lists_orchestrations_by_the_apis_filters(paxos: FakePaxos) -> None:
    paxos.add(1)
    two = paxos.add(2)

    async def listed() -> list[Orchestration]:
        return [each async for each in PaxosAsyncHook().list_orchestrations(ref_id=["settle-2"])]

    assert [each.id for each in asyncio.run(listed())] == [two]


def test_leaving_it_closes_the_connections_and_a_later_call_opens_new_ones(paxos: FakePaxos) -> None:
    async def use() -> bool:
        async with PaxosAsyncHook() as hook:
            before = await hook.get_conn()
            assert await hook.get_conn() is before
        return await hook.get_conn() is before

    assert not asyncio.run(use())


def test_both_hooks_of_a_process_share_one_token(paxos: FakePaxos) -> None:
    PaxosHook().find_orchestration("settle-1")
    asyncio.run(PaxosAsyncHook().find_orchestration("settle-1"))
    assert paxos.minted == 1


def test_hooks_that_ask_at_once_fetch_one_token(paxos: FakePaxos) -> None:
    async def ask() -> None:
        await asyncio.gather(*(PaxosAsyncHook().find_orchestration("settle-1") for _ in range(5)))

    asyncio.run(ask())
    assert (paxos.minted, paxos.calls()) == (1, ["list"] * 5)


def test_the_connections_secrets_and_the_token_are_masked(
    paxos: FakePaxos, define_connection: Define, masked: list[object]
) -> None:
    asyncio.run(PaxosAsyncHook().find_orchestration("settle-1"))
    assert masked == [SECRET, "minted-1"]


def test_masking_does_not_block_the_event_loop(paxos: FakePaxos, masked: list[object], mocker: MockerFixture) -> None:
    blocking = mocker.patch.object(hooks, "mask_secret")
    asyncio.run(PaxosAsyncHook().find_orchestration("settle-1"))
    blocking.assert_not_called()
    assert masked


def test_airflow_3_1_masks_by_the_blocking_form(
    paxos: FakePaxos, mocker: MockerFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    stated = Connection(conn_id="paxos_default", conn_type="paxos", login="the-client-id", password=SECRET)
    mocker.patch.object(PaxosAsyncHook, "aget_connection", return_value=stated)
    blocking = mocker.patch("airflow.sdk.log.mask_secret")
    monkeypatch.delattr("airflow.sdk.log.amask_secret", raising=False)
    monkeypatch.setattr(hooks, "mask_secret", blocking)
    monkeypatch.setattr(hooks, "amask_secret", executed_anew(version_compat).amask_secret)
    asyncio.run(PaxosAsyncHook().find_orchestration("settle-1"))
    assert [call.args for call in blocking.call_args_list] == [(SECRET,), ("minted-1",)]


def test_the_connection_is_read_without_blocking(paxos: FakePaxos, mocker: MockerFixture) -> None:
    blocking = mocker.patch.object(PaxosAsyncHook, "get_connection")
    asyncio.run(PaxosAsyncHook().find_orchestration("settle-1"))
    blocking.assert_not_called()


def test_a_connection_that_is_not_defined_is_named() -> None:
    with pytest.raises(InvalidConnection, match="Connection paxos_elsewhere is not defined"):
        asyncio.run(PaxosAsyncHook("paxos_elsewhere").find_orchestration("settle-1"))


def test_a_connection_that_cannot_work_is_named(paxos: FakePaxos, define_connection: Define) -> None:
    define_connection(extra={"timeout": "soon"})
    with pytest.raises(InvalidConnection, match="Connection paxos_default: timeout is soon"):
        asyncio.run(PaxosAsyncHook().find_orchestration("settle-1"))


def test_the_namespace_of_the_connection_is_in_the_creator_s_stamp(
    paxos: FakePaxos, define_connection: Define, mocker: MockerFixture
) -> None:
    ti = SimpleNamespace(dag_id="settlement", run_id="run-1", task_id="pay", map_index=-1)
    mocker.patch("airflow_provider_paxos.hooks.creator.get_current_context", return_value={"ti": ti})
    define_connection(extra={"ref_id_namespace": "eu"})

    asyncio.run(PaxosAsyncHook().submit_orchestration(REQUEST))

    stamp = Creator("settlement", "run-1", "pay", namespace="eu").stamp()
    assert paxos.only("create").json["metadata"]["airflow_creator"] == stamp
    assert stamp != Creator("settlement", "run-1", "pay").stamp()


@pytest.mark.parametrize(("given", "namespace"), [("eu", "eu"), ("", None), (None, None)])
def test_the_namespace_of_the_connection_is_a_setting_here_as_well(
    paxos: FakePaxos, define_connection: Define, given: str | None, namespace: str | None
) -> None:
    async def run() -> str | None:
        async with PaxosAsyncHook() as hook:
            return (await hook.get_conn()).settings.ref_id_namespace

    define_connection(extra={"ref_id_namespace": given})
    assert asyncio.run(run()) == namespace
    assert PaxosHook().ref_id_namespace == namespace


def test_a_limit_of_the_connection_holds_here_as_well(paxos: FakePaxos, define_connection: Define) -> None:
    define_connection(extra={"allowed_assets": "USDC"})
    with pytest.raises(Exception, match="allowed_assets"):
        asyncio.run(PaxosAsyncHook().submit_orchestration(REQUEST))
    assert paxos.calls() == []
