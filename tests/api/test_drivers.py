"""Both drivers against the emulator: the rules, over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.api.async_client import AsyncPaxosClient
from airflow_provider_paxos.api.client import PaxosClient
from airflow_provider_paxos.api.exchange import TRIGGERER, WORKER, Patience
from airflow_provider_paxos.api.settings import Settings, checked_settings
from airflow_provider_paxos.emulator.models import DEFAULT_PROFILE, TREASURY_PROFILE
from airflow_provider_paxos.emulator.server import RunningEmulator
from tests.api.both_drivers import DRIVERS, Caller
from tests.api.script import payment as any_payment

UNKNOWN_ID = "00000000-0000-4000-8000-00000000dead"

Connect = Callable[..., Caller]


BAD, NEW = "0x" + "b" * 40, "0x" + "e" * 40


@pytest.fixture(params=DRIVERS)
def connect(request: pytest.FixtureRequest, emulator: RunningEmulator) -> Connect:
    """Return what makes a caller of the emulator; sleeping moves its clock."""

    def connected(patience: Patience = WORKER, **given: Any) -> Caller:
        return DRIVERS[request.param](reached(emulator, **given), patience, emulator.advance)

    return connected


@pytest.fixture
def paxos(connect: Connect) -> Caller:
    return connect()


def reached(emulator: RunningEmulator, **given: Any) -> Settings:
    credentials = {"client_id": emulator.client_id, "client_secret": emulator.client_secret}
    return checked_settings(**{**credentials, "base_url": emulator.base_url, **given})


def payment(**fields: Any) -> dict[str, Any]:
    ends = {
        "source": {"profile": {"profile_id": DEFAULT_PROFILE}},
        "destination": {"profile": {"profile_id": TREASURY_PROFILE}},
    }
    return any_payment(**{**ends, **fields})


def sent(emulator: RunningEmulator, method: str = "POST") -> list[dict[str, Any]]:
    return [each for each in emulator.journal() if each["method"] == method and each["path"] != "/oauth2/token"]


def grants(emulator: RunningEmulator) -> int:
    return sum(each["path"] == "/oauth2/token" for each in emulator.journal())


def test_a_payment_is_created_and_read_again(paxos: Caller) -> None:
    created = paxos.call("create", payment(metadata={"batch": "7"}))

    assert paxos.call("get", created.id).metadata == {"batch": "7"}
    assert paxos.call("find", created.ref_id).id == created.id
    assert [found.id for found in paxos.call("read", ids=[created.id, UNKNOWN_ID])] == [created.id]


def test_an_unknown_ref_id_is_none(paxos: Caller) -> None:
    assert paxos.call("find", "nobody") is None


def test_all_pages_are_listed(paxos: Caller) -> None:
    for number in range(5):
        paxos.call("create", payment(ref_id=f"r{number}"))

    assert [found.ref_id for found in paxos.list(limit=2, order="ASC")] == ["r0", "r1", "r2", "r3", "r4"]


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "cut", "garble", "refuse", "html"])
def test_a_payment_whose_answer_is_lost_is_made_once(paxos: Caller, emulator: RunningEmulator, fault: str) -> None:
    emulator.fault(fault, method="POST")
    submission = paxos.call("submit", payment())

    assert emulator.accepted_creates() == {payment()["ref_id"]: [submission.orchestration.id]}
    assert submission.adopted == (fault in {"drop_after", "cut", "garble"})
    assert len(sent(emulator)) == 2


@pytest.mark.parametrize("shape", ["whole", "partial", "none"])
def test_a_payment_made_twice_is_adopted_whatever_the_refusal_shows(
    paxos: Caller, emulator: RunningEmulator, shape: str
) -> None:
    emulator.configure(conflict_shape=shape, list_lag_seconds=3, problem_style="api", problem_media="json")
    first, second = (paxos.call("submit", payment()) for _ in range(2))

    assert (first.adopted, second.adopted) == (False, True)
    assert first.orchestration.id == second.orchestration.id


def test_another_payment_under_the_same_ref_id_is_a_conflict(paxos: Caller, emulator: RunningEmulator) -> None:
    paxos.call("submit", payment())

    with pytest.raises(errors.RefIdConflict, match=r"source_amount: asked for 7, exists with 100\.25"):
        paxos.call("submit", payment(source_amount=7))
    assert len(emulator.accepted_creates()[payment()["ref_id"]]) == 1


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"source_amount": "99999999"}, errors.InsufficientFunds),
        ({"source_amount": "0.001"}, errors.ExceedsPrecision),
        ({"destination": {"crypto": {"address": BAD, "network": "BASE"}}}, errors.UnsupportedAddress),
        (
            {"destination": {"crypto": {"address": NEW, "network": "BASE"}}, "source_amount": "3000"},
            errors.TravelRuleInformationRequired,
        ),
        ({"source": {"profile": {"profile_id": UNKNOWN_ID}}}, errors.BadRequest),
    ],
)
def test_a_refusal_is_raised_by_its_cause(
    paxos: Caller, emulator: RunningEmulator, fields: dict[str, Any], cause: type[errors.PaxosError]
) -> None:
    emulator.configure(unsupported_addresses={BAD: "contract"}, travel_rule_from="2020-01-01")

    with pytest.raises(cause, match="did not accept this attempt") as refused:
        paxos.call("submit", payment(**fields))
    assert type(refused.value) is cause
    assert emulator.accepted_creates() == {}


def test_money_that_a_lost_attempt_has_reserved_does_not_hide_its_success(
    paxos: Caller, emulator: RunningEmulator
) -> None:
    emulator.fault("drop_after", method="POST")
    emulator.fault("problem", method="POST", status=403, cause="insufficient-funds")

    assert paxos.call("submit", payment()).adopted


def test_strangers_in_list_are_not_adopted(paxos: Caller, emulator: RunningEmulator) -> None:
    paxos.call("create", payment(ref_id="another"))
    emulator.fault("ignore_filters", times=100)
    emulator.fault("problem", method="POST", status=409, cause="already-exists")

    with pytest.raises(errors.UnreadableAnswer, match="of another ref_id than was asked for"):
        paxos.call("submit", payment())


def test_an_unknown_id_is_not_found(paxos: Caller) -> None:
    with pytest.raises(errors.NotFound, match=UNKNOWN_ID):
        paxos.call("get", UNKNOWN_ID)


def test_a_connection_s_limit_keeps_a_payment_from_being_sent(emulator: RunningEmulator) -> None:
    def forbid(_: object) -> None:
        raise errors.NotAllowed("too much.")

    with PaxosClient(reached(emulator), require_allowed=forbid) as client, pytest.raises(errors.NotAllowed):
        client.run(client.orchestrations.submit(payment()))
    assert emulator.journal() == []


class TestToken:
    def test_one_grant_serves_all_calls(self, paxos: Caller, emulator: RunningEmulator) -> None:
        for _ in range(3):
            paxos.list()

        assert grants(emulator) == 1

    def test_one_grant_serves_all_who_call_at_once(self, paxos: Caller, emulator: RunningEmulator) -> None:
        emulator.fault("delay", path="/oauth2/token", seconds=0.2)
        answers = paxos.together(10, "find", "nobody")

        assert answers == [None] * 10
        assert grants(emulator) == 1

    def test_a_token_is_reported_as_soon_as_it_is_minted(self, paxos: Caller, emulator: RunningEmulator) -> None:
        paxos.list()

        assert [bool(token) for token in paxos.tokens] == [True]
        assert paxos.tokens[0] not in str(emulator.journal())

    def test_a_token_that_is_revoked_is_replaced(self, paxos: Caller, emulator: RunningEmulator) -> None:
        paxos.list()
        emulator.revoke_tokens()

        assert paxos.list() == []
        assert grants(emulator) == 2

    def test_one_new_grant_serves_all_whose_token_is_revoked(self, paxos: Caller, emulator: RunningEmulator) -> None:
        paxos.list()
        emulator.revoke_tokens()
        paxos.together(10, "find", "nobody")

        assert grants(emulator) == 2

    def test_a_token_is_renewed_ahead_of_its_end(self, paxos: Caller, emulator: RunningEmulator) -> None:
        paxos.list()
        paxos.slept.append(3545.0)
        paxos.list()

        assert grants(emulator) == 2

    def test_a_wrong_secret_is_reported_as_such(self, connect: Connect) -> None:
        with pytest.raises(errors.BadCredentials, match="Token request") as refused:
            connect(client_secret="s3cr3t").list()
        assert "s3cr3t" not in str(refused.value)

    @pytest.mark.parametrize("narrow", [False, True], ids=["refused", "granted silently without"])
    def test_a_scope_that_is_not_held_is_reported_as_such(
        self, paxos: Caller, emulator: RunningEmulator, narrow: bool
    ) -> None:
        emulator.configure(scopes=["orchestration:read_orchestration"], narrow_scopes=narrow)

        with pytest.raises(errors.MissingScope, match="orchestration:write_orchestration"):
            paxos.list()

    def test_a_call_without_its_scope_is_reported_as_such(self, connect: Connect) -> None:
        with pytest.raises(errors.MissingScope, match="insufficient scopes"):
            connect(scopes="funding:read_profile").list()


class TestThrottle:
    def test_a_worker_leaves_a_throttle_to_airflow_s_retries(self, paxos: Caller, emulator: RunningEmulator) -> None:
        emulator.fault("throttle")

        with pytest.raises(errors.RateLimited, match="did not accept this attempt"):
            paxos.call("submit", payment())
        assert paxos.slept == []

    def test_the_triggerer_sleeps_a_throttle_out(self, connect: Connect, emulator: RunningEmulator) -> None:
        paxos = connect(TRIGGERER)
        emulator.fault("throttle")

        assert not paxos.call("submit", payment()).adopted
        assert sum(paxos.slept) == pytest.approx(300, abs=5)

    def test_paxos_wish_is_honoured(self, paxos: Caller, emulator: RunningEmulator) -> None:
        emulator.fault("error", status=503, retry_after=7)
        emulator.fault("throttle", retry_after=9)
        paxos.list()

        assert sum(paxos.slept) == pytest.approx(16, abs=1)


def test_cancelling_a_call_is_not_held_up(emulator: RunningEmulator) -> None:
    async def cancelled() -> None:
        asking = asyncio.Event()

        async def sleep(_: float) -> None:
            asking.set()
            await asyncio.Event().wait()

        async with AsyncPaxosClient(reached(emulator), sleep=sleep) as client:
            call = asyncio.create_task(client.run(client.orchestrations.find("nobody")))
            await asking.wait()
            call.cancel()
            await call

    emulator.fault("error")
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())


def test_a_query_arrives_whole_however_long(paxos: Caller, emulator: RunningEmulator) -> None:
    """httpx2 gets a long one apart from the URL."""
    ref_ids = [f"settle é+&= {number}" for number in range(100)]
    assert paxos.list(ref_id=ref_ids) == []
    assert parse_qsl(emulator.journal()[-1]["query"]) == [("ref_id", ref_id) for ref_id in ref_ids]
