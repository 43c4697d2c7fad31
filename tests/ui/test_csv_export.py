"""The list as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_paxos.ui import csv_export
from tests.ui.per_dag import EVE
from tests.ui.xcoms import PAY, RUN, XComTable, receipt

END = ("source", "destination")


@pytest.fixture
def table(logged_in: Callable[[str], Any]) -> Callable[..., list[dict[str, str]]]:
    def rows(**filters: str) -> list[dict[str, str]]:
        response = logged_in(EVE).get("/paxos/api/orchestrations.csv", params=filters)
        assert response.status_code == 200
        assert response.headers["content-disposition"] == 'attachment; filename="paxos-orchestrations.csv"'
        return list(csv.DictReader(io.StringIO(response.text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"))))

    return rows


def test_it_holds_all_that_is_filtered_in_the_lists_order(xcoms: XComTable, table: Any) -> None:
    statuses = ["COMPLETED"] * 300 + ["FAILED"]
    xcoms.add(PAY, [receipt(id=f"id-{index}", status=status) for index, status in enumerate(statuses)])
    assert [row["status"] for row in table()] == ["FAILED", *["COMPLETED"] * 300]
    assert [row["id"] for row in table(status="FAILED")] == ["id-300"]


def test_a_row_is_a_receipt(xcoms: XComTable, table: Any) -> None:
    xcoms.add(PAY._replace(map_index=3), receipt(adopted=True, key='a "quoted", key'))
    (row,) = table()
    assert row["amount"] == "100.25"
    assert row["key"] == 'a "quoted", key'
    assert (row["dag_id"], row["run_id"], row["task_id"], row["map_index"]) == ("settlement", RUN, "pay", "3")
    assert (row["label"], row["adopted"], row["reason"]) == ("Settled", "yes", "")


def test_a_row_has_memo_metadata_and_both_transfers(xcoms: XComTable, table: Any) -> None:
    destination = {"fiat": {"bank_account_id": "acc", "memo": "Invoice 7"}}
    transfers = {f"{end}_transfer": {"transfer_id": f"t-{end}", "status": "COMPLETED"} for end in END}
    xcoms.add(PAY, receipt(destination=destination, metadata={"invoice": "7"}, **transfers))
    (row,) = table()
    assert (row["memo"], row["metadata"]) == ("Invoice 7", '{"invoice": "7"}')
    assert [row[f"{end}_transfer_id"] for end in END] == ["t-source", "t-destination"]
    assert [row[f"{end}_transfer_status"] for end in END] == ["COMPLETED", "COMPLETED"]


@pytest.mark.parametrize(
    ("end", "shown"),
    [
        ({"fiat": {"bank_account_id": "acc", "memo": "m"}}, ("bank account acc", "m")),
        ({"fiat": {"bank_account_id": "acc", "memo": "m", "more": {"a": [1]}}}, ("bank account acc", "m")),
        ({"fiat": 1}, ("", "")),
        (7, ("", "")),
    ],
)
def test_payments_to_one_place_have_it_each(end: Any, shown: tuple[str, str], xcoms: XComTable, table: Any) -> None:
    xcoms.add(PAY, [receipt(id=f"id-{number}", destination=end) for number in range(2)])
    assert [(row["destination"], row["memo"]) for row in table()] == [shown] * 2


def test_profiles_and_accounts_have_their_names(
    xcoms: XComTable, table: Any, define_names: Callable[[Any], None]
) -> None:
    define_names({"fa110000-0000-4000-8000-000000000001": "=Müller & Co"})
    xcoms.add(PAY, receipt())
    (row,) = table()
    assert (row["source_name"], row["destination_name"]) == ("", "'=Müller & Co")
    assert row["destination"] == "bank account fa110000-0000-4000-8000-000000000001"


def test_times_are_of_the_zone_that_is_asked_for(xcoms: XComTable, table: Any) -> None:
    xcoms.add(PAY, receipt(created_at="2026-07-01T20:00:00Z", updated_at="2026-07-01T20:00:05Z"))
    (row,) = table(zone="Asia/Tokyo")
    assert (row["created_at"], row["settled_at"]) == ("2026-07-02T05:00:00+09:00", "2026-07-02T05:00:05+09:00")


def test_what_is_not_settled_has_no_settled_time(xcoms: XComTable, table: Any) -> None:
    xcoms.add(PAY, receipt(status="PROCESSING"))
    assert table()[0]["settled_at"] == ""


def test_an_unmapped_task_has_no_map_index(xcoms: XComTable, table: Any) -> None:
    xcoms.add(PAY, receipt())
    assert table()[0]["map_index"] == ""


FULL_WIDTH = ("\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The signs of formulas as East Asian spreadsheets take them, too."""


@pytest.mark.parametrize(
    "formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", *(f"{sign}1" for sign in FULL_WIDTH)]
)
def test_no_cell_is_a_formula(formula: str, xcoms: XComTable, table: Any) -> None:
    xcoms.add(PAY, receipt(id=formula, ref_id=formula, error=formula, source_asset=formula, source_amount=formula))
    (row,) = table()
    assert {row[name] for name in ("id", "ref_id", "reason", "source_asset", "amount")} == {f"'{formula}"}


@given(st.lists(st.none() | st.text(st.sampled_from("ab ,;\"'\r\n\t\0ä\u2028"), max_size=5), min_size=2, max_size=5))
def test_cells_are_quoted_as_rfc_4180_has_it(cells: list[str | None]) -> None:
    # A letter before it, so that none begins like a formula.
    plain = [cell and f"a{cell}" for cell in cells]
    expected = io.StringIO(newline="")
    csv.writer(expected).writerow(plain)
    assert csv_export._line(plain) == expected.getvalue()


def test_an_empty_list_is_a_header(xcoms: XComTable, table: Any, logged_in: Callable[[str], Any]) -> None:
    text = logged_in(EVE).get("/paxos/api/orchestrations.csv").text
    assert text.startswith("\N{ZERO WIDTH NO-BREAK SPACE}group,status,label,reason,id,ref_id,key,amount")
    assert len(text.splitlines()) == 1
