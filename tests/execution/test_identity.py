"""A payment is identified by the ref_id that a task instance stands for; its metadata leads back to the task."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from airflow_provider_paxos.execution.identity import derived_ref_id, stamped
from tests.operators.task_instance import RUN_ID, TaskInstance

UUID5 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TI = TaskInstance()
WHERE = {"airflow_dag_id": "settlement", "airflow_run_id": RUN_ID, "airflow_task_id": "create"}


def test_the_derived_ref_id_is_a_uuid_v5() -> None:
    assert UUID5.fullmatch(derived_ref_id(TI))


def test_the_derived_ref_id_never_changes_between_versions() -> None:
    # Whoever makes this test fail makes a cleared task of an earlier version pay again.
    assert derived_ref_id(TI) == "835aef34-d251-5805-9004-86ebc90282ea"
    assert derived_ref_id(replace(TI, map_index=3)) == "5558396f-fd3f-5a1b-839a-d6c6a73ba7e1"


@pytest.mark.parametrize("map_index", [-1, 0])
def test_all_tries_of_a_task_instance_mean_the_same_payment(map_index: int) -> None:
    tries = {derived_ref_id(replace(TI, map_index=map_index, try_number=number)) for number in range(1, 4)}
    assert len(tries) == 1


def test_a_task_that_is_not_mapped_has_no_map_index_whichever_way_airflow_says_so() -> None:
    assert derived_ref_id(replace(TI, map_index=None)) == derived_ref_id(replace(TI, map_index=-1))


OTHERS = {
    "itself": TI,
    "another Dag": replace(TI, dag_id="settlement2"),
    "another run": replace(TI, run_id=RUN_ID + "1"),
    "another task": replace(TI, task_id="create2"),
    "the first mapped": replace(TI, map_index=0),
    "the second mapped": replace(TI, map_index=1),
    "one whose names run together": replace(TI, dag_id="settlement" + RUN_ID, run_id=""),
    "one whose task ends like a map index": replace(TI, task_id='create", "0'),
}


@pytest.mark.parametrize(("one", "two"), list(combinations(OTHERS, 2)))
def test_other_task_instances_mean_other_payments(one: str, two: str) -> None:
    assert derived_ref_id(OTHERS[one]) != derived_ref_id(OTHERS[two])


def test_the_ref_id_of_a_batchs_payment_is_the_same_for_every_try() -> None:
    ref_id = derived_ref_id(TI, "1")
    assert UUID5.fullmatch(ref_id)
    assert ref_id == derived_ref_id(replace(TI, try_number=2), "1")


def test_the_ref_id_of_a_batchs_payment_is_that_of_no_other_key_map_index_or_task_without_keys() -> None:
    mapped = replace(TI, map_index=1)
    several = [derived_ref_id(TI, key) for key in ("1", "2", '{"key": "1"}')]
    several += [derived_ref_id(mapped, "1"), derived_ref_id(mapped), derived_ref_id(TI)]
    assert len(set(several)) == len(several)


@pytest.mark.parametrize(
    ("metadata", "ti", "expected"),
    [
        (None, TI, WHERE),
        ({}, TI, WHERE),
        ({"batch": "7"}, TI, {"batch": "7", **WHERE}),
        (None, replace(TI, map_index=3), {**WHERE, "airflow_map_index": "3"}),
        (None, replace(TI, map_index=None), WHERE),
        ({"airflow_dag_id": "the author's"}, TI, {**WHERE, "airflow_dag_id": "the author's"}),
        ({f"k{n}": "v" for n in range(6)}, TI, {f"k{n}": "v" for n in range(6)}),
        ({f"k{n}": "v" for n in range(5)}, TI, {**{f"k{n}": "v" for n in range(5)}, "airflow_dag_id": "settlement"}),
        (None, replace(TI, dag_id="d" * 100), {**WHERE, "airflow_dag_id": "d" * 100}),
        (
            None,
            replace(TI, dag_id="d" * 101),
            {"airflow_run_id": RUN_ID, "airflow_task_id": "create"},
        ),
    ],
)
def test_coordinates_are_stamped_as_far_as_there_is_room(metadata: Any, ti: TaskInstance, expected: Any) -> None:
    assert stamped(metadata, ti) == expected


def test_the_authors_metadata_is_not_changed_in_place() -> None:
    metadata = {"batch": "7"}
    stamped(metadata, TI)
    assert metadata == {"batch": "7"}


def test_more_pairs_than_paxos_takes_are_left_for_the_requests_own_check_to_refuse() -> None:
    metadata = {f"k{n}": "v" for n in range(7)}
    assert stamped(metadata, TI) == metadata


@pytest.mark.parametrize("metadata", ["{}", [["batch", "7"]], 7])
def test_what_is_no_mapping_is_left_for_the_requests_own_check_to_refuse(metadata: object) -> None:
    assert stamped(metadata, TI) == metadata
