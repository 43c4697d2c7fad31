from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_paxos.emulator.amounts import DECIMALS
from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.ledger import DEPOSITS, Booking, Ledger, Overdrawn, available
from airflow_provider_paxos.emulator.lifecycle import FAILED_DESTINATION, PENDING_DESTINATION, REJECTED_DESTINATION
from airflow_provider_paxos.emulator.models import PAYOUTS_PROFILE, SEED_PROFILES, TREASURY_PROFILE
from tests.emulator.conftest import ORCHESTRATIONS, Api, fresh_api

NOW = datetime(2026, 7, 1, tzinfo=UTC)


def booking(amount: str, *, debit: str = DEPOSITS, credit: str = available("p")) -> Booking:
    return Booking(NOW, None, None, "test", debit, credit, "USD", Decimal(amount))


def test_what_leaves_one_account_arrives_in_another() -> None:
    ledger = Ledger([booking("10")])
    assert ledger.accounts() == {DEPOSITS: {"USD": "-10"}, available("p"): {"USD": "10"}}


def test_a_profile_cannot_be_overdrawn_and_nothing_is_booked_then() -> None:
    ledger = Ledger([booking("10")])
    with pytest.raises(Overdrawn, match=r"profile:p:available lacks 0\.01 USD"):
        ledger.book(booking("10.01", debit=available("p"), credit=DEPOSITS))
    assert len(ledger.bookings) == 1


def test_amounts_of_very_different_size_add_up_exactly() -> None:
    ledger = Ledger([booking("9" * 40), booking("0.00000001")])
    assert ledger.balance(available("p"), "USD") == Decimal("9" * 40 + ".00000001")
    assert ledger.sums() == {"USD": 0}


# What follows is the promise of the whole emulator: whatever is asked of it, no money appears or vanishes.

AMOUNTS = st.one_of(
    st.sampled_from(["10000000", "10000000.01", "0", "1e3", "0.00000001", "9" * 40]),
    st.decimals(min_value="0.01", max_value=6_000_000, places=2).map(str),
)
PROFILES = st.sampled_from([profile_id for profile_id, _ in SEED_PROFILES] + ["nobody"])
DESTINATIONS = st.one_of(
    st.sampled_from([FAILED_DESTINATION, PENDING_DESTINATION, REJECTED_DESTINATION, "bank"]).map(
        lambda one: {"fiat": {"bank_account_id": one}}
    ),
    PROFILES.map(lambda one: {"profile": {"profile_id": one}}),
    st.just({"crypto": {"address": "0xabc", "network": "BASE"}}),
    st.none(),
)
ASSETS = st.sampled_from([*DECIMALS, "EUR"])
CREATES = st.fixed_dictionaries(
    {
        "ref_id": st.integers(0, 20).map(str),
        "source_asset": ASSETS,
        "destination_asset": ASSETS,
        "source_amount": AMOUNTS,
        "source": PROFILES.map(lambda one: {"profile": {"profile_id": one}}),
        "destination": DESTINATIONS,
    }
)
DEPOSIT = st.tuples(PROFILES, ASSETS, AMOUNTS)
STATUSES = st.sampled_from(["COMPLETED", "FAILED", "REJECTED", "PROCESSING", "PENDING", "SETTLING"])
ACTIONS = st.one_of(
    st.tuples(st.just("create"), CREATES),
    st.tuples(st.just("deposit"), DEPOSIT),
    st.tuples(st.just("advance"), st.sampled_from([0, 1, 1.5, 3, 6, 100])),
    st.tuples(st.just("decide"), st.tuples(st.integers(0, 20), st.sampled_from(["approve", "reject"]))),
    st.tuples(st.just("status"), st.tuples(st.integers(0, 20), STATUSES)),
)


def act(api: Api, name: str, value: Any) -> None:
    match name:
        case "create":
            api.http.post(ORCHESTRATIONS, json=value)
        case "deposit":
            profile_id, asset, amount = value
            network = {} if asset == "USD" else {"crypto_network": "BASE"}
            api.http.post(
                f"/v2/sandbox/profiles/{profile_id}/deposit", json={"asset": asset, "amount": amount, **network}
            )
        case "advance":
            api.advance(value)
        case "decide":
            api.control(f"orchestrations/{value[0]}/{value[1]}")
        case "status":
            api.control(f"orchestrations/{value[0]}/status", {"status": value[1]})


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ACTIONS, min_size=1, max_size=25))
def test_after_every_request_the_ledger_sums_to_zero_and_no_profile_is_overdrawn(
    actions: list[tuple[str, Any]],
) -> None:
    api = fresh_api()
    backend = api.backend
    for name, value in actions:
        act(api, name, value)
        assert set(backend.ledger.sums().values()) == {0}
        shown = api.control("ledger", method="GET").json()
        assert set(shown["sums"].values()) == {"0"}
        profiles = [assets for account, assets in shown["accounts"].items() if account.startswith("profile:")]
        assert all(Decimal(amount) >= 0 for assets in profiles for amount in assets.values())


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ACTIONS, min_size=1, max_size=25))
def test_money_is_where_the_statuses_say(actions: list[tuple[str, Any]]) -> None:
    api = fresh_api()
    backend = api.backend
    for name, value in actions:
        act(api, name, value)
    for orchestration in backend.store.orchestrations:
        reasons = [one.reason for one in backend.ledger.bookings if one.orchestration_id == orchestration.id]
        assert reasons[0] == "reserve"
        assert reasons.count("reserve") == 1
        assert ("destination transfer" in reasons) is (orchestration.status == "COMPLETED")
        assert ("return" in reasons) is (orchestration.status in {"FAILED", "REJECTED"})


def test_a_restart_loses_no_cent() -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "state.json"
        api = Api(Backend(state_file=file))
        api.created(source={"profile": {"profile_id": TREASURY_PROFILE}})
        before = api.backend.ledger.accounts()
        after = Backend(state_file=file).ledger
    assert after.accounts() == before
    assert after.balance(available(PAYOUTS_PROFILE), "USD") == 10_000_000
