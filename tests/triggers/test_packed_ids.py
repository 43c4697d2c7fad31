"""The ids of a wait are packed, so that more of them fit into what Airflow stores of a trigger."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from airflow.models.crypto import get_fernet
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_paxos.triggers.orchestration import OrchestrationTrigger
from airflow_provider_paxos.triggers.packed_ids import READABLE, first_that_fit, packed, unpacked

try:
    from airflow.sdk.serde import serialize
except ImportError:  # Airflow 3.1
    from airflow.serialization.serde import serialize  # type: ignore[assignment,no-redef]

MYSQL = 65_535
"""Bytes of a column of type TEXT."""


def uuids(number: int) -> list[str]:
    return [str(UUID(int=(index + 1) << 64)) for index in range(number)]


@pytest.fixture
def fernet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", Fernet.generate_key().decode())
    if hasattr(get_fernet, "cache_clear"):
        get_fernet.cache_clear()
    else:  # Airflow 3.1
        monkeypatch.setattr("airflow.models.crypto._fernet", None)


def stored(trigger: OrchestrationTrigger) -> str:
    """Return what Airflow stores: encrypted, which is the longer one of its two forms."""
    return get_fernet().encrypt(json.dumps(serialize(trigger.serialize()[1])).encode()).decode()


@given(st.lists(st.one_of(st.uuids().map(str), st.text(max_size=40)), unique=True))
def test_whatever_is_packed_comes_back(ids: list[str]) -> None:
    text, others = packed(ids)
    assert sorted([*unpacked(text), *others]) == sorted(ids)


def test_up_to_a_hundred_are_left_for_people_to_read() -> None:
    assert packed(uuids(READABLE)) == ("", uuids(READABLE))
    assert packed(uuids(READABLE + 1))[1] == []


@pytest.mark.parametrize("odd", [str.upper, "{{{}}}".format, "urn:uuid:{}".format, lambda each: each.replace("-", "")])
def test_only_what_comes_back_as_it_was_is_packed(odd: object) -> None:
    assert callable(odd)
    ids = [odd("00000000-0000-4000-8000-abcdef" + f"{number:06}") for number in range(200)]
    assert packed(ids) == ("", ids)


def test_a_trigger_that_is_made_anew_waits_for_the_same_orchestrations() -> None:
    ids = [*uuids(500), "of another kind"]
    _, kwargs = OrchestrationTrigger(paxos_conn_id="paxos_eu", orchestration_ids=ids).serialize()
    again = OrchestrationTrigger(**json.loads(json.dumps(kwargs)))

    assert sorted(again.orchestration_ids) == sorted(ids)
    assert again.serialize()[1] == kwargs


@pytest.mark.usefixtures("fernet")
@pytest.mark.parametrize(
    "ids",
    [uuids(10_000), [f"orchestration-{number}" for number in range(10_000)], ["\U0001f4b8" * 40] * 10_000],
    ids=["UUIDs", "of another kind", "of signs that JSON escapes"],
)
def test_as_many_as_fit_do_fit_with_the_longest_connection_id(ids: list[str]) -> None:
    fitting = first_that_fit(ids)
    trigger = OrchestrationTrigger(paxos_conn_id="\U0001f4b8" * 250, orchestration_ids=fitting, poll_interval=12.5)

    assert 0 < len(fitting) < len(ids)
    assert fitting == ids[: len(fitting)]
    assert len(stored(trigger)) <= MYSQL


def test_of_uuids_two_thousand_fit() -> None:
    assert len(first_that_fit(uuids(10_000))) == 2_200
    assert first_that_fit(uuids(2_200)) == uuids(2_200)


def test_there_is_always_a_first_one() -> None:
    assert first_that_fit(["x" * 100_000, "y"]) == ["x" * 100_000]
    assert first_that_fit([]) == []
