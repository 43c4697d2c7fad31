"""Permissions: what a user sees, and is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from airflow_provider_paxos.ui.urls import TaskKey
from tests.ui.per_dag import ANN, BEN, EVE
from tests.ui.xcoms import PAY, RUN, XComTable, receipt

if TYPE_CHECKING:
    from starlette.testclient import TestClient

PAYROLL = TaskKey("payroll", RUN, "pay")
SHARED = "22222222-0000-4000-8000-000000000002"
ROUTES = (
    "orchestrations",
    "orchestrations.csv",
    f"dags/settlement/runs/{quote(RUN)}",
    f"dags/settlement/runs/{quote(RUN)}/tasks/pay",
    f"payment?id={SHARED}",
)


@pytest.fixture
def stored(xcoms: XComTable) -> XComTable:
    """One orchestration of each Dag, and one that both Dags have touched."""
    xcoms.add(PAY, [receipt(id="settlement-1", source_asset="PYUSD"), receipt(id=SHARED, ref_id="shared")])
    xcoms.add(PAYROLL, [receipt(id="payroll-1", source_asset="USDC"), receipt(id=SHARED, ref_id="shared")])
    return xcoms


@pytest.mark.parametrize("route", ROUTES)
def test_nobody_sees_anything_without_being_logged_in(route: str, anonymous: TestClient, stored: XComTable) -> None:
    response = anonymous.get(f"/paxos/api/{route}")
    assert response.status_code == 401
    assert "settle" not in response.text


@pytest.mark.parametrize("route", ROUTES)
def test_a_token_that_is_none_is_refused(route: str, anonymous: TestClient, stored: XComTable) -> None:
    response = anonymous.get(f"/paxos/api/{route}", headers={"Authorization": "Bearer nonsense"})
    assert response.status_code in (401, 403)


@pytest.mark.parametrize(
    ("user", "ids"),
    [
        (ANN, {"settlement-1", SHARED}),
        (BEN, {"payroll-1", SHARED}),
        (EVE, {"settlement-1", "payroll-1", SHARED}),
    ],
)
def test_the_list_holds_the_dags_whose_xcoms_the_user_may_read(
    user: str, ids: set[str], logged_in: Callable[[str], TestClient], stored: XComTable
) -> None:
    answer = logged_in(user).get("/paxos/api/orchestrations").json()
    assert {item["id"] for item in answer["items"]} == ids
    assert answer["total_items"] == len(ids)


@pytest.mark.parametrize(("user", "foreign"), [(ANN, ("payroll", "USDC")), (BEN, ("settlement", "PYUSD"))])
def test_nothing_else_in_the_answer_is_of_another_dag(
    user: str, foreign: tuple[str, ...], logged_in: Callable[[str], TestClient], stored: XComTable
) -> None:
    client = logged_in(user)
    for route in ("orchestrations", "orchestrations.csv"):
        text = client.get(f"/paxos/api/{route}").text
        assert [word for word in foreign if word in text] == []


def test_a_filter_by_another_dag_finds_nothing(logged_in: Callable[[str], TestClient], stored: XComTable) -> None:
    answer = logged_in(BEN).get("/paxos/api/orchestrations", params={"dag_id": "settlement"}).json()
    assert (answer["items"], answer["totals"], answer["days"]) == ([], [], [])


def test_a_search_for_another_dags_id_finds_nothing(logged_in: Callable[[str], TestClient], stored: XComTable) -> None:
    answer = logged_in(BEN).get("/paxos/api/orchestrations", params={"search": "settlement-1"}).json()
    assert answer["items"] == []


@pytest.mark.parametrize("route", ROUTES[2:4])
def test_whoever_may_not_read_a_dags_xcoms_is_refused_its_runs_and_tasks(
    route: str, logged_in: Callable[[str], TestClient], stored: XComTable
) -> None:
    assert logged_in(ANN).get(f"/paxos/api/{route}").status_code == 200
    assert logged_in(BEN).get(f"/paxos/api/{route}").status_code == 403


def test_a_parameter_cannot_ask_for_the_rights_of_another_dag(
    logged_in: Callable[[str], TestClient], stored: XComTable
) -> None:
    response = logged_in(BEN).get(f"/paxos/api/{ROUTES[2]}", params={"dag_id": "payroll"})
    assert response.status_code == 403


def test_all_dags_at_once_is_no_dag(logged_in: Callable[[str], TestClient], stored: XComTable) -> None:
    assert logged_in(BEN).get(f"/paxos/api/dags/~/runs/{quote(RUN)}").status_code == 422


def test_a_task_has_related_tasks_of_readable_dags_alone(
    logged_in: Callable[[str], TestClient], stored: XComTable
) -> None:
    def related(user: str) -> list[str]:
        answer = logged_in(user).get(f"/paxos/api/{ROUTES[3]}").json()
        shared = next(item for item in answer["items"] if item["id"] == SHARED)
        return [task["dag_id"] for task in shared["related"]]

    assert related(ANN) == []
    assert related(EVE) == ["payroll"]


def test_another_dags_differing_receipt_is_shown_to_those_who_may_read_both(
    logged_in: Callable[[str], TestClient], xcoms: XComTable
) -> None:
    xcoms.add(PAY, receipt(id=SHARED, status="PROCESSING"))
    xcoms.add(PAYROLL, receipt(id=SHARED, source_amount="1"))

    def shown(user: str) -> tuple[str, str, list[str]]:
        (item,) = logged_in(user).get(f"/paxos/api/{ROUTES[3]}").json()["items"]
        return item["status"], item["read_by"]["dag_id"], [other["task"]["dag_id"] for other in item["differing"]]

    assert shown(ANN) == ("PROCESSING", "settlement", [])
    assert shown(EVE) == ("COMPLETED", "payroll", ["settlement"])


def test_a_payment_has_the_history_of_readable_dags_alone(
    logged_in: Callable[[str], TestClient], stored: XComTable
) -> None:
    def history(user: str) -> set[str]:
        (item,) = logged_in(user).get(f"/paxos/api/payment?id={SHARED}").json()["items"]
        return {event["task"]["dag_id"] for event in item["history"]}

    assert (history(ANN), history(BEN), history(EVE)) == ({"settlement"}, {"payroll"}, {"settlement", "payroll"})
    assert logged_in(BEN).get("/paxos/api/payment?id=settlement-1").json()["items"] == []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("route", ROUTES)
def test_nothing_can_be_changed(
    method: str, route: str, logged_in: Callable[[str], TestClient], stored: XComTable
) -> None:
    assert logged_in(EVE).request(method, f"/paxos/api/{route}").status_code == 405
