"""Many records in one XCom."""

from __future__ import annotations

import base64
import json
import random
import weakref
import zlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_paxos.xcom import LONGEST_LIST, NotCompact, packed, unpacked


def payments(count: int) -> list[dict[str, object]]:
    return [{"key": f"payment-{number}", "status": "COMPLETED", "reason": None} for number in range(count)]


def test_a_short_list_stays_as_it_is() -> None:
    assert packed(payments(LONGEST_LIST)) == payments(LONGEST_LIST)


def test_a_longer_one_is_compressed_and_comes_back_without_its_nulls() -> None:
    stored = json.loads(json.dumps(packed(payments(LONGEST_LIST + 1))))

    assert stored["records"] == LONGEST_LIST + 1
    assert stored["columns"] == ["key", "status", "reason"]
    assert unpacked(stored) == [
        {"key": payment["key"], "status": "COMPLETED"} for payment in payments(LONGEST_LIST + 1)
    ]


def test_records_may_have_different_fields() -> None:
    records = [*payments(LONGEST_LIST), {"key": "last", "error": "refused"}]

    assert unpacked(packed(records))[-1] == {"key": "last", "error": "refused"}


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["key", "id", "error", "reason"]), st.text() | st.integers() | st.none()),
        max_size=8,
    )
)
def test_what_is_compressed_comes_back_whatever_fields_each_record_has(records: list[dict[str, Any]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("airflow_provider_paxos.xcom.LONGEST_LIST", 0)
        stored = packed(records)

    assert unpacked(json.loads(json.dumps(stored))) == [
        {name: value for name, value in record.items() if value is not None} for record in records
    ]


def test_records_beyond_the_first_are_not_held_at_the_same_time() -> None:
    class Record(dict[str, Any]):
        pass

    held: weakref.WeakValueDictionary[int, Record] = weakref.WeakValueDictionary()
    most = 0

    def made() -> Iterator[Record]:
        nonlocal most
        for number, payment in enumerate(payments(3 * LONGEST_LIST)):
            held[number] = record = Record(payment)
            most = max(most, len(held))
            yield record

    packed(made())

    assert most <= 2


def test_the_records_of_ten_thousand_payments_take_0_6_mb_which_is_less_than_half_of_the_list() -> None:
    chance = random.Random(7)
    records = [
        {"key": f"invoice-{number}", "ref_id": any_uuid(chance), "id": any_uuid(chance), "status": "COMPLETED"}
        for number in range(10_000)
    ]

    stored = len(json.dumps(packed(records)))

    # docs/guides/batches.md says so.
    assert stored == pytest.approx(0.6e6, rel=0.1)
    assert stored < len(json.dumps(records)) / 2


def any_uuid(chance: random.Random) -> str:
    """Return a UUID, which is hard to compress: ids and derived ref_ids are such."""
    return str(UUID(int=chance.getrandbits(128), version=4))


def table(content: bytes, columns: object = ("key",), records: object = 1) -> dict[str, object]:
    columns = list(columns) if isinstance(columns, tuple) else columns
    return {"records": records, "columns": columns, "packed": content.decode()}


def rows(text: str) -> bytes:
    return base64.b64encode(zlib.compress(text.encode()))


@pytest.mark.parametrize(
    "value",
    [
        None,
        "text",
        7,
        {},
        ["not a record"],
        {"columns": ["key"]},
        table(rows("[[1]]"), columns="key"),
        table(b"not base64!"),
        table(base64.b64encode(b"not compressed")),
        table(rows("not JSON")),
        table(rows('{"key": 1}')),
        table(rows("[[1, 2]]")),
        table(rows("[7]")),
        table(rows("[[1]]"), columns=([],)),
        table(rows("[[1]]"), columns=({},)),
        table(rows("[[1, 2]]"), columns=("key", "key")),
        table(rows("[[1]]"), records=2),
        table(rows("[[1]]"), records=0),
        table(rows("[[1]]"), records=-1),
        table(rows("[[1]]"), records="1"),
        table(rows("[[1]]"), records=True),
        table(rows("[[1]]"), records=None),
        table(base64.b64encode(zlib.compress(b"[[1]]")[:-4])),
    ],
)
def test_what_is_of_neither_form_is_refused(value: object) -> None:
    with pytest.raises(NotCompact):
        unpacked(value)


def test_what_would_fill_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airflow_provider_paxos.xcom._LARGEST", 1000)

    with pytest.raises(NotCompact):
        unpacked(packed(payments(LONGEST_LIST + 1)))


@pytest.mark.parametrize(
    ("bound", "value"),
    [
        ("MOST_RECORDS", table(rows("[" + ",".join(["[1]"] * 21) + "]"), records=21)),
        ("MOST_RECORDS", [{"key": "1"}] * 21),
        ("_MOST_VALUES", table(rows("[[[" + ",".join(["[]"] * 22) + "]]]"))),
        ("_MOST_COLUMNS", table(rows(json.dumps([[1] * 21])), columns=tuple("abcdefghijklmnopqrstu"))),
        ("_LARGEST_RECORD", table(rows(json.dumps([["x" * 100]])))),
    ],
)
def test_what_claims_little_and_holds_much_is_refused_before_anything_is_built(
    bound: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked(value)
    monkeypatch.setattr(f"airflow_provider_paxos.xcom.{bound}", 20)

    with pytest.raises(NotCompact):
        unpacked(value)


def test_rows_that_exceed_the_stated_number_are_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    class Counting(json.JSONDecoder):
        decoded = 0

        def raw_decode(self, s: str, idx: int = 0) -> tuple[Any, int]:
            self.decoded += 1
            return super().raw_decode(s, idx)

    decoder = Counting()
    monkeypatch.setattr("airflow_provider_paxos.xcom._DECODER", decoder)

    with pytest.raises(NotCompact):
        unpacked(table(rows("[" + ",".join(["[1]"] * 5000) + "]"), records=3))
    assert decoder.decoded == 3


def test_a_record_that_is_longer_than_usual_comes_back() -> None:
    records = [*payments(LONGEST_LIST), {"key": "long", "reason": 'x,]"[ ' * 2000}]

    assert unpacked(packed(records))[-1] == records[-1]
