"""Many records in one XCom."""

from __future__ import annotations

import base64
import json
import random
import zlib
from uuid import UUID

import pytest

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


def table(content: bytes, columns: object = ("key",)) -> dict[str, object]:
    return {"columns": list(columns) if isinstance(columns, tuple) else columns, "packed": content.decode()}


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
