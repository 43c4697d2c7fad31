"""Workers that are killed at the worst moments: the payment is made, and made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.crashes.crash_site import CrashSite

ADOPTED = "adopted: an earlier attempt had created it; nothing was paid again"
CREATED = "created by this attempt"


def test_killed_before_the_request_leaves_the_next_try_pays(site: CrashSite) -> None:
    run = site.run("pay", "before_post", stop_at="before_post")
    run.worker_at("before_post").kill()

    run.wait_for("success", after_try=1)

    run.require_paid_once()
    assert len(run.posts()) == 1
    assert CREATED in run.log()


@pytest.mark.quick
def test_killed_after_paxos_accepted_and_before_it_answered_the_next_try_adopts(site: CrashSite) -> None:
    site.hold_answers()
    run = site.run("pay", "before_answer")
    worker = run.worker_at("before_post")
    run.wait_until_accepted()
    worker.kill()

    run.wait_for("success", after_try=1)

    run.require_paid_once()
    assert [entry["accepted"] for entry in run.posts()] == [True, False]
    assert ADOPTED in run.log()


def test_killed_for_want_of_memory_before_the_answer_the_next_try_adopts(site: CrashSite) -> None:
    site.hold_answers()
    run = site.run("pay", "out_of_memory")
    worker = run.worker_at("before_post")
    run.wait_until_accepted()
    worker.kill_task()

    run.wait_for("success", after_try=1)

    run.require_paid_once()
    assert ADOPTED in run.log()


def test_killed_after_the_answer_and_before_the_task_ended_the_next_try_adopts(site: CrashSite) -> None:
    run = site.run("pay", "answered", stop_at="answered")
    run.worker_at("answered").kill()

    run.wait_for("success", after_try=1)

    run.require_paid_once()
    assert [entry["status"] for entry in run.posts()] == [200, 409]
    assert ADOPTED in run.log()


def test_killed_while_it_resumes_after_the_wait_the_next_try_adopts(site: CrashSite) -> None:
    run = site.run("pay_and_wait", "resuming", stop_at="resuming")
    run.wait_for("deferred")
    run.end("COMPLETED")
    run.worker_at("resuming").kill()

    run.wait_for("success", after_try=1)

    run.require_paid_once()
    assert ADOPTED in run.log()
    assert "COMPLETED" in run.log()


def test_of_mapped_tasks_those_that_crashed_adopt_and_the_others_are_left_alone(site: CrashSite) -> None:
    crashing, amounts = [0, 2], ["10.01", "20.02", "30.03", "40.04"]
    run = site.run("pay_payments", "payments", stop_at="answered", stop_map_indexes=crashing)
    for map_index in crashing:
        run.worker_at("answered", map_index=map_index).kill()

    for map_index, amount in enumerate(amounts):
        done = run.wait_for("success", map_index=map_index)
        run.require_paid_once(map_index, amount=amount)
        assert done.try_number == (2 if map_index in crashing else 1)
        assert (ADOPTED if map_index in crashing else CREATED) in run.log(map_index=map_index)
