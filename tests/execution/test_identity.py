"""A payment is identified by the ref_id that a task instance stands for; its metadata leads back to the task."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from airflow_provider_paxos.api.creators import STAMP
from airflow_provider_paxos.api.errors import InvalidRequest
from airflow_provider_paxos.execution.identity import derived_ref_id
from airflow_provider_paxos.hooks.creator import creator_of, stamped
from tests.task_instance import RUN_ID, TaskInstance

UUID5 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TI = TaskInstance()
CREATOR = creator_of(TI)
WHERE = {STAMP: CREATOR.stamp(), "airflow_dag_id": "settlement", "airflow_run_id": RUN_ID, "airflow_task_id": "create"}


def ref_id_of(ti: TaskInstance, key: str | None = None, namespace: str | None = None) -> str:
    return derived_ref_id(creator_of(ti, key, namespace))


def test_the_derived_ref_id_is_a_uuid_v5() -> None:
    assert UUID5.fullmatch(ref_id_of(TI))


def test_the_derived_ref_id_never_changes_between_versions() -> None:
    # Whoever makes this test fail makes a cleared task of an earlier version pay again.
    assert ref_id_of(TI) == "835aef34-d251-5805-9004-86ebc90282ea"
    assert ref_id_of(TI, "invoice-7") == "e69247e2-b9aa-5743-a278-a1fcc3116577"
    assert ref_id_of(TI, namespace="eu") == "37500199-66ba-54cd-81d8-b1faa2c4339a"


def test_all_tries_of_a_task_instance_are_the_same_payment() -> None:
    assert len({ref_id_of(replace(TI, try_number=number)) for number in range(1, 4)}) == 1


def test_a_task_that_is_not_mapped_has_no_map_index_whichever_way_airflow_says_so() -> None:
    assert ref_id_of(replace(TI, map_index=None)) == ref_id_of(replace(TI, map_index=-1))


@pytest.mark.parametrize("map_index", [0, 7])
@pytest.mark.parametrize("key", [None, "invoice-7"])
def test_a_mapped_instance_has_no_derived_ref_id(map_index: int, key: str | None) -> None:
    with pytest.raises(InvalidRequest, match=f"map index {map_index} is a position in a list"):
        ref_id_of(replace(TI, map_index=map_index), key)


OTHERS: dict[str, tuple[TaskInstance, str | None, str | None]] = {
    "itself": (TI, None, None),
    "another Dag": (replace(TI, dag_id="settlement2"), None, None),
    "another run": (replace(TI, run_id=RUN_ID + "1"), None, None),
    "another task": (replace(TI, task_id="create2"), None, None),
    "a key": (TI, "1", None),
    "another key": (TI, "2", None),
    "a namespace": (TI, None, "1"),
    "another namespace": (TI, None, "2"),
    "one whose names run together": (replace(TI, dag_id="settlement" + RUN_ID, run_id=""), None, None),
    "one whose task ends like a key": (replace(TI, task_id='create", {"key": "1"}'), None, None),
}


@pytest.mark.parametrize(("one", "two"), list(combinations(OTHERS, 2)))
def test_others_are_other_payments(one: str, two: str) -> None:
    assert ref_id_of(*OTHERS[one]) != ref_id_of(*OTHERS[two])


def test_the_ref_id_of_a_batchs_payment_is_the_same_for_every_try() -> None:
    ref_id = ref_id_of(TI, "1")
    assert UUID5.fullmatch(ref_id)
    assert ref_id == ref_id_of(replace(TI, try_number=2), "1")


def test_the_ref_id_of_a_batchs_payment_is_that_of_no_other_key_or_task_without_keys() -> None:
    several = [ref_id_of(TI, key) for key in (None, "1", "2", '{"key": "1"}')]
    assert len(set(several)) == len(several)


@pytest.mark.parametrize(
    ("metadata", "ti", "expected"),
    [
        (None, TI, WHERE),
        ({}, TI, WHERE),
        ({"batch": "7"}, TI, {"batch": "7", **WHERE}),
        (None, replace(TI, map_index=None), WHERE),
        ({"airflow_dag_id": "the author's"}, TI, {**WHERE, "airflow_dag_id": "the author's"}),
        ({f"k{n}": "v" for n in range(6)}, TI, {f"k{n}": "v" for n in range(6)}),
        ({f"k{n}": "v" for n in range(5)}, TI, {**{f"k{n}": "v" for n in range(5)}, STAMP: CREATOR.stamp()}),
    ],
)
def test_the_creator_is_stamped_and_its_coordinates_as_far_as_there_is_room(
    metadata: Any, ti: TaskInstance, expected: Any
) -> None:
    assert stamped(metadata, creator_of(ti)) == expected


def test_a_mapped_instance_and_a_key_are_stamped_too() -> None:
    stamp = stamped({}, creator_of(replace(TI, map_index=3), "invoice-7"))
    assert (stamp["airflow_payment_key"], stamp["airflow_map_index"]) == ("invoice-7", "3")


@pytest.mark.parametrize("length", [100, 101, 250])
def test_a_name_that_is_too_long_for_metadata_is_in_the_stamp_alone(length: int) -> None:
    stamp = stamped(None, creator_of(replace(TI, dag_id="d" * length)))
    assert ("airflow_dag_id" in stamp) is (length <= 100)
    assert len(stamp[STAMP]) <= 100


def test_an_author_who_brings_a_stamp_along_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="reserved"):
        stamped({STAMP: CREATOR.stamp()}, CREATOR)


def test_the_authors_metadata_is_not_changed_in_place() -> None:
    metadata = {"batch": "7"}
    stamped(metadata, CREATOR)
    assert metadata == {"batch": "7"}


def test_more_pairs_than_paxos_takes_are_left_for_the_requests_own_check_to_refuse() -> None:
    metadata = {f"k{n}": "v" for n in range(7)}
    assert stamped(metadata, CREATOR) == metadata


@pytest.mark.parametrize("metadata", ["{}", [["batch", "7"]], 7])
def test_what_is_no_mapping_is_left_for_the_requests_own_check_to_refuse(metadata: object) -> None:
    assert stamped(metadata, CREATOR) == metadata
