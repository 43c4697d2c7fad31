"""One watch decides when a wait is over, for everyone who waits."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.api.errors import Acceptance, OrchestrationMissing, PaxosError
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.waiting.watch import TerminalOrchestration, Watch, ends_waiting
from tests.api.script import Script, orchestration


def shown(orchestration_id: str = "a", status: str | None = "PROCESSING", **fields: Any) -> Orchestration:
    return Orchestration.model_validate(orchestration(id=orchestration_id, status=status, **fields))


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED", "REJECTED"])
def test_a_watch_is_done_when_all_are_terminal(status: str) -> None:
    watch = Watch(ids=["a", "b"])
    watch.observe([shown("a", status), shown("b", "PROCESSING")])
    half = watch.done
    watch.observe([shown("b", status)])

    assert (half, watch.done) == (False, True)
    assert [each.id for each in watch.terminal] == ["a", "b"]


@pytest.mark.parametrize("status", ["PENDING", "PROCESSING", "ON_HOLD", None])
def test_a_watch_goes_on_while_one_is_in_progress(status: str | None) -> None:
    watch = Watch(ids=["a"])
    watch.observe([shown("a", status)])

    assert (watch.done, watch.ids) == (False, ["a"])


def test_a_watch_of_nothing_is_done() -> None:
    assert Watch().done


def test_what_is_terminal_is_not_asked_for_again() -> None:
    watch = Watch(ids=["a", "b"], ref_ids=["r"])
    watch.observe([shown("a", "COMPLETED"), shown("b"), shown("c", "COMPLETED", ref_id="r")])

    assert (watch.ids, watch.ref_ids) == (["b"], [])


def test_one_that_is_watched_by_id_and_ref_id_becomes_terminal_once() -> None:
    watch = Watch(ids=["a"], ref_ids=["r"])
    watch.observe([shown("a", "COMPLETED", ref_id="r"), shown("a", "COMPLETED", ref_id="r")])

    assert watch.done
    assert len(watch.terminal) == 1


@pytest.mark.parametrize("older", ["FAILED", "COMPLETED"])
def test_of_several_with_a_ref_id_the_newest_counts(older: str) -> None:
    watch = Watch(ref_ids=["r"])
    watch.observe([shown("new", "PROCESSING", ref_id="r"), shown("old", older, ref_id="r")])
    early = watch.done
    watch.observe([shown("new", "COMPLETED", ref_id="r"), shown("old", older, ref_id="r")])

    assert (early, watch.done) == (False, True)
    assert watch.terminal == [TerminalOrchestration("new", "COMPLETED")]


def test_an_older_one_that_is_watched_by_its_id_counts_as_well() -> None:
    watch = Watch(ids=["old"])
    watch.observe([shown("new", "PROCESSING", ref_id="r"), shown("old", "COMPLETED", ref_id="r")])

    assert watch.done


def test_one_that_is_not_watched_does_not_end_the_wait() -> None:
    watch = Watch(ref_ids=["r"])
    watch.observe([shown("x", "COMPLETED", ref_id=None)])

    assert (watch.done, watch.terminal) == (False, [])


class TestLogLines:
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
        ("status", "text"),
        [
            ("PENDING", "is PENDING: it awaits an approval at Paxos"),
            ("ON_HOLD", "is ON_HOLD, an unknown status: it is treated as in progress"),
            (None, "is None, an unknown status: it is treated as in progress"),
            ("ON\nHOLD", "is ON HOLD, an unknown status"),
        ],
    )
    def test_a_status_that_needs_an_explanation_has_one(self, status: str | None, text: str) -> None:
        (line,) = Watch(ids=["a"]).observe([shown(status=status)])

        assert text in line


class TestMany:
    """For more than ten, the log shows the progress of the whole."""

    IDS = tuple(f"id-{number}" for number in range(300))

    def test_each_tenth_that_is_terminal_is_worth_a_line(self) -> None:
        watch = Watch(ids=self.IDS)
        lines = [
            line
            for number, each in enumerate(self.IDS)
            for line in watch.observe([shown(each, "FAILED" if number == 7 else "COMPLETED")], asked=[each])
        ]

        assert len(lines) == 10
        assert lines[0] == "30 of 300 reached a terminal status: COMPLETED 29, FAILED 1"
        assert lines[-1] == "300 of 300 reached a terminal status: COMPLETED 299, FAILED 1"

    def test_several_tenths_at_once_are_one_line(self) -> None:
        assert len(Watch(ids=self.IDS).observe([shown(each, "COMPLETED") for each in self.IDS])) == 1

    def test_a_status_that_needs_an_explanation_is_logged_once(self) -> None:
        watch = Watch(ids=self.IDS)
        found = [shown(each, status) for each, status in zip(self.IDS, ["ON_HOLD", "PENDING"] * 150, strict=True)]

        first, second = watch.observe(found)
        assert "id-0 (ref_id settle-2026-11-21-7) is ON_HOLD, an unknown status" in first
        assert "id-1 (ref_id settle-2026-11-21-7) is PENDING: it awaits an approval at Paxos" in second
        assert watch.observe(found) == []

    def test_of_what_is_terminal_id_status_and_reason_are_kept(self) -> None:
        watch = Watch(ids=self.IDS)
        watch.observe([shown("id-0", "FAILED", fail_reason={"detail": "account\nclosed"})])

        assert watch.terminal == [TerminalOrchestration("id-0", "FAILED", "account closed")]
        assert watch.counts() == {"FAILED": 1}


class TestPartialPolls:
    """A poller asks for some of them at a time."""

    def test_what_was_not_asked_for_is_not_missing(self) -> None:
        script = Script()
        watch = Watch(ids=["a", "b"], clock=script.clock)
        lines = []
        for _ in range(3):
            lines += watch.observe([shown("a")], asked=["a"])
            script.now += 100
        lines += watch.observe([shown("b")], asked=["b"])

        assert [line.split()[1] for line in lines] == ["a", "b"]

    def test_what_was_asked_for_is(self) -> None:
        script = Script()
        watch = Watch(ids=["a", "b"], clock=script.clock)
        watch.observe([], asked=["b"])
        script.now += 60

        watch.observe([shown("a")], asked=["a"])
        with pytest.raises(OrchestrationMissing):
            watch.observe([], asked=["b"])

    def test_a_missing_one_hides_nothing_of_the_same_poll(self) -> None:
        watch = Watch(ids=["a", "b"], grace=0)
        with pytest.raises(OrchestrationMissing):
            watch.observe([shown("a", "COMPLETED")])

        assert watch.ids == ["b"]
        assert watch.observe([shown("b")])[0] == "Orchestration a (ref_id settle-2026-11-21-7) is COMPLETED"


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

        with pytest.raises(
            OrchestrationMissing, match="Paxos has returned no orchestration with this id and 1 more for 20 s"
        ) as missing:
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
        with pytest.raises(OrchestrationMissing, match="no orchestration with this id for 0 s"):
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
def test_a_transient_error_does_not_end_the_wait_and_others_do(error: PaxosError, ends: bool) -> None:
    assert ends_waiting(error) is ends
