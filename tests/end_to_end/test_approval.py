"""A person's approval in a real Airflow: in its page, over its API, and where something goes wrong meanwhile."""

from __future__ import annotations

import json
import os
import re
import signal
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from demo.airflow_api import AirflowApi
from demo.airflow_site import APPROVER
from demo.settlement import DAG_ID, SETTLE
from tests.end_to_end.browser import CHROMIUM, Visitor, chromium
from tests.end_to_end.test_settlement import accepted_creates
from tests.end_to_end.web_ui import APPROVED_RUN_ID, ask_for_approval, settling

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from demo.airflow_api import TaskInstance
    from demo.airflow_site import AirflowSite
    from demo.settlement import Emulator

pytestmark = pytest.mark.changes_settlement

DAG, PAY = "pay_approved", "pay"
PATIENCE = 400.0
LARGEST = "treasury-topup-usdc"


@dataclass(frozen=True)
class ApprovedRun:
    """A run of the Dag whose payments a person approves."""

    site: AirflowSite
    emulator: Emulator
    run_id: str
    dag_id: str = DAG

    @property
    def folder(self) -> Path:
        return self.site.settings.home / "approved"

    def list_payments(self, **amounts: str) -> None:
        """Write the file of the payments."""
        self.folder.mkdir(exist_ok=True)
        listed = [{"key": key, "source_amount": amount} for key, amount in amounts.items()]
        (self.folder / f"{self.run_id}.json").write_text(json.dumps(listed))

    def start(self, **conf: Any) -> None:
        """Trigger it, as the administrator."""
        self.site.wait_for_dag(self.dag_id)
        self.site.api.trigger(self.dag_id, self.run_id, conf)

    def instance(self) -> TaskInstance | None:
        """Return the task instance; None while it does not exist."""
        instances = self.site.api.task_instances(self.dag_id, self.run_id)
        return next((each for each in instances if each.task_id == PAY), None)

    def try_number(self) -> int:
        """Return the number of its try."""
        found = self.instance()
        assert found
        return found.try_number

    def wait_for(self, state: str, *, after_try: int = 0) -> None:
        """Wait until the task is in a state, in a try later than the one given."""

        def is_there() -> bool:
            found = self.instance()
            return found is not None and found.state == state and found.try_number > after_try

        self.site.wait(is_there, f"{PAY} of {self.run_id} to be {state}", seconds=PATIENCE)

    def answer_until(self, done: Callable[[], bool], option: str, api: AirflowApi) -> None:
        """Answer what is asked, until something has happened.

        Airflow loses an attempt that is answered moments after it asks: its scheduler then reads that a worker has
        ended whose task is queued. The next attempt asks again.
        """
        answered = set()

        def is_done() -> bool:
            found = self.instance()
            if found and found.state == "awaiting_input" and found.try_number not in answered:
                answered.add(found.try_number)
                assert self.answer(option, api) == 200
            return done()

        self.site.wait(is_done, f"{self.run_id} to go on after the answer", seconds=PATIENCE)

    def answer_and_end(self, state: str, option: str, api: AirflowApi) -> None:
        """Answer what is asked, until the task is in a terminal state."""

        def has_ended() -> bool:
            found = self.instance()
            return found is not None and found.state in ("success", "failed")

        self.answer_until(has_ended, option, api)
        found = self.instance()
        assert found
        assert found.state == state, self.log()

    def form(self) -> dict[str, Any]:
        """Return what Airflow shows to the person."""
        return self.site.api.required_action(self.dag_id, self.run_id, PAY)

    def answer(self, option: str, api: AirflowApi) -> int:
        """Answer; return the HTTP status."""
        return api.answer(self.dag_id, self.run_id, PAY, option)

    def log(self) -> str:
        """Return the log of the last try."""
        return self.site.api.task_log(self.dag_id, self.run_id, PAY, self.try_number())

    def clear(self, then: str) -> None:
        """Clear the task, and wait until it is in a state again."""
        before = self.try_number()
        assert self.site.api.clear(self.dag_id, self.run_id, [PAY]) == 1
        self.wait_for(then, after_try=before)

    def records(self) -> list[dict[str, Any]]:
        """Return the task's result."""
        return list(self.site.api.xcom(self.dag_id, self.run_id, PAY, "return_value"))

    def paid(self) -> Counter[str]:
        """Count the accepted requests by the payment's key."""
        prefix = f"{self.run_id}-"
        accepted = accepted_creates(self.emulator)
        return Counter({ref.removeprefix(prefix): count for ref, count in accepted.items() if ref.startswith(prefix)})


@pytest.fixture
def run(settled: tuple[AirflowSite, Emulator], request: pytest.FixtureRequest) -> ApprovedRun:
    run = ApprovedRun(*settled, run_id=request.node.name)
    run.list_payments(a="10.01", b="20.02")
    return run


