"""A plan says of each payment what Paxos shows, and of all of them what they need."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_paxos.api.errors import NotAllowed, NotReady
from airflow_provider_paxos.api.fiat_accounts import FiatAccount
from airflow_provider_paxos.api.limit_utilizations import LimitUtilization
from airflow_provider_paxos.planning.facts import NotChecked
from airflow_provider_paxos.planning.paxos_limits import by_transfer_type
from airflow_provider_paxos.planning.plan import LookUp, Plan
from airflow_provider_paxos.planning.refusal import reasons_by_key, refusal_of
from airflow_provider_paxos.planning.text import in_log, in_markdown
from tests.planning.given import ADDRESS, crypto, existing, fiat, funds, limits, plan, planned

SOURCE = ("profile-a", "USD")


def found(made: Plan) -> list[LookUp]:
    return [each.look_up for each in made.payments]


class TestLookUp:
    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({}, LookUp.EXISTS),
            ({"status": "COMPLETED"}, LookUp.EXISTS),
            ({"status": "FAILED"}, LookUp.UNSUCCESSFUL),
            ({"status": "REJECTED"}, LookUp.UNSUCCESSFUL),
            ({"source_amount": "7"}, LookUp.CONFLICT),
            ({"source_amount": None}, LookUp.UNKNOWN),
        ],
        ids=str,
    )
    def test_it_is_judged_as_an_adoption(self, fields: dict[str, Any], expected: LookUp) -> None:
        assert found(plan(planned("a"), existing=[existing("settle-a", **fields)])) == [expected]

    def test_what_paxos_does_not_show_is_new(self) -> None:
        assert found(plan(planned("a"), existing=[existing("settle-b")])) == [LookUp.NEW]

    def test_what_exists_needs_no_funds_and_no_ready_destination(self) -> None:
        own = existing("settle-a", destination=fiat())
        made = plan(planned("a", destination=fiat()), existing=[own], bank_accounts=[], balances={})
        assert made.is_clear
        assert (made.funding, made.new) == ([], [])


class TestFunds:
    def test_the_new_payments_of_a_profile_and_asset_are_added_exactly(self) -> None:
        payments = [planned(key, source_amount="0.1") for key in "abc"]
        (funding,) = plan(*payments, balances={SOURCE: Decimal("0.3")}).funding
        assert (funding.needed, funding.short_by, funding.payments) == (Decimal("0.3"), 0, 3)

    def test_what_is_short_is_named_with_the_payments(self) -> None:
        made = plan(planned("a"), planned("b"), balances={SOURCE: Decimal("200.49")})
        (problem,) = made.problems
        assert problem.keys == ("a", "b")
        assert problem.what == (
            "profile profile-a has 200.49 USD available, and the 2 new payments from it need 200.50: short by 0.01."
        )
        assert isinstance(refusal_of(made), NotReady)

    def test_without_the_scope_they_are_not_checked(self) -> None:
        made = plan(planned("a"), balances=NotChecked("the connection's scopes do not name funding:read_profile"))
        assert made.is_clear
        assert made.funding[0].available is None
        assert "available balances: the connection's scopes do not name funding:read_profile" in made.not_checked


class TestPaxosLimits:
    def made(self, *amounts: str, period: str = "86400", remaining: str = "1000") -> Plan:
        limit = LimitUtilization.model_validate(
            {"period_seconds": period, "limit": "5000", "remaining": remaining, "limit_asset": "USD"}
        )
        payments = [planned(str(n), destination=crypto(), source_amount=each) for n, each in enumerate(amounts)]
        return plan(*payments, utilizations={"CRYPTO_WITHDRAWAL": [limit]}, saved_addresses=NotChecked("no scope"))

    def test_a_period_leaves_room_for_the_sum(self) -> None:
        assert self.made("400", "600").is_clear
        assert self.made("400", "600.01").problems[0].what == (
            "Paxos' limit on CRYPTO_WITHDRAWAL for 86400 s: 1000 USD left, 1000.01 needed."
        )

    def test_a_limit_of_transactions_is_for_each(self) -> None:
        assert self.made("1000", "1000", period="0").is_clear
        assert self.made("1000", "1000.01", "7", period="0").problems[0].keys == ("1",)

    def test_a_limit_that_several_types_share_is_one(self) -> None:
        limit = LimitUtilization.model_validate(
            {"id": "limit-1", "period_seconds": "86400", "limit": "1000", "remaining": "500", "limit_asset": "USD"}
        )
        payments = [planned("a", destination=crypto(), source_amount="300"), planned("b", source_amount="200.01")]
        utilizations = {"CRYPTO_WITHDRAWAL": [limit], "INTERNAL_TRANSFER_DEBIT": [limit]}
        made = plan(*payments, utilizations=utilizations, saved_addresses=NotChecked("no scope"))
        (problem,) = made.problems
        assert problem.keys == ("a", "b")
        assert problem.what == (
            "Paxos' limit on CRYPTO_WITHDRAWAL and INTERNAL_TRANSFER_DEBIT for 86400 s: 500 USD left, 500.01 needed."
        )

    @pytest.mark.parametrize(
        ("instructions", "transfer_type"),
        [
            ({"wire": {}}, "WIRE_WITHDRAWAL"),
            ({"cubix": {"account_id": "1"}}, "CUBIX_WITHDRAWAL"),
            ({"cbit": {"wallet_address": "1"}}, "CBIT_WITHDRAWAL"),
            (None, "WIRE_WITHDRAWAL"),
        ],
        ids=str,
    )
    def test_the_network_of_a_bank_account_decides_which_limit_holds(
        self, instructions: dict[str, Any] | None, transfer_type: str
    ) -> None:
        account = FiatAccount.model_validate({"id": "account-1", "fiat_network_instructions": instructions})
        payment = planned("a", destination=fiat())
        assert by_transfer_type([payment], [account]) == {transfer_type: [payment]}
        assert by_transfer_type([payment], NotChecked("no scope")) == {"WIRE_WITHDRAWAL": [payment]}


class TestRefusal:
    def test_a_clear_plan_has_none(self) -> None:
        assert refusal_of(plan(planned("a"))) is None

    def test_what_the_connection_forbids_is_not_worth_a_retry(self) -> None:
        made = plan(planned("a"), balances={SOURCE: Decimal()}, limits=limits(max_source_amount_per_day="USD=1"))
        refusal = refusal_of(made)
        assert isinstance(refusal, NotAllowed)
        assert not refusal.retryable
        assert "2 problems:" in str(refusal)
        assert "None of 1 new payments is submitted. This attempt sent nothing to Paxos." in str(refusal)

    def test_each_payment_has_its_reasons(self) -> None:
        made = plan(planned("a", destination=fiat()), planned("b"), bank_accounts=[])
        assert reasons_by_key(made) == {"a": "payment a: Paxos shows no bank account account-1."}


class TestWords:
    def test_the_log_names_totals_problems_and_what_was_not_checked(self) -> None:
        made = plan(planned("a"), planned("b"), existing=[existing("settle-b")], balances={SOURCE: Decimal()})
        text = in_log(made)
        assert f"Plan {made.code} (sandbox): 2 payments, 1 of them new" in text
        assert "USD   USDG  new     1         100.25" in text
        assert "USD   USDG  exists  1         100.25" in text
        assert "Stands against it (1):" in text
        assert made.digest in text

    def test_markdown_shows_the_ten_largest_of_what_is_new(self) -> None:
        payments = [planned(str(n), source_amount=str(n), destination=crypto()) for n in range(1, 13)]
        text = in_markdown(plan(*payments, saved_addresses=NotChecked("no scope")))
        assert f"| 12 | 12 USD to USDG | {ADDRESS} (ETHEREUM) |" in text
        assert "| 2 | 2 USD" not in text

    @given(st.text(min_size=1, max_size=20).filter(lambda text: text.strip() and "\0" not in text))
    def test_no_key_forms_markdown_or_a_row_of_its_own(self, key: str) -> None:
        payment = planned("a")
        made = plan(type(payment)(key, payment.request))
        rows = [line for line in in_markdown(made).splitlines() if "100.25 USD to USDG" in line]
        assert len(rows) == 1
        assert rows[0].replace("\\|", "").count("|") == 4

    def test_it_is_json(self) -> None:
        made = plan(planned("a"), planned("b"), existing=[existing("settle-b")])
        stored = json.loads(json.dumps({**made.to_dict(), "rows": made.rows()}))
        assert stored["totals"][1] == {
            "source_asset": "USD",
            "destination_asset": "USDG",
            "found": "new",
            "payments": 1,
            "amount": "100.25",
        }
        assert stored["rows"][1] == {"key": "b", "ref_id": "settle-b", "found": "exists", "id": "id-settle-b"} | (
            {"destination_reason": "only the destinations of new payments are checked"}
        )

    def test_the_funds_of_the_tests_suffice(self) -> None:
        assert funds([planned("a")]) == {SOURCE: Decimal(1000000)}
