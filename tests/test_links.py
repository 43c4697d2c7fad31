"""The link from a task to its receipt."""

from __future__ import annotations

import pytest
from airflow.models.taskinstancekey import TaskInstanceKey
from airflow.sdk import BaseOperator

from airflow_provider_paxos.get_provider_info import get_provider_info
from airflow_provider_paxos.links import PaxosReceiptLink, payment_address, run_address
from airflow_provider_paxos.operators.orchestration import CreateOrchestrationOperator
from airflow_provider_paxos.sensors.orchestration import OrchestrationSensor


def link(key: TaskInstanceKey) -> str:
    return PaxosReceiptLink().get_link(BaseOperator(task_id="any"), ti_key=key)


@pytest.mark.parametrize("operator", [CreateOrchestrationOperator, OrchestrationSensor])
def test_operators_have_it(operator: type[BaseOperator]) -> None:
    assert [(type(each), each.name) for each in operator.operator_extra_links] == [(PaxosReceiptLink, "Paxos receipt")]


def test_the_provider_names_it() -> None:
    assert get_provider_info()["extra-links"] == [f"{PaxosReceiptLink.__module__}.{PaxosReceiptLink.__name__}"]


@pytest.mark.parametrize(
    ("key", "path"),
    [
        (TaskInstanceKey("d", "t", "manual__1"), "/dags/d/runs/manual__1/tasks/t/plugin/paxos-task"),
        (
            TaskInstanceKey("d", "group.t", "scheduled__2026-11-20T03:04:05+00:00", map_index=7),
            "/dags/d/runs/scheduled__2026-11-20T03%3A04%3A05%2B00%3A00/tasks/group.t/mapped/7/plugin/paxos-task",
        ),
        (TaskInstanceKey("dä", "t", "a/b?c#d"), "/dags/d%C3%A4/runs/a%2Fb%3Fc%23d/tasks/t/plugin/paxos-task"),
    ],
)
def test_it_leads_to_the_tab_of_the_task_instance(
    key: TaskInstanceKey, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.example/data/")
    assert link(key) == f"https://airflow.example/data{path}"


def test_without_a_base_url_it_is_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "/")
    assert link(TaskInstanceKey("d", "t", "r")) == "/dags/d/runs/r/tasks/t/plugin/paxos-task"


class TestAddressesForLogs:
    """A path alone would lead nowhere there."""

    def test_a_payment_has_a_page_and_a_run_has_a_tab(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.example/data/")
        assert payment_address("a/b?c") == "https://airflow.example/data/plugin/paxos?id=a%2Fb%3Fc"
        assert (
            run_address("d", "manual__1+0") == "https://airflow.example/data/dags/d/runs/manual__1%2B0/plugin/paxos-run"
        )

    @pytest.mark.parametrize("base", ["", "/"])
    def test_there_is_none_without_a_base_url(self, base: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AIRFLOW__API__BASE_URL", base)
        assert payment_address("a") is None
        assert run_address("d", "r") is None

    def test_there_is_none_for_an_orchestration_without_an_id(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.example")
        assert payment_address(None) is None
