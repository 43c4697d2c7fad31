"""The page: its list and its sums."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_provider_paxos.ui.urls import TaskKey
from tests.ui.xcoms import NOW, PAY, RUN, WAIT, XComTable, ago, attempt, receipt

Ask = Callable[..., Any]
PAYROLL = TaskKey("payroll", RUN, "pay")


def refs(answer: Any) -> list[str]:
    return [item["ref_id"] for item in answer["items"]]


@pytest.fixture
def stored(xcoms: XComTable) -> XComTable:
    """One orchestration at each group, two of them failed."""
    xcoms.add(
        PAY,
        [
            receipt(id="id-1", ref_id="settled", created_at=ago(hours=2)),
            receipt(id="id-2", ref_id="in-progress", status="PROCESSING", source_asset="USDC", created_at=ago(hours=3)),
            receipt(id="id-3", ref_id="failed", status="FAILED", fail_reason={"detail": "no"}, created_at=ago(hours=4)),
            receipt(id="id-4", ref_id="pending", status="PENDING", key="invoice-4", created_at=ago(hours=1)),
        ],
    )
    xcoms.add(PAYROLL, attempt(ref_id="Refused", source_asset="PYUSD", read_at=ago(hours=5)))
    return xcoms


def test_an_empty_database_is_an_empty_page(ask: Ask) -> None:
    answer = ask()
    assert (answer["items"], answer["total_items"], answer["totals"], answer["days"]) == ([], 0, [], [])
    assert answer["facets"] == {"dag_ids": [], "assets": [], "statuses": []}
    assert answer["notes"]["complete"] is True


def test_an_item_has_the_values_of_the_receipt(ask: Ask, xcoms: XComTable) -> None:
    xcoms.add(PAY, receipt(status="FAILED", fail_reason={"detail": "insufficient liquidity"}, adopted=False))
    (item,) = ask()["items"]
    run = "/dags/settlement/runs/scheduled__2026-11-20T03%3A04%3A05.678901%2B00%3A00"
    task = {
        "dag_id": "settlement",
        "run_id": RUN,
        "task_id": "pay",
        "map_index": -1,
        "dag_path": "/dags/settlement",
        "run_path": run,
        "task_path": f"{run}/tasks/pay/plugin/paxos-task",
        "instance_path": f"{run}/tasks/pay",
    }
    assert item == {
        "id": "11111111-0000-4000-8000-000000000001",
        "ref_id": "settle-1",
        "key": None,
        "status": "FAILED",
        "group": "needs_attention",
        "concern": "failed",
        "label": "Failed",
        "reason": "insufficient liquidity",
        "amount": "100.25",
        "source_asset": "USD",
        "destination_asset": "USDG",
        "source": "profile b04d0000-0000-4000-8000-000000000001",
        "destination": "bank account fa110000-0000-4000-8000-000000000001",
        "created_at": ago(minutes=10).replace("+00:00", "Z"),
        "updated_at": ago(minutes=5).replace("+00:00", "Z"),
        "read_at": ago(minutes=1).replace("+00:00", "Z"),
        "adopted": False,
        "creator": None,
        "acceptance": None,
        "dropped": False,
        "task": task,
        "read_by": task,
        "differing": [],
        "related": [],
        "beside": [],
        "replaces": None,
        "replaced_by": None,
        "payment_path": "/plugin/paxos?id=11111111-0000-4000-8000-000000000001",
    }


def test_what_a_task_s_own_code_has_submitted_is_shown_beside_what_an_operator_has(ask: Ask, xcoms: XComTable) -> None:
    by_hook = [receipt(id="by-hook", ref_id="settle-2"), attempt(ref_id="settle-3")]
    xcoms.add(PAY, by_hook, key="paxos_receipts")
    assert [each["ref_id"] for each in ask()["items"]] == ["settle-3", "settle-2"]
    xcoms.add(WAIT, receipt())
    assert [each["ref_id"] for each in ask()["items"]] == ["settle-3", "settle-2", "settle-1"]


def test_an_adopted_one_is_shown_with_its_creator(ask: Ask, xcoms: XComTable) -> None:
    xcoms.add(PAY, receipt(adopted=True, creator="settlement.pay scheduled__2026-11-19"))
    xcoms.add(WAIT, receipt(id="by hand", adopted=True, creator="unknown"))
    assert [item["creator"] for item in ask()["items"]] == ["settlement.pay scheduled__2026-11-19", "unknown"]


def test_another_dags_receipt_that_differs_is_shown_with_its_task(ask: Ask, xcoms: XComTable) -> None:
    xcoms.add(PAY, receipt(status="FAILED", read_at=ago(minutes=9)))
    xcoms.add(PAYROLL, receipt(source_amount="1.00"))
    (item,) = ask()["items"]
    assert (item["group"], item["concern"], item["label"]) == (
        "needs_attention",
        "differs",
        "Settled; the receipts of two Dags differ",
    )
    (other,) = item["differing"]
    assert (item["read_by"]["dag_id"], other["task"]["dag_id"]) == ("payroll", "settlement")
    assert (other["label"], other["amount"], other["differs"]) == ("Failed", "100.25", ["status", "source_amount"])


def test_what_needs_attention_comes_first_and_of_each_group_the_newest(ask: Ask, stored: XComTable) -> None:
    assert refs(ask()) == ["pending", "failed", "Refused", "in-progress", "settled"]


def test_a_page_is_a_part_of_the_list(ask: Ask, stored: XComTable) -> None:
    whole = refs(ask())
    first, second = (ask(offset=offset, limit=3) for offset in (0, 3))
    assert refs(first) + refs(second) == whole
    assert [answer["total_items"] for answer in (first, second)] == [5, 5]


@pytest.mark.parametrize("offset", [5, 6, 1000])
def test_an_offset_beyond_the_end_is_that_of_the_last_page(offset: int, ask: Ask, stored: XComTable) -> None:
    answer = ask(offset=offset, limit=3)
    assert (answer["offset"], refs(answer)) == (3, ["in-progress", "settled"])


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"group": "settled"}, ["settled"]),
        ({"group": "needs_attention"}, ["pending", "failed", "Refused"]),
        ({"status": "FAILED"}, ["failed"]),
        ({"status": "ERROR"}, ["Refused"]),
        ({"dag_id": "payroll"}, ["Refused"]),
        ({"asset": "USDC"}, ["in-progress"]),
        ({"asset": "USDG", "group": "settled"}, ["settled"]),
        ({"since": ago(hours=2)}, ["pending", "settled"]),
        ({"until": ago(hours=4)}, ["Refused"]),
        ({"since": ago(hours=3), "until": ago(hours=2)}, ["in-progress"]),
        ({"search": "id-2"}, ["in-progress"]),
        ({"search": "refus"}, ["Refused"]),
        ({"search": "INVOICE-4"}, ["pending"]),
        ({"search": "oice-4"}, ["pending"]),
        ({"search": "1000-8000"}, []),
        ({"search": "FA110000"}, ["pending", "failed", "Refused", "in-progress", "settled"]),
        ({"search": "no funds"}, ["Refused"]),
        ({"search": "payroll"}, ["Refused"]),
        ({"status": ["FAILED", "PENDING"]}, ["pending", "failed"]),
        ({"run_id": RUN, "dag_id": "payroll"}, ["Refused"]),
        ({"run_id": "another"}, []),
        ({"min_amount": "100.26"}, []),
        ({"max_amount": "100.25", "asset": "USDC"}, ["in-progress"]),
        ({"date_of": "settled", "since": ago(hours=1)}, ["failed", "settled"]),
        ({"sort": "ref_id"}, ["Refused", "failed", "pending", "in-progress", "settled"]),
        ({"sort": "-ref_id"}, ["pending", "failed", "Refused", "in-progress", "settled"]),
        ({"status": "NO_SUCH"}, []),
    ],
)
def test_filters(filters: dict[str, Any], found: list[str], ask: Ask, stored: XComTable) -> None:
    assert refs(ask(**filters)) == found


def test_a_last_day_is_shown_whole(ask: Ask, xcoms: XComTable) -> None:
    xcoms.add(PAY, receipt(created_at="2026-07-01T23:59:59Z"))
    assert len(ask(until="2026-07-01")["items"]) == 1
    assert len(ask(until="2026-06-30")["items"]) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"group": "nonsense"},
        {"since": "yesterday"},
        {"until": "9999-12-31"},
        {"search": "x" * 251},
        {"search": "a\x00b"},
        {"status": ""},
        {"zone": "Mars/Olympus"},
        {"zone": "../../etc/passwd"},
        {"period": "ever"},
        {"sort": "colour"},
        {"min_amount": "1e9"},
        {"offset": -1},
        {"limit": 0},
        {"limit": 201},
    ],
)
def test_a_parameter_that_is_not_valid_is_refused(wrong: dict[str, Any], logged_in: Any) -> None:
    response = logged_in("eve").get("/paxos/api/orchestrations", params=wrong)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/json"


def test_totals_are_exact_decimals_by_pair_and_status(ask: Ask, xcoms: XComTable) -> None:
    amounts = ["12345678901234567.89", "0.00000001", "0.10"]
    xcoms.add(PAY, [receipt(id=f"id-{amount}", source_amount=amount) for amount in amounts])
    xcoms.add(WAIT, [receipt(id="id-x", source_amount="much"), receipt(id="id-f", status="FAILED")])
    settled, failed = sorted(ask()["totals"], key=lambda total: total["status"])
    assert settled == {
        "source_asset": "USD",
        "destination_asset": "USDG",
        "status": "COMPLETED",
        "label": "Settled",
        "group": "settled",
        "concern": None,
        "count": 4,
        "amount": "12345678901234567.99000001",
        "without_amount": 1,
    }
    assert (failed["status"], failed["count"], failed["amount"]) == ("FAILED", 1, "100.25")


def test_totals_groups_and_days_are_of_what_is_filtered_and_facets_of_all(ask: Ask, stored: XComTable) -> None:
    answer = ask(dag_id="payroll")
    assert [total["status"] for total in answer["totals"]] == ["ERROR"]
    assert answer["groups"] == {"needs_attention": 1, "in_progress": 0, "repaired": 0, "settled": 0}
    assert [(day["settled"], day["failed"]) for day in answer["days"]] == [(0, 1)]
    assert answer["facets"] == {
        "dag_ids": ["payroll", "settlement"],
        "assets": ["PYUSD", "USD", "USDC", "USDG"],
        "statuses": [
            {"status": "COMPLETED", "label": "Settled"},
            {"status": "ERROR", "label": "Error"},
            {"status": "FAILED", "label": "Failed"},
            {"status": "PENDING", "label": "Awaiting approval"},
            {"status": "PROCESSING", "label": "In progress"},
        ],
    }


def test_each_day_counts_what_settled_and_what_failed(ask: Ask, xcoms: XComTable) -> None:
    ends = [("2026-07-01T23:30:00Z", "COMPLETED"), ("2026-07-02T00:30:00+01:00", "FAILED"), ("2026-07-03", "REJECTED")]
    xcoms.add(PAY, [receipt(id=f"id-{at}", updated_at=at, status=status) for at, status in ends])
    usd = {"asset": "USD", "settled": "0", "in_progress": "0", "failed": "0"}
    assert ask()["days"] == [
        {
            "day": "2026-07-01",
            "settled": 1,
            "in_progress": 0,
            "failed": 1,
            "amounts": [{**usd, "settled": "100.25", "failed": "100.25"}],
        },
        {"day": "2026-07-02", "settled": 0, "in_progress": 0, "failed": 0, "amounts": []},
        {"day": "2026-07-03", "settled": 0, "in_progress": 0, "failed": 1, "amounts": [{**usd, "failed": "100.25"}]},
    ]


def test_days_are_those_of_the_zone_that_is_asked_for(ask: Ask, xcoms: XComTable) -> None:
    xcoms.add(PAY, receipt(created_at="2026-07-01T20:00:00Z", updated_at="2026-07-01T20:00:00Z"))
    assert [day["day"] for day in ask()["days"]] == ["2026-07-01"]
    assert [day["day"] for day in ask(zone="Asia/Tokyo")["days"]] == ["2026-07-02"]
    assert len(ask(zone="Asia/Tokyo", since="2026-07-02", until="2026-07-02")["items"]) == 1
    assert len(ask(zone="Asia/Tokyo", until="2026-07-01")["items"]) == 0


@pytest.mark.parametrize(
    ("period", "days"),
    [
        ("today", [0]),
        ("yesterday", [1]),
        ("this_week", [0, 1, 2]),
        ("last_7_days", [0, 1, 2, 6]),
        ("this_month", [0, 1, 2, 6, 7]),
    ],
)
def test_a_period_is_of_days_in_the_zone(
    period: str, days: list[int], ask: Ask, xcoms: XComTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In Tokyo it is Wednesday already, the 15th of July.
    now = datetime(2026, 7, 14, 22, 0, tzinfo=UTC)
    monkeypatch.setattr("airflow_provider_paxos.ui.routes.current_time", lambda: now)
    created = {day: (now - timedelta(days=day)).isoformat() for day in (0, 1, 2, 6, 7, 30)}
    xcoms.add(PAY, [receipt(id=f"{day}", ref_id=f"{day}", created_at=at) for day, at in created.items()])
    assert sorted(int(ref) for ref in refs(ask(period=period, zone="Asia/Tokyo"))) == days


def test_a_profile_has_what_left_it_and_what_reached_it(ask: Ask, xcoms: XComTable) -> None:
    def between(source: str, destination: str) -> dict[str, Any]:
        return {
            "source": {"profile": {"profile_id": source}},
            "destination": {"profile": {"profile_id": destination}},
            "destination_asset": "USD",
        }

    xcoms.add(
        PAY,
        [
            receipt(id="1", **between("a", "b"), source_amount="0.10"),
            receipt(id="2", **between("b", "a"), source_amount="0.20"),
            receipt(id="3", **between("a", "b"), source_amount="5", status="FAILED"),
        ],
    )
    assert ask()["profiles"] == [
        {"profile": "a", "name": None, "asset": "USD", "out": "0.10", "into": "0.20"},
        {"profile": "b", "name": None, "asset": "USD", "out": "0.20", "into": "0.10"},
    ]


def test_the_groups_keep_their_numbers_when_one_of_them_is_chosen(ask: Ask, stored: XComTable) -> None:
    chosen = ask(group="settled")
    assert (chosen["groups"], chosen["total_items"]) == (ask()["groups"], 1)


class TestUnchanged:
    """An answer that the browser has already costs no bytes."""

    def asked_again(self, client: Any, path: str = "orchestrations") -> int:
        tag = client.get(f"/paxos/api/{path}").headers["etag"]
        return int(client.get(f"/paxos/api/{path}", headers={"If-None-Match": tag}).status_code)

    @pytest.fixture(autouse=True)
    def at_one_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("airflow_provider_paxos.ui.routes.current_time", lambda: NOW)

    def test_it_is_answered_with_304(self, logged_in: Any, stored: XComTable) -> None:
        assert self.asked_again(logged_in("eve")) == 304

    @pytest.mark.parametrize("change", ["written", "deleted", "written again", "noted"])
    def test_a_change_is_answered_in_full(self, change: str, logged_in: Any, stored: XComTable) -> None:
        client = logged_in("eve")
        tag = client.get("/paxos/api/orchestrations").headers["etag"]
        if change in ("deleted", "written again"):
            stored.clear()
        if change == "written":
            stored.add(WAIT, receipt(id="later"))
        if change == "written again":
            stored.add(PAY, receipt(id="id-1"), written=NOW + timedelta(seconds=1))
        if change == "noted":
            stored.note(PAY, task_note="Called the bank.", run_note="Handed over.")
        answer = client.get("/paxos/api/orchestrations", headers={"If-None-Match": tag})
        assert answer.status_code == 200

    def test_another_user_has_another_answer(self, logged_in: Any, stored: XComTable) -> None:
        tag = logged_in("eve").get("/paxos/api/orchestrations").headers["etag"]
        answer = logged_in("ann").get("/paxos/api/orchestrations", headers={"If-None-Match": tag})
        assert answer.status_code == 200


def test_the_days_end_with_the_last_one_and_are_a_quarter_at_most(ask: Ask, xcoms: XComTable) -> None:
    ends = ["2020-01-01T00:00:00Z", "2026-07-03T00:00:00Z"]
    xcoms.add(PAY, [receipt(id=f"id-{at}", updated_at=at) for at in ends])
    days = ask()["days"]
    assert (len(days), days[-1]["day"]) == (92, "2026-07-03")


def test_other_tasks_that_touched_it_are_related(ask: Ask, xcoms: XComTable) -> None:
    xcoms.add(PAY, receipt(status="PROCESSING", read_at=ago(minutes=9)))
    xcoms.add(WAIT, receipt())
    (item,) = ask()["items"]
    assert (item["task"]["task_id"], [task["task_id"] for task in item["related"]]) == ("wait", ["pay"])


def test_related_tasks_are_bounded(ask: Ask, xcoms: XComTable) -> None:
    xcoms.add_all((PAY._replace(map_index=number), receipt()) for number in range(30))
    (item,) = ask()["items"]
    assert len(item["related"]) == 20


def test_the_newest_xcoms_are_xcoms_read_and_the_answer_says_so(
    ask: Ask, xcoms: XComTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("airflow_provider_paxos.ui.query.MOST_ROWS", 1)
    monkeypatch.setattr("airflow_provider_paxos.ui.merge.MOST_ROWS", 1)
    xcoms.add(PAY, receipt(id="older", ref_id="older"), written=NOW.replace(year=2025))
    xcoms.add(WAIT, receipt(id="newer", ref_id="newer"))
    answer = ask()
    assert (refs(answer), answer["notes"]["complete"], answer["notes"]["xcoms_read"]) == (["newer"], False, 1)
