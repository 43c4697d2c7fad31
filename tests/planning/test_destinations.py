"""A destination is ready, is not and why, or was not checked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from airflow_provider_paxos.api.fiat_accounts import FiatAccount
from airflow_provider_paxos.api.saved_addresses import CryptoDestinationAddress
from airflow_provider_paxos.planning.facts import NotChecked
from airflow_provider_paxos.planning.plan import Check, Plan, Readiness
from tests.planning.given import ADDRESS, crypto, fiat, plan, planned

VALID = {"custodian_type": "PRIVATE", "beneficiary": {"self": True}}
THRESHOLD, BELOW = "3000", "2999.99"


def saved(**but: Any) -> CryptoDestinationAddress:
    shown = {"id": "saved-1", "crypto_network": "ETHEREUM", "address": ADDRESS, "status": "APPROVED"}
    return CryptoDestinationAddress.model_validate({**shown, "travelrule_metadata": VALID, **but})


def checked(destination: dict[str, Any], amount: str = THRESHOLD, *, asset: str = "USD", **facts: Any) -> Check:
    payment = planned("a", destination=destination, source_amount=amount, source_asset=asset)
    return plan(payment, **facts).payments[0].destination


def test_a_profile_of_paxos_is_ready() -> None:
    assert checked({"profile": {"profile_id": "profile-b"}}).readiness is Readiness.READY


class TestBankAccounts:
    @pytest.mark.parametrize("status", ["PENDING", "REJECTED", "A_NEW_ONE", None])
    def test_one_that_is_not_approved_is_not_ready(self, status: str | None) -> None:
        account = FiatAccount.model_validate({"id": "account-1", "status": status})
        check = checked(fiat(), bank_accounts=[account])
        assert check.readiness is Readiness.NOT_READY
        assert check.reason == f"bank account account-1 is {status}, not APPROVED"

    def test_an_approved_one_is_ready(self) -> None:
        account = FiatAccount.model_validate({"id": "account-1", "status": "APPROVED"})
        assert checked(fiat(), bank_accounts=[account]).readiness is Readiness.READY

    def test_one_that_paxos_does_not_show_is_not_ready(self) -> None:
        assert checked(fiat(), bank_accounts=[]).reason == "Paxos shows no bank account account-1"

    def test_without_the_scope_it_is_not_checked_and_stands_against_nothing(self) -> None:
        made = plan(planned("a", destination=fiat()), bank_accounts=NotChecked("no scope"))
        assert made.payments[0].destination == Check(Readiness.NOT_CHECKED, "no scope")
        assert made.is_clear
        assert "destinations of 1 payments: no scope" in made.not_checked


class TestAddresses:
    def test_one_that_is_not_saved_is_not_ready(self) -> None:
        assert "is not saved at Paxos" in checked(crypto(), saved_addresses=[]).reason

    def test_one_that_is_pending_is_not_ready(self) -> None:
        assert "is PENDING as a destination" in checked(crypto(), saved_addresses=[saved(status="PENDING")]).reason

    @pytest.mark.parametrize("spelled", [ADDRESS, ADDRESS.lower()])
    def test_an_approved_one_with_travel_rule_data_is_ready(self, spelled: str) -> None:
        assert checked(crypto(spelled), saved_addresses=[saved()]).readiness is Readiness.READY

    def test_the_networks_of_orchestrations_and_of_saved_addresses_have_other_names(self) -> None:
        on_polygon = saved(crypto_network="POLYGON_POS")
        assert checked(crypto(network="POLYGON"), saved_addresses=[on_polygon]).readiness is Readiness.READY

    def test_one_on_another_network_is_another_one(self) -> None:
        assert checked(crypto(network="BASE"), saved_addresses=[saved()]).readiness is Readiness.NOT_READY

    def test_one_of_another_identity_is_another_one(self) -> None:
        assert checked(crypto(), saved_addresses=[saved(identity_id="somebody")]).readiness is Readiness.NOT_READY

    def test_a_saved_address_may_be_named_by_its_id(self) -> None:
        assert checked({"crypto": {"address_id": "saved-1"}}, saved_addresses=[saved()]).readiness is Readiness.READY


class TestTravelRule:
    BARE = saved(travelrule_metadata=None)

    def test_from_3000_usd_on_the_data_has_to_be_there(self) -> None:
        check = checked(crypto(), saved_addresses=[self.BARE])
        assert check.readiness is Readiness.NOT_READY
        assert "lacks travelrule_metadata" in check.reason
        assert "which the travel rule requires for 3000 USD and more" in check.reason

    def test_what_lacks_is_named(self) -> None:
        half = saved(travelrule_metadata={"custodian_type": "PRIVATE"})
        assert "lacks travelrule_metadata.beneficiary" in checked(crypto(), saved_addresses=[half]).reason

    def test_below_it_need_not(self) -> None:
        assert checked(crypto(), BELOW, saved_addresses=[self.BARE]).readiness is Readiness.READY

    @pytest.mark.parametrize("asset", ["USDC", "USDG", "USDP", "PYUSD"])
    def test_stablecoins_are_valued_at_par(self, asset: str) -> None:
        check = checked(crypto(), asset=asset, saved_addresses=[self.BARE])
        assert check.readiness is Readiness.NOT_READY

    def test_the_value_of_another_asset_is_not_known(self) -> None:
        check = checked(crypto(), "0.1", asset="BTC", saved_addresses=[self.BARE])
        assert check.readiness is Readiness.NOT_CHECKED
        assert "whether 0.1 BTC falls under the travel rule is not known" in check.reason


class TestBeforeTheTravelRuleIsEnforced:
    BARE = saved(travelrule_metadata=None)
    BEFORE = datetime(2026, 11, 29, 23, 59, tzinfo=UTC)

    def plan_of(self, count: int, amount: str = THRESHOLD, **but: Any) -> Plan:
        keys = (f"pay-{number}" for number in range(count))
        payments = [planned(key, destination=crypto(), source_amount=amount, **but) for key in keys]
        return plan(*payments, saved_addresses=[self.BARE], read_at=self.BEFORE)

    def test_the_data_may_lack(self) -> None:
        made = self.plan_of(1)
        assert made.payments[0].destination.readiness is Readiness.READY
        assert made.is_clear

    @pytest.mark.parametrize(
        ("count", "named"),
        [(1, "pay-0"), (7, "pay-0, pay-1, pay-2, pay-3, pay-4 and 2 more")],
    )
    def test_a_warning_names_the_payments_that_will_be_refused(self, count: int, named: str) -> None:
        lack = "as their addresses lack travel rule data"
        assert self.plan_of(count).warnings == [
            f"{count} new payments that Paxos refuses from 2026-11-30, {lack}: {named}"
        ]

    def test_the_rows_name_what_lacks_of_each_of_them(self) -> None:
        rows = self.plan_of(7).rows()
        assert [row["destination"] for row in rows] == ["ready"] * 7
        assert all("lacks travelrule_metadata, which the travel rule" in row["destination_reason"] for row in rows)

    def test_one_of_an_asset_without_a_known_value_is_not_checked(self) -> None:
        assert self.plan_of(1, "0.1", source_asset="BTC").payments[0].destination.readiness is Readiness.NOT_CHECKED

    def test_a_smaller_payment_is_no_warning(self) -> None:
        assert self.plan_of(1, BELOW).warnings == []

    def test_one_whose_address_has_the_data_is_no_warning(self) -> None:
        payment = planned("a", destination=crypto(), source_amount=THRESHOLD)
        assert plan(payment, saved_addresses=[saved()], read_at=self.BEFORE).warnings == []
