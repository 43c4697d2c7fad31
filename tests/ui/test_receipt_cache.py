"""From the JSON of an XCom to records: the same receipts that tasks read, kept within a bound."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_paxos import xcom
from airflow_provider_paxos.receipts import receipts_in
from airflow_provider_paxos.ui import receipt_cache
from airflow_provider_paxos.ui.query import Row
from airflow_provider_paxos.ui.receipt_cache import ReceiptCache
from tests.ui.xcoms import NOW, PAY, receipt

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["packed", "\ud800", "1e400"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
RECORDS = st.dictionaries(st.sampled_from(["id", "ref_id", "status", "memo", "packed", "\ud800"]), VALUES)


def row(value: Any, task: Any = PAY) -> Row:
    return Row(task, NOW, json.dumps(value))


def read(value: Any) -> list[str]:
    """Return the receipts of an XCom as JSON, in which NaN equals itself."""
    return [json.dumps(record.receipt) for record in ReceiptCache().records(row(value)) or ()]


@given(RECORDS | st.lists(RECORDS | VALUES, max_size=4) | VALUES)
def test_whatever_an_xcom_holds_the_receipts_are_those_that_a_task_would_read(value: Any) -> None:
    # Unlike a task, the web UI reads a text that is the JSON of a value.
    expected = [] if isinstance(value, str) else receipts_in(value)
    assert read(value) == [json.dumps(each) for each in expected]


@given(st.lists(RECORDS, min_size=1, max_size=4))
def test_so_are_those_of_the_compressed_form(records: list[dict[str, Any]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xcom, "LONGEST_LIST", 0)
        stored = xcom.packed(records)
    assert read(stored) == [json.dumps(each) for each in receipts_in(stored)]


@pytest.mark.parametrize(
    "content",
    [
        '{"id": "first", "id": "last"}',
        '{"\\u0069d": "last", "ref_id": 7}',
        '{"id": "last", "memo": NaN, "limit": 1e400}',
        '{"id": "last", "memo": "\\ud800"}',
        '{"id": null, "ref_id": "last", "metadata": {"number": 1e400}}',
    ],
)
def test_a_record_has_the_values_that_its_receipt_shows(content: str) -> None:
    (record,) = ReceiptCache().records(Row(PAY, NOW, content)) or ()
    assert (record.id or record.ref_id) == (record.receipt["id"] or record.receipt["ref_id"]) == "last"


@pytest.mark.parametrize("cells", [["id"], ["id", "ref_id", "one more"], {"id": "id"}])
def test_a_table_whose_rows_are_no_rows_holds_no_receipt(cells: Any) -> None:
    content = base64.b64encode(zlib.compress(json.dumps([cells]).encode())).decode()
    table = {"records": 1, "columns": ["id", "ref_id"], "packed": content}
    assert ReceiptCache().records(row(table)) is None


class TestTheCache:
    @pytest.fixture
    def decoded(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The XComs that were decoded, in order."""
        seen: list[str] = []
        original = receipt_cache.stored_receipts
        monkeypatch.setattr(receipt_cache, "stored_receipts", lambda content: seen.append(content) or original(content))
        return seen

    def test_an_xcom_is_decoded_once_and_anew_once_it_has_changed(self, decoded: list[str]) -> None:
        cache = ReceiptCache()
        before, after = row(receipt()), row(receipt(status="FAILED"))
        for each in (before, before, after, after):
            cache.records(each)
        assert decoded == [before.value, after.value]

    def test_the_same_value_of_another_task_is_that_tasks(self) -> None:
        cache = ReceiptCache()
        tasks = [PAY, PAY._replace(map_index=1)]
        assert [each.task for task in tasks for each in cache.records(row(receipt(), task)) or ()] == tasks

    def test_a_change_takes_the_place_of_what_it_replaces(self, decoded: list[str]) -> None:
        states = [row(receipt(status=f"STATUS_{number}")) for number in range(9)]
        other = row(receipt(), PAY._replace(map_index=1))
        cache = ReceiptCache(most=4 * (len(str(other.value)) + receipt_cache._BESIDE_JSON))
        for each in (other, *states):
            cache.records(each)
        cache.records(other)
        assert decoded.count(other.value or "") == 1

    def test_what_exceeds_the_bound_is_not_kept(self, decoded: list[str]) -> None:
        cache = ReceiptCache(most=len(str(row(receipt()).value)))
        for _ in range(2):
            assert len(cache.records(row(receipt())) or ()) == 1
        assert len(decoded) == 2
