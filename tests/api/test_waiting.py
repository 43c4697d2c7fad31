"""Waiting for orchestrations to end: one watch decides for everyone who waits."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.api.errors import Acceptance, OrchestrationMissing, PaxosError
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.waiting import Watch, ends_the_wait
from tests.api.script import Script, orchestration


def shown(orchestration_id: str = "a", status: str | None = "PROCESSING", **fields: Any) -> Orchestration:
    return Orchestration.model_validate(orchestration(id=orchestration_id, status=status, **fields))


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED", "REJECTED"])
def test_a_watch_is_done_when_all_have_ended_however(status: str) -> None:
    watch = Watch(ids=["a", "b"])
    watch.observe([shown("a", status), shown("b", "PROCESSING")])
    half = watch.done
    watch.observe([shown("b", status)])

    assert (half, watch.done) == (False, True)
    assert [ended.id for ended in watch.ended] == ["a", "b"]


@pytest.mark.parametrize("status", ["PENDING", "PROCESSING", "ON_HOLD", None])
def test_a_watch_goes_on_while_one_is_under_way(status: str | None) -> None:
    watch = Watch(ids=["a"])
    watch.observe([shown("a", status)])

    assert (watch.done, watch.ids) == (False, ["a"])


def test_a_watch_of_nothing_is_done() -> None:
    assert Watch().done


def test_what_has_ended_is_not_asked_for_again() -> None:
    watch = Watch(ids=["a", "b"], ref_ids=["r"])
    watch.observe([shown("a", "COMPLETED"), shown("b"), shown("c", "COMPLETED", ref_id="r")])

    assert (watch.ids, watch.ref_ids) == (["b"], [])


def test_one_that_is_watched_by_id_and_ref_id_ends_once() -> None:
    watch = Watch(ids=["a"], ref_ids=["r"])
    watch.observe([shown("a", "COMPLETED", ref_id="r"), shown("a", "COMPLETED", ref_id="r")])

    assert watch.done
    assert len(watch.ended) == 1


def test_one_that_is_not_watched_does_not_end_the_wait() -> None:
    watch = Watch(ref_ids=["r"])
    watch.observe([shown("x", "COMPLETED", ref_id=None)])

    assert (watch.done, watch.ended) == (False, [])


class TestRemarks:
    def test_a_status_is_worth_a_line_once(self) -> None:
        watch = Watch(ids=["a"])

        assert watch.observe([shown()]) == ["Orchestration a (ref_id settle-2026-11-21-7) is PROCESSING"]
        assert watch.observe([shown()]) == []

    def test_a_change_of_status_is_worth_another(self) -> None:
        watch = Watch(ids=["a"])
        watch.observe([shown()])

        assert watch.observe([shown(status="COMPLETED")]) == [
            "Orchestration a (ref_id settle-2026-11-21-7) is COMPLETED"
        ]

    @pytest.mark.parametrize(
        ("status", "told"),
        [
            ("PENDING", "is PENDING: it awaits an approval at Paxos"),
            ("ON_HOLD", "is ON_HOLD, a status that this version does not know: it counts as under way"),
            (None, "is None, a status that this version does not know: it counts as under way"),
            ("ON\nHOLD", "is ON HOLD, a status"),
        ],
    )
    def test_a_status_that_needs_an_explanation_has_one(self, status: str | None, told: str) -> None:
        (remark,) = Watch(ids=["a"]).observe([shown(status=status)])

        assert told in remark


class TestMissing:
    def watch(self, script: Script, **options: Any) -> Watch:
        return Watch(ids=["a", "b"], clock=script.clock, **options)

    def test_a_fresh_orchestration_may_be_unknown_for_a_minute(self) -> None:
        script = Script()
        watch = self.watch(script)
        watch.observe([])
        script.now += 59.9

        assert watch.observe([]) == []

    def test_one_that_stays_unknown_is_missing(self) -> None:
        script = Script()
        watch = self.watch(script, grace=20)
        watch.observe([])
        script.now += 20

        with pytest.raises(OrchestrationMissing, match="Paxos has not known it and 1 more for 20 s") as missing:
            watch.observe([])
        assert missing.value.orchestration_id == "a"

    def test_each_one_has_a_grace_of_its_own(self) -> None:
        script = Script()
        watch = self.watch(script)
        watch.observe([shown("b")])
        script.now += 50
        watch.observe([shown("a")])
        script.now += 50

        assert watch.observe([shown("a")]) == []

    def test_without_a_grace_an_unknown_one_is_missing_at_once(self) -> None:
        with pytest.raises(OrchestrationMissing, match="not known it for 0 s"):
            self.watch(Script(), grace=0).observe([shown("a")])

    def test_a_ref_id_may_be_unknown_for_ever(self) -> None:
        script = Script()
        watch = Watch(ref_ids=["r"], clock=script.clock)
        watch.observe([])
        script.now += 10**6

        assert watch.observe([]) == []


@pytest.mark.parametrize(
    ("error", "ends"),
    [
        (errors.BadCredentials("w"), True),
        (errors.MissingScope("w"), True),
        (errors.BadRequest("w"), True),
        (OrchestrationMissing("w"), True),
        (errors.NotFound("w"), True),
        (errors.UndefinedConnection("w"), True),
        (errors.Unreachable("w"), False),
        (errors.UnreadableAnswer("w"), False),
        (errors.RateLimited("w"), False),
        (errors.ServiceUnavailable("w"), False),
        (errors.BadRequest("w", acceptance=Acceptance.UNKNOWN), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_an_error_that_stays_ends_the_wait(error: PaxosError, ends: bool) -> None:
    assert ends_the_wait(error) is ends
