"""A worker that is killed while it creates an orchestration rule: the rule is created once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_paxos.emulator.control_client import ControlRefused
from tests.crashes.payment_run import PATIENCE

if TYPE_CHECKING:
    from tests.crashes.crash_site import CrashSite

RULES = "/v2/orchestration/rules"


def exists(site: CrashSite, ref_id: str) -> bool:
    try:
        return bool(site.paxos.set_rule(ref_id, "APPROVED"))
    except ControlRefused:
        return False


def posts(site: CrashSite) -> list[dict[str, Any]]:
    return [each for each in site.paxos.journal() if (each["method"], each["path"]) == ("POST", RULES)]


@pytest.mark.quick
def test_a_rule_whose_worker_is_killed_before_the_answer_is_found_by_the_next_try(site: CrashSite) -> None:
    before = len(posts(site))
    site.paxos.fault("delay", method="POST", path=RULES, after_work=True, seconds=20)
    run = site.run("keep_rule", "killed_before_answer")
    worker = run.worker_at("before_post")
    site.airflow.wait(lambda: exists(site, f"rule-{run.run_id}"), "Paxos to have the rule", seconds=PATIENCE)
    worker.kill()

    run.wait_for("success", after_try=1)

    assert len(posts(site)) - before == 1, "the next try looks through the rules first"
    (record,) = site.airflow.api.xcom(run.dag_id, run.run_id, "create", "return_value")
    assert record["id"] == site.paxos.set_rule(f"rule-{run.run_id}", "APPROVED")["id"]
    assert (record["status"], record["change"]) == ("ACTIVE", "unchanged")
