"""The report of a settlement: what became of every payment, and exact totals."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paxos_settlement.report import Outcome, Report, outcome_of

from airflow_provider_paxos.api.models import Orchestration

REQUEST: dict[str, Any] = {
    "ref_id": "settle-2026-11-20-payroll-eu",
    "source_asset": "USDC",
    "destination_asset": "USD",
    "source_amount": "1250.50",
    "source": {"profile": {"profile_id": "00000000-0000-4000-8000-000000000001"}},
    "destination": {"fiat": {"bank_account_id": "5e771e00-0000-4000-8000-000000000001", "memo": "Payroll"}},
    "metadata": {"payment": "payroll-eu", "business_date": "2026-11-20"},
}


def orchestration(**fields: Any) -> Orchestration:
    return Orchestration.model_validate({"id": "0c0ffee0", "status": "COMPLETED"} | REQUEST | fields)


def outcome(**fields: Any) -> Outcome:
    return Outcome(
        **{
            "payment": "payroll-eu",
            "ref_id": "settle-2026-11-20-payroll-eu",
            "id": "0c0ffee0",
            "status": "COMPLETED",
            "reason": None,
            "source_asset": "USDC",
            "destination_asset": "USD",
            "amount": "1250.50",
        }
        | fields
    )


def report(*outcomes: Outcome, run_id: str = "manual__2026-11-20") -> Report:
    return Report("2026-11-20", "settlement.csv", run_id, "2026-11-20T03:00:00+00:00", outcomes)


def test_a_completed_payment_is_reported_with_the_files_own_amount() -> None:
    assert outcome_of(REQUEST, [orchestration(source_amount="1250.5")], None) == outcome()


@pytest.mark.parametrize("status", ["FAILED", "REJECTED"])
def test_a_failed_payment_carries_the_reason_that_paxos_gives(status: str) -> None:
    found = orchestration(status=status, fail_reason={"detail": "account closed"})
    outcome = outcome_of(REQUEST, [found], "create refused it")
    assert (outcome.status, outcome.reason) == (status, "account closed")


@pytest.mark.parametrize("status", ["PENDING", "PROCESSING", "SOMETHING_NEW"])
def test_a_payment_that_is_in_progress_is_reported_as_paxos_calls_it(status: str) -> None:
    assert outcome_of(REQUEST, [orchestration(status=status)], None).status == status


def test_a_payment_that_was_never_accepted_carries_the_reason_of_its_create() -> None:
    outcome = outcome_of(REQUEST, [], "insufficient funds")
    assert (outcome.status, outcome.reason, outcome.id) == ("NOT SUBMITTED", "insufficient funds", None)


def test_a_payment_without_any_trace_says_so() -> None:
    outcome = outcome_of(REQUEST, [], None)
    assert (outcome.status, outcome.reason) == ("NOT SUBMITTED", "Paxos has no orchestration with this ref_id")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"source_amount": "9.00"}, ["source_amount", "9.00", "1250.50"]),
        ({"destination_asset": "USDG"}, ["destination_asset", "USDG"]),
        ({"destination": {"fiat": {"bank_account_id": "another"}}}, ["destination.fiat.bank_account_id", "another"]),
    ],
)
def test_another_payment_under_the_payments_ref_id_never_passes_for_its_settlement(
    fields: dict[str, Any], named: list[str]
) -> None:
    outcome = outcome_of(REQUEST, [orchestration(**fields)], "refused")
    assert outcome.status == "CONFLICT"
    assert all(name in (outcome.reason or "") for name in named)


def test_a_field_that_paxos_does_not_show_is_no_conflict() -> None:
    assert outcome_of(REQUEST, [orchestration(destination=None, source=None)], None).status == "COMPLETED"


def test_two_orchestrations_under_one_ref_id_are_a_conflict_that_names_both() -> None:
    outcome = outcome_of(REQUEST, [orchestration(id="one"), orchestration(id="two")], None)
    assert outcome.status == "CONFLICT"
    assert "one, two" in (outcome.reason or "")


def test_totals_are_kept_apart_by_asset_pair_and_status() -> None:
    totals = report(
        outcome(amount="0.10"),
        outcome(amount="0.2"),
        outcome(amount="7", status="FAILED"),
        outcome(amount="0.00000001", source_asset="USDG", destination_asset="USDP"),
    ).totals
    assert [(t.source_asset, t.destination_asset, t.status, t.payments, t.amount) for t in totals] == [
        ("USDC", "USD", "COMPLETED", 2, "0.30"),
        ("USDC", "USD", "FAILED", 1, "7"),
        ("USDG", "USDP", "COMPLETED", 1, "0.00000001"),
    ]


def test_totals_beyond_the_digits_of_a_default_decimal_are_exact() -> None:
    (total,) = report(outcome(amount="9" * 20 + ".000000000000000001"), outcome(amount="0.000000000000000001")).totals
    assert total.amount == "9" * 20 + ".000000000000000002"


@given(st.lists(st.decimals("0.00000001", "1e19", places=8), min_size=1, max_size=50))
def test_a_total_is_the_sum_of_its_payments_to_the_last_digit(amounts: list[Decimal]) -> None:
    (total,) = report(*(outcome(amount=f"{amount:f}") for amount in amounts)).totals
    in_units = sum(int(f"{amount:f}".replace(".", "")) for amount in amounts)
    assert int(total.amount.replace(".", "")) == in_units


def test_the_json_report_names_every_payment_and_holds_no_number_that_is_an_amount(tmp_path: Path) -> None:
    failed = outcome(payment="b", status="FAILED", reason="account closed")
    path = report(outcome(), failed).write(tmp_path).with_name("manual__2026-11-20.json")
    document = json.loads(path.read_text())
    assert document["payments_by_status"] == {"COMPLETED": 1, "FAILED": 1}
    assert [
        (payment["payment"], payment["status"], payment["reason"], payment["amount"])
        for payment in document["payments"]
    ] == [
        ("payroll-eu", "COMPLETED", None, "1250.50"),
        ("b", "FAILED", "account closed", "1250.50"),
    ]
    assert [total["amount"] for total in document["totals"]] == ["1250.50", "1250.50"]


def test_the_readable_report_begins_with_the_payments_that_are_not_settled() -> None:
    failed = outcome(payment="b", status="FAILED", reason="account closed")
    title, _, _, heading, _, _, first, *_ = report(outcome(), failed).to_text().splitlines()
    assert title == "Settlement of 2026-11-20: 1 COMPLETED, 1 FAILED"
    assert heading == "Not settled:"
    assert first.startswith("b ")
    assert first.endswith("account closed")


def test_a_readable_report_without_failures_has_no_such_part() -> None:
    assert "Not settled" not in report(outcome()).to_text()


def test_a_banks_words_cannot_forge_lines_of_the_report() -> None:
    text = report(outcome(status="FAILED", reason="closed\nb  COMPLETED\x1b[2J")).to_text()
    assert r"closed\nb  COMPLETED\x1b[2J" in text


def test_the_reports_are_named_after_the_run_without_characters_that_file_systems_refuse(tmp_path: Path) -> None:
    written = report(outcome(), run_id="manual__2026-11-20T03:00:00+00:00_x/../y").write(tmp_path / "not" / "there")
    assert written == tmp_path / "not" / "there" / "manual__2026-11-20T03_00_00_00_00_x_.._y"
    assert sorted(path.suffix for path in written.parent.iterdir()) == [".json", ".txt"]


def test_the_longest_run_id_makes_a_name_that_fits(tmp_path: Path) -> None:
    report(outcome(), run_id="r" * 250).write(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_report_that_cannot_be_replaced_leaves_no_draft_behind(tmp_path: Path) -> None:
    (tmp_path / "manual__2026-11-20.json").mkdir()
    with pytest.raises(OSError, match=r"manual__2026-11-20\.json"):
        report(outcome()).write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["manual__2026-11-20.json"]
