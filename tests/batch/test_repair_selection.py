"""What a repair is asked for: records, receipts or ref_ids, and what is to change."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_paxos.api.errors import InvalidRequest
from airflow_provider_paxos.batch.repair_selection import Selected, changes_of, selection
from airflow_provider_paxos.xcom import packed

RECORDS = [{"key": "7", "ref_id": "settle-7", "status": "FAILED"}, {"key": "8", "ref_id": "settle-8", "id": "o-8"}]
BOTH = [Selected("7", "settle-7", named=False), Selected("8", "settle-8", named=False)]
CHANGE = {"source_amount": "7.00"}


@pytest.mark.parametrize("records", [RECORDS, json.dumps(RECORDS), [*RECORDS, RECORDS[0]]])
def test_records_select_all_their_payments_once(records: Any) -> None:
    assert selection(records) == BOTH


def test_packed_records_do_so_too() -> None:
    many = [{"key": str(number), "ref_id": f"settle-{number}"} for number in range(501)]
    assert [each.ref_id for each in selection(packed(many))] == [each["ref_id"] for each in many]
    assert len(selection(json.dumps(packed(many)))) == 501


def test_the_receipt_of_one_task_selects_its_payment() -> None:
    assert selection({"id": "o-1", "ref_id": "settle-1"}) == [Selected("settle-1", "settle-1", named=False)]


@pytest.mark.parametrize("keys", [["8"], '["8"]', ["8", "8"]])
def test_keys_name_some_of_the_records(keys: Any) -> None:
    assert selection(RECORDS, keys=keys) == [Selected("8", "settle-8", named=True)]


@pytest.mark.parametrize("keys", [[], "[]", ()])
def test_an_empty_list_of_keys_names_none_of_the_records(keys: Any) -> None:
    assert selection(RECORDS, keys=keys) == []


@pytest.mark.parametrize("keys", [None, "null"])
def test_without_keys_all_of_the_records_are_meant(keys: Any) -> None:
    assert selection(RECORDS, keys=keys) == BOTH


@pytest.mark.parametrize("ref_ids", [["a", "b"], '["a", "b"]', ("a", "b", "a")])
def test_ref_ids_name_payments(ref_ids: Any) -> None:
    assert selection("null", ref_ids, "[]") == [Selected("a", "a", named=True), Selected("b", "b", named=True)]


def test_no_records_are_no_payments() -> None:
    assert selection([]) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "neither is: a task that left no such XCom has none"),
        ({"records": None, "ref_ids": []}, "neither is: a task that left no such XCom has none"),
        ({"records": RECORDS, "ref_ids": ["a"]}, "both are"),
        ({"ref_ids": ["a"], "keys": ["a"]}, "keys select from records"),
        ({"ref_ids": "a"}, "ref_ids is a string, but not valid JSON"),
        ({"ref_ids": '"a"'}, "ref_ids: a list of texts"),
        ({"ref_ids": {"a": 1}}, "ref_ids: a list of texts"),
        ({"ref_ids": [""]}, "ref_ids: a list of texts"),
        ({"ref_ids": 7}, "ref_ids: a list of texts"),
        ({"records": RECORDS, "keys": [7]}, "keys: a list of texts"),
        ({"records": RECORDS, "keys": ["9"]}, "keys: the records hold none of 9"),
        ({"records": "settle-7"}, "records is a string, but not valid JSON"),
        ({"records": 7}, "records: it is of the type int"),
        ({"records": ["settle-7"]}, "records: it is of the type list"),
        ({"records": [{"key": "7"}]}, "one of them has no ref_id"),
        ({"records": [{"key": 7, "ref_id": "settle-7"}]}, "a key that is no text"),
    ],
)
def test_anything_else_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        selection(**arguments)


@pytest.mark.parametrize("name", ["7", "settle-7"])
def test_a_change_names_a_payment_by_key_or_ref_id(name: str) -> None:
    assert changes_of({name: CHANGE}, BOTH) == {BOTH[0]: CHANGE}
    assert changes_of(json.dumps({name: CHANGE}), BOTH) == {BOTH[0]: CHANGE}


@pytest.mark.parametrize("nothing", [None, {}, "null", "{}"])
def test_no_change_is_none(nothing: Any) -> None:
    assert changes_of(nothing, BOTH) == {}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"9": CHANGE}, "none of the payments to repair has it"),
        ({"7": CHANGE, "settle-7": CHANGE}, "several of the payments have it"),
        ({"7": {}}, "a mapping of destination, duplicate_of_ok, source_amount is expected"),
        ({"7": {"source": {}}}, "Everything else stays as it is"),
        ({"7": "7.00"}, "a mapping of"),
        (["7"], "a mapping by key or ref_id is expected"),
        ("7", "a mapping by key or ref_id is expected"),
    ],
)
def test_another_change_is_refused(changes: Any, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        changes_of(changes, BOTH)


def test_a_name_that_two_payments_have_is_refused() -> None:
    alike = [Selected("7", "a", named=False), Selected("b", "7", named=False)]
    with pytest.raises(InvalidRequest, match="several of the payments have it"):
        changes_of({"7": CHANGE}, alike)
