"""Data that no task of this package leaves, and hostile data: neither breaks a page, nor becomes more than data."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest

from airflow_provider_paxos.ui.receipt_cache import ReceiptCache
from airflow_provider_paxos.xcom import packed
from tests.ui.per_dag import EVE
from tests.ui.xcoms import PAY, RUN, WAIT, XComTable, receipt

Ask = Callable[..., Any]
ROUTES = ("orchestrations", f"dags/settlement/runs/{quote(RUN)}", f"dags/settlement/runs/{quote(RUN)}/tasks/pay")
SCRIPT = "<script>alert('paid')</script><img src=x onerror=alert(1)>\"'&"

FIELDS = tuple(receipt(fail_reason={}, metadata={}, source_transfer={}, adopted=None, key="", error=""))
DEEP: Any = {}
for _ in range(150):
    DEEP = {"deeper": DEEP}


def nested(value: Any) -> Iterator[str]:
    """Return all texts in an answer."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from nested(each)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize(
    "odd",
    [None, 7, -1.5, True, "", "text", [], {}, ["list"], {"deeper": {"deepest": 1}}, DEEP, "\ud800", "9" * 5000],
    ids=lambda odd: str(odd)[:30].encode("ascii", "replace").decode(),
)
@pytest.mark.parametrize("field", FIELDS)
def test_a_field_of_any_kind_breaks_no_page(field: str, odd: Any, xcoms: XComTable, ask: Ask) -> None:
    xcoms.add(PAY, [receipt(**{field: odd}), receipt(id="sound", ref_id="sound")])
    for route in ROUTES:
        assert "sound" in {item["id"] for item in ask(route)["items"]}


@pytest.mark.parametrize("route", ROUTES)
def test_missing_fields_break_no_page(route: str, xcoms: XComTable, ask: Ask) -> None:
    xcoms.add(PAY, [{"id": "bare"}, {"ref_id": "bare"}])
    assert ask(route)["total_items"] == 2


@pytest.mark.parametrize(
    "value",
    [
        None,
        "s3://bucket/xcom/orchestration.json",
        "null",
        {"path": "s3://bucket/xcom/orchestration.json"},
        {"__classname__": "custom.Reference", "__version__": 1, "__data__": {"id": 7}},
        {"packed": "nonsense", "columns": ["id"]},
        {"packed": "nonsense"},
        {**packed([receipt()] * 501), "columns": [[], {}, None]},
        {**packed([receipt()] * 501), "columns": [[]] * len(packed([receipt()] * 501)["columns"])},
        {**packed([receipt()] * 501), "records": 500},
        {**packed([receipt()] * 501), "records": 10**9},
        7,
        ["id"],
        "[" * 100_000,
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_xcom_that_holds_no_receipt_is_counted_and_breaks_no_page(value: Any, xcoms: XComTable, ask: Ask) -> None:
    xcoms.add(PAY, value)
    xcoms.add(WAIT, receipt())
    answer = ask()
    assert (answer["notes"]["unreadable"], answer["total_items"]) == (1, 1)


@pytest.mark.parametrize("name", ["created_at", "updated_at", "read_at"])
@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_at_the_edge_of_the_calendar_breaks_no_page(name: str, time: str, xcoms: XComTable, ask: Ask) -> None:
    xcoms.add(PAY, receipt(**{name: time}))
    for route in ROUTES:
        assert ask(route)["total_items"] == 1
    assert ask()["days"][-1]["day"] > "2026"


@pytest.mark.parametrize(
    ("bound", "value"),
    [
        ("xcom.MOST_RECORDS", packed([receipt()] * 501)),
        ("xcom.MOST_RECORDS", [receipt()] * 101),
        ("xcom._MOST_VALUES", [receipt()] * 101),
        ("xcom._MOST_VALUES", packed([receipt()] * 501)),
        ("ui.receipt_cache._LONGEST", [receipt()] * 101),
    ],
)
def test_an_xcom_beyond_a_bound_counts_as_unreadable(
    bound: str, value: Any, xcoms: XComTable, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"airflow_provider_paxos.{bound}", 100)
    monkeypatch.setattr("airflow_provider_paxos.ui.routes._receipts", ReceiptCache())
    xcoms.add(PAY, value)
    xcoms.add(WAIT, {"id": "sound"})
    answer = ask()
    assert (answer["notes"]["unreadable"], answer["total_items"]) == (1, 1)


@pytest.mark.parametrize("value", [receipt(), [receipt()], packed([receipt()] * 501)], ids=["one", "list", "packed"])
def test_a_receipt_that_another_writer_left_as_a_json_text_is_read(value: Any, xcoms: XComTable, ask: Ask) -> None:
    xcoms.add(PAY, json.dumps(value))
    assert (ask()["total_items"], ask()["notes"]["unreadable"]) == (1, 0)


def test_a_reference_of_a_custom_backend_is_never_followed(
    xcoms: XComTable, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.models.xcom import XComModel  # noqa: PLC0415

    def followed(*_: Any, **__: Any) -> Any:
        raise AssertionError("the value was deserialized")

    monkeypatch.setattr(XComModel, "deserialize_value", followed)
    xcoms.add(PAY, {"__classname__": "builtins.eval", "__version__": 1, "__data__": "1/0"})
    assert ask()["notes"]["unreadable"] == 1


@pytest.mark.parametrize("field", ["id", "ref_id", "status", "error", "source_asset"])
def test_a_huge_text_is_cut(field: str, xcoms: XComTable, ask: Ask) -> None:
    xcoms.add(PAY, receipt(**{field: "x" * 100_000}))
    assert max(len(text) for text in nested(ask(ROUTES[2]))) <= 1001 + len("/plugin/paxos?ref_id=%E2%80%A6")


@pytest.mark.parametrize("route", [*ROUTES, "orchestrations.csv"])
def test_planted_html_and_script_stay_data(route: str, xcoms: XComTable, logged_in: Callable[[str], Any]) -> None:
    def planted(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: planted(each) for name, each in value.items()}
        return SCRIPT

    odd = receipt(fail_reason={"detail": ""}, metadata={SCRIPT: ""}, source_transfer={"status": "", "transfer_id": ""})
    xcoms.add(PAY, [planted({**odd, "key": "", "error": ""})])
    response = logged_in(EVE).get(f"/paxos/api/{route}")
    assert response.status_code == 200
    assert response.headers["content-type"] in ("application/json", "text/csv; charset=utf-8")
    assert response.headers["x-content-type-options"] == "nosniff"
    if route.endswith(".csv"):
        (row,) = csv.DictReader(io.StringIO(response.text))
        ref_id = row["ref_id"]
    else:
        ref_id = response.json()["items"][0]["ref_id"]
    assert ref_id == SCRIPT


@pytest.mark.parametrize(
    "path",
    [
        "dags/%3Cscript%3E/runs/r",
        "dags/a%00b/runs/r",
        f"dags/{'d' * 251}/runs/r",
        "dags/d/runs/%3Cscript%3E",
        f"dags/d/runs/{'r' * 251}",
        "dags/d/runs/r/tasks/%22onload",
        "dags/d/runs/r/tasks/t?map_index=-2",
        "dags/d/runs/r/tasks/t?map_index=1e3",
    ],
)
def test_an_id_that_cannot_be_one_is_refused(path: str, logged_in: Callable[[str], Any]) -> None:
    response = logged_in(EVE).get(f"/paxos/api/{path}")
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/json"