@pytest.fixture(scope="module")
def treasurer(settled: tuple[AirflowSite, Emulator]) -> AirflowApi:
    """The API as somebody else than who triggers the runs."""
    site, _ = settled
    return AirflowApi(site.settings.url, APPROVER, site.password_of(APPROVER))


def test_the_right_answer_pays_and_a_second_one_is_refused(run: ApprovedRun, treasurer: AirflowApi) -> None:
    run.start()
    run.wait_for("awaiting_input")
    approve, reject = run.form()["options"]
    assert run.paid() == {}

    run.answer_and_end("success", approve, treasurer)

    assert run.answer(reject, treasurer) == 409
    assert run.paid() == {"a": 1, "b": 1}
    code = approve.removeprefix("Approve ")[:9]
    assert all(f"{code} approved by {APPROVER} at " in each["approval"] for each in run.records())


def test_killed_between_the_answer_and_the_first_request_it_pays_once_and_asks_nobody_again(
    run: ApprovedRun, treasurer: AirflowApi
) -> None:
    run.start(stop=True)
    run.wait_for("awaiting_input")
    note = run.folder / f"{run.run_id}.pid"
    run.answer_until(note.exists, run.form()["options"][0], treasurer)
    killed = run.try_number()
    os.kill(int(note.read_text()), signal.SIGKILL)

    run.wait_for("success", after_try=killed)
    assert run.paid() == {"a": 1, "b": 1}
    assert "before this attempt" in run.log()
    assert all("approved by" in each["approval"] for each in run.records())


def test_who_triggered_the_run_cannot_approve_it(run: ApprovedRun) -> None:
    run.start()
    run.wait_for("awaiting_input")
    run.answer_and_end("failed", run.form()["options"][0], run.site.api)
    assert "triggered this Dag run, and may not approve it too" in run.log()
    assert run.paid() == {}


def test_a_rejection_fails_the_task_and_after_a_clear_it_can_be_approved(
    run: ApprovedRun, treasurer: AirflowApi
) -> None:
    run.start()
    run.wait_for("awaiting_input")
    run.answer_and_end("failed", "Reject", treasurer)
    assert f"{APPROVER} rejected it" in run.log()
    assert run.paid() == {}

    run.clear("awaiting_input")
    run.answer_and_end("success", run.form()["options"][0], treasurer)
    assert run.paid() == {"a": 1, "b": 1}


def test_a_timeout_pays_nothing(run: ApprovedRun) -> None:
    run = ApprovedRun(run.site, run.emulator, run.run_id, "pay_approved_at_once")
    run.start()
    run.wait_for("failed")
    assert "nobody answered" in run.log()
    assert run.paid() == {}


def test_a_changed_file_is_never_paid_by_an_answer_to_the_old_plan_and_can_be_asked_for_anew(
    run: ApprovedRun, treasurer: AirflowApi
) -> None:
    run.start()
    run.wait_for("awaiting_input")
    old = run.form()["options"]
    run.list_payments(a="10.01", b="99999.02")

    run.answer_and_end("failed", old[0], treasurer)
    assert run.paid() == {}

    # After a clear Airflow shows the first form again: the task does not wait for an answer to it.
    run.clear("failed")
    assert run.form()["options"] == old
    assert "Airflow still shows the form of another plan" in run.log()
    assert run.paid() == {}

    run.site.api.delete_task_instance(run.dag_id, run.run_id, PAY)
    run.site.api.clear_run(run.dag_id, run.run_id)
    run.wait_for("awaiting_input")
    assert run.form()["options"] != old
    run.answer_and_end("success", run.form()["options"][0], treasurer)
    assert run.paid() == {"a": 1, "b": 1}


@pytest.mark.skipif(CHROMIUM is None, reason="Needs Chromium, as the program chromium or in $CHROMIUM.")
def test_a_person_approves_the_batch_of_20_in_airflows_page(settled: tuple[AirflowSite, Emulator]) -> None:
    site, emulator = settled
    before = accepted_creates(emulator)
    form = ask_for_approval(site)
    approve = form["options"][0]
    code = approve.removeprefix("Approve ")[:9]
    with chromium() as browser:
        visitor = Visitor(browser, site)
        visitor.log_in(APPROVER)
        page = visitor.open("/required_actions?response_received=false")
        page.get_by_role("link", name=re.compile(f"^Plan {code} ")).click()
        page.get_by_role("cell", name=LARGEST).wait_for()
        page.get_by_role("button", name=approve).click()
        site.wait(lambda: settling(site) == "success", "the approved settlement to end", seconds=PATIENCE)
        visitor.close()
    new = accepted_creates(emulator) - before
    assert len(new) == 20
    assert set(new.values()) == {1}
    records = site.api.xcom(DAG_ID, APPROVED_RUN_ID, SETTLE, "return_value")
    assert all(f"{code} approved by {APPROVER} at " in each["approval"] for each in records)
