"""Limits over time and duplicates are computed from Paxos' own list."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from airflow_provider_paxos.planning.plan import LookUp, Plan
from tests.planning.given import existing, fiat, limits, plan, planned

WEEK = limits(duplicate_window=7)


def problems(made: Plan) -> list[tuple[str, ...]]:
    return [each.keys for each in made.problems]


class TestADay:
    def test_what_was_moved_since_midnight_is_taken_off(self) -> None:
        made = plan(
            planned("a", source_amount="40"),
            limits=limits(max_source_amount_per_day="USD=100"),
            recent=[existing("x", source_amount="60.00"), existing("y", created_at="2026-11-30T23:59:59Z")],
        )
        (use,) = made.limits
        assert (use.left, use.needed, use.unit) == (Decimal("40.00"), Decimal(40), "USD")
        assert made.is_clear

    def test_a_cent_more_is_refused_with_the_payments_that_need_it(self) -> None:
        made = plan(
            planned("a", source_amount="40"),
            planned("b", source_amount="0.01"),
            limits=limits(max_source_amount_per_day="USD=100"),
            recent=[existing("x", source_amount="60")],
        )
        (problem,) = made.problems
        assert (problem.keys, problem.forbidden) == (("a", "b"), True)
        assert "40 USD left, 40.01 needed" in problem.what
        assert "max_source_amount_per_day of connection paxos_default, since 2026-12-01T00:00+00:00" in problem.what

    def test_a_day_begins_in_the_limits_time_zone(self) -> None:
        evening = existing("x", source_amount="60", created_at="2026-11-30T23:30:00Z")
        stated: dict[str, Any] = {"max_source_amount_per_day": "USD=100"}
        here = plan(planned("a"), limits=limits(**stated), recent=[evening])
        berlin = plan(planned("a"), limits=limits(**stated, limits_time_zone="Europe/Berlin"), recent=[evening])
        assert (here.limits[0].left, berlin.limits[0].left) == (Decimal(100), Decimal(40))

    def test_an_asset_that_the_limit_does_not_name_has_nothing_left(self) -> None:
        made = plan(planned("a", source_asset="USDC"), limits=limits(max_source_amount_per_day="USD=100"))
        assert problems(made) == [("a",)]

    @pytest.mark.parametrize("status", ["FAILED", "REJECTED"])
    def test_what_failed_does_not_count(self, status: str) -> None:
        stated = limits(max_orchestrations_per_day=1)
        assert plan(planned("a"), limits=stated, recent=[existing("x", status=status)]).is_clear

    def test_what_a_rule_has_made_does_not_count(self) -> None:
        stated = limits(max_orchestrations_per_day=1)
        assert plan(planned("a"), limits=stated, recent=[existing("x", orchestration_rule_id="rule-1")]).is_clear

    def test_each_profile_has_its_own_day(self) -> None:
        stated = limits(max_orchestrations_per_day=1)
        other = {"profile": {"profile_id": "another"}}
        made = plan(planned("a"), planned("b", source=other), limits=stated, recent=[existing("x", source=other)])
        assert problems(made) == [("b",)]

    def test_one_whose_profile_is_not_shown_counts_for_each(self) -> None:
        stated = limits(max_orchestrations_per_day=1, max_source_amount_per_day="USD=150")
        hidden = existing("x", source=None, profile_id=None)
        other = {"profile": {"profile_id": "another"}}
        made = plan(planned("a"), planned("b", source=other), limits=stated, recent=[hidden])
        assert sorted(problems(made)) == [("a",), ("a",), ("b",), ("b",)]

    def test_what_exists_is_adopted_without_a_check_and_is_counted_once(self) -> None:
        stated = limits(max_orchestrations_per_day=2)
        own = existing("settle-a")
        made = plan(planned("a"), planned("b"), limits=stated, existing=[own], recent=[own])
        assert made.is_clear
        assert (made.limits[0].left, made.limits[0].needed) == (Decimal(1), Decimal(1))

    def test_what_the_look_up_did_not_show_yet_counts_once(self) -> None:
        made = plan(planned("a"), limits=limits(max_orchestrations_per_day=1), recent=[existing("settle-a")])
        assert made.is_clear
        assert made.payments[0].look_up is LookUp.EXISTS


class TestDuplicates:
    def test_a_second_run_with_other_ref_ids_is_refused(self) -> None:
        made = plan(planned("a"), limits=WEEK, recent=[existing("settle-yesterday")])
        (problem,) = made.problems
        assert problem.forbidden
        assert "those of orchestration id-settle-yesterday (ref_id settle-yesterday, PROCESSING" in problem.what
        assert "duplicate_of_ok" in problem.what

    @pytest.mark.parametrize(
        "but",
        [
            {"source_amount": "100.26"},
            {"source_asset": "USDC"},
            {"destination_asset": "USDP"},
            {"destination": fiat()},
            {"source": {"profile": {"profile_id": "another"}}},
            {"status": "FAILED"},
            {"created_at": "2026-11-24T11:59:59Z"},
        ],
        ids=str,
    )
    def test_other_content_a_failure_and_an_older_one_are_no_duplicates(self, but: dict[str, Any]) -> None:
        assert plan(planned("a"), limits=WEEK, recent=[existing("x", **but)]).is_clear

    @pytest.mark.parametrize(
        "but",
        [
            {"source_amount": "100.2500"},
            {"source_asset": "usd"},
            {"destination": {"profile": {"profile_id": "profile-b"}, "crypto": None}},
            {"metadata": {"other": "words"}},
        ],
        ids=str,
    )
    def test_another_notation_and_other_metadata_are_no_other_content(self, but: dict[str, Any]) -> None:
        assert not plan(planned("a"), limits=WEEK, recent=[existing("x", **but)]).is_clear

    def test_ones_own_orchestration_is_no_duplicate(self) -> None:
        assert plan(planned("a"), limits=WEEK, recent=[existing("settle-a")]).is_clear

    def test_of_two_equal_payments_of_a_batch_the_later_one_is_refused(self) -> None:
        made = plan(planned("a"), planned("b"), planned("c", source_amount="7"), limits=WEEK)
        assert problems(made) == [("b",)]
        assert "payment a of this batch" in made.problems[0].what

    @pytest.mark.parametrize("name", ["x", "id-x"])
    def test_a_duplicate_that_is_meant_is_named(self, name: str) -> None:
        assert plan(planned("a", meant=[name]), limits=WEEK, recent=[existing("x")]).is_clear
        assert not plan(planned("a", meant=["y"]), limits=WEEK, recent=[existing("x")]).is_clear

    @pytest.mark.parametrize("exists", ["a", "b"])
    def test_a_pair_of_a_batch_that_is_meant_stays_so_once_either_of_them_exists(self, exists: str) -> None:
        own = existing(f"settle-{exists}")
        made = plan(planned("a"), planned("b", meant=["a"]), limits=WEEK, existing=[own], recent=[own])
        assert made.is_clear

    @pytest.mark.parametrize("status", ["FAILED", "REJECTED"])
    def test_what_failed_may_be_paid_under_another_key(self, status: str) -> None:
        failed = existing("settle-a", status=status)
        assert plan(planned("a"), planned("b"), limits=WEEK, existing=[failed], recent=[failed]).is_clear

    def test_they_may_be_a_warning_or_a_persons_to_approve(self) -> None:
        warned = plan(planned("a"), limits=limits(duplicate_window=7, on_duplicate="warn"), recent=[existing("x")])
        assert warned.is_clear
        assert "payment a: source, destination" in warned.warnings[0]
        approve = limits(duplicate_window=7, on_duplicate="approve")
        assert not plan(planned("a"), limits=approve, recent=[existing("x")]).is_clear
        assert plan(planned("a"), limits=approve, approvable=True, recent=[existing("x")]).is_clear

    def test_without_a_window_nothing_is_compared(self) -> None:
        assert plan(planned("a"), planned("b"), recent=[existing("x")]).is_clear
