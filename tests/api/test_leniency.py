"""A field that no rule needs never makes an answer unreadable, wherever it is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_paxos.api.errors import UnreadableAnswer
from tests.api.script import Script, answer, orchestration, page

READS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "Get": lambda record: _run(answer(record), lambda calls: calls.get(record["id"])),
    "List": lambda record: _run(page(record), lambda calls: calls.read(ref_ids=[record["ref_id"]]))[0],
    "a snapshot": lambda record: _run(answer(record), lambda calls: calls.snapshot(record["id"])),
    "a page of snapshots": lambda record: _run(page(record), lambda calls: calls.snapshots(ids=[record["id"]]))[0],
}
WHOLE = ("Get", "List")


def _run(outcome: Any, call: Callable[[Any], Any]) -> Any:
    script = Script(*[outcome] * 5)
    return script.run(call(script.calls()))


ODD: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"updated_at": ""}, {}),
    ({"updated_at": 10**30}, {}),
    ({"created_at": "yesterday"}, {}),
    ({"created_at": []}, {}),
    ({"metadata": {"a": 7, "b": None, "c": [1], "d": "x", "e": True}}, {"metadata": {"a": "7", "d": "x", "e": "true"}}),
    ({"metadata": {"a": 0.10}}, {"metadata": {"a": "0.1"}}),
    ({"metadata": []}, {}),
    ({"metadata": "x"}, {}),
    ({"fail_reason": "too late"}, {"fail_reason": {"detail": "too late"}}),
    ({"fail_reason": ""}, {}),
    ({"fail_reason": []}, {}),
    ({"fail_reason": 7}, {}),
    ({"fail_reason": {"detail": 7}}, {"fail_reason": {"detail": "7"}}),
    ({"fail_reason": {"detail": []}}, {"fail_reason": {}}),
    ({"source_transfer": []}, {}),
    ({"destination_transfer": {"status": 7}}, {"destination_transfer": {"status": "7"}}),
    ({"customer_id": 7}, {"customer_id": "7"}),
    ({"profile_id": {}, "orchestration_rule_id": []}, {}),
    ({"source": []}, {}),
    ({"destination": "x"}, {}),
    ({"destination": {"profile": [], "fiat": {"memo": "m"}}}, {"destination": {"fiat": {"memo": "m"}}}),
    ({"source": {"fiat": {"memo": 7}}}, {"source": {"fiat": {"memo": "7"}}}),
]


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("odd", [odd for odd, _ in ODD], ids=str)
def test_it_is_read_whatever_it_holds(read: str, odd: dict[str, Any]) -> None:
    assert READS[read](orchestration(**odd)).status == "PROCESSING"


@pytest.mark.parametrize("read", WHOLE)
@pytest.mark.parametrize(("odd", "kept"), ODD, ids=str)
def test_it_is_kept_as_text_or_left_out(read: str, odd: dict[str, Any], kept: dict[str, Any]) -> None:
    found = READS[read](orchestration(**odd)).to_dict()

    assert {name: found[name] for name in odd if name in found} == kept


@pytest.mark.parametrize("read", READS)
def test_a_reason_in_plain_text_is_a_reason(read: str) -> None:
    assert READS[read](orchestration(fail_reason="too late")).fail_reason.detail == "too late"


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("needed", [{"status": 7}, {"status": []}])
def test_what_polling_needs_is_read_strictly(read: str, needed: dict[str, Any]) -> None:
    with pytest.raises(UnreadableAnswer):
        READS[read](orchestration(**needed))


@pytest.mark.parametrize("read", ["Get", "a snapshot"])
def test_a_ref_id_is_read_strictly(read: str) -> None:
    with pytest.raises(UnreadableAnswer):
        READS[read](orchestration(ref_id=7))


@pytest.mark.parametrize("read", WHOLE)
@pytest.mark.parametrize(
    "needed",
    [
        {"source_amount": "many"},
        {"source_asset": 7},
        {"identity_id": 7},
        {"destination": {"profile": {"profile_id": 7}}},
        {"destination": {"fiat": {"memo": 7}}},
    ],
    ids=str,
)
def test_what_is_compared_is_read_strictly(read: str, needed: dict[str, Any]) -> None:
    with pytest.raises(UnreadableAnswer):
        READS[read](orchestration(**needed))


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\ud800b", "a\N{REPLACEMENT CHARACTER}b"),
        ("a\udfff", "a\N{REPLACEMENT CHARACTER}"),
        ("\N{GRINNING FACE}", "\N{GRINNING FACE}"),
        ("a\\ud800b", "a\\ud800b"),
        ("caf\N{LATIN SMALL LETTER E WITH ACUTE}", "caf\N{LATIN SMALL LETTER E WITH ACUTE}"),
    ],
    ids=ascii,
)
def test_a_lone_surrogate_is_replaced(read: str, text: str, kept: str) -> None:
    assert READS[read](orchestration(fail_reason={"detail": text})).fail_reason.detail == kept


def test_a_nul_and_a_surrogate_are_replaced_wherever_they_stand() -> None:
    found = READS["Get"](orchestration(note={"k\0": ["a\0", "\ud800"]})).to_dict()

    assert json.dumps(found, ensure_ascii=False).encode().find(b"\0") == -1
    assert found["note"] == {"k\N{REPLACEMENT CHARACTER}": ["a\N{REPLACEMENT CHARACTER}", "\N{REPLACEMENT CHARACTER}"]}
