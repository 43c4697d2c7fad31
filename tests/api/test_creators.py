"""Whose an orchestration is: the stamp of its creator, and the relation to whoever is about to adopt it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from airflow_provider_paxos.api.creators import STAMP, STAMP_LENGTH, Adopt, Creator, Relation, creator_named_in

RUN = "scheduled__2026-11-21T03:04:05.678901+00:00"
PAY = Creator("settlement", RUN, "pay")
MAPPED = replace(PAY, map_index=3)
OF_A_BATCH = replace(PAY, key="invoice-7")


def stamped_by(creator: Creator) -> dict[str, str]:
    return {STAMP: creator.stamp()}


@pytest.mark.parametrize(
    ("creator", "other", "relation"),
    [
        (PAY, PAY, Relation.OWN),
        (MAPPED, MAPPED, Relation.OWN),
        (OF_A_BATCH, OF_A_BATCH, Relation.OWN),
        (PAY, replace(PAY, run_id="manual__1"), Relation.SAME_TASK),
        (MAPPED, replace(MAPPED, run_id="manual__1"), Relation.SAME_TASK),
        # The list of another run is another one: positions mean nothing across runs.
        (MAPPED, replace(MAPPED, run_id="manual__1", map_index=0), Relation.SAME_TASK),
        (MAPPED, replace(MAPPED, map_index=2), Relation.OTHER),
        (MAPPED, PAY, Relation.OTHER),
        (PAY, MAPPED, Relation.OTHER),
        (PAY, replace(PAY, task_id="bonus"), Relation.OTHER),
        (PAY, replace(PAY, dag_id="payroll"), Relation.OTHER),
        (OF_A_BATCH, replace(PAY, key="invoice-8"), Relation.OTHER),
        (OF_A_BATCH, PAY, Relation.OTHER),
        (PAY, replace(PAY, namespace="eu"), Relation.OTHER),
        (replace(PAY, namespace="eu"), replace(PAY, namespace="eu", run_id="manual__1"), Relation.SAME_TASK),
    ],
)
def test_a_creator_is_related_by_its_coordinates(creator: Creator, other: Creator, relation: Relation) -> None:
    assert creator.relation_to(stamped_by(other)) is relation


@pytest.mark.parametrize(
    "metadata",
    [None, {}, {"batch": "7"}, {STAMP: ""}, {STAMP: "settlement.pay"}, {STAMP: "#9f86d08188.1ba3c47e02"}],
)
def test_without_a_stamp_the_creator_is_unknown(metadata: dict[str, str] | None) -> None:
    assert PAY.relation_to(metadata) is Relation.UNKNOWN
    assert creator_named_in(metadata) is None


@pytest.mark.parametrize(
    "creator",
    [
        PAY,
        replace(MAPPED, map_index=2**31 - 1),
        Creator("d" * 250, "r" * 250, "t" * 250, map_index=2**31 - 1, key="k" * 100, namespace="n" * 100),
    ],
)
def test_a_stamp_fits_into_a_value_of_metadata_and_is_one_line(creator: Creator) -> None:
    stamp = creator.stamp()

    assert len(stamp) <= STAMP_LENGTH
    assert stamp.isprintable()
    assert creator.relation_to({STAMP: stamp}) is Relation.OWN


def test_what_is_cut_off_counts_all_the_same() -> None:
    long = Creator("d" * 250, "r" * 250, "t" * 250)

    assert long.relation_to(stamped_by(replace(long, run_id="r" * 249 + "s"))) is Relation.SAME_TASK
    assert long.relation_to(stamped_by(replace(long, task_id="t" * 249 + "u"))) is Relation.OTHER


def test_names_that_run_together_are_kept_apart() -> None:
    assert Creator("a.b", RUN, "c").relation_to(stamped_by(Creator("a", RUN, "b.c"))) is Relation.OTHER


def test_a_stamp_names_its_creator_for_people() -> None:
    assert creator_named_in(stamped_by(replace(OF_A_BATCH, run_id="manual__1"))) == "settlement.pay invoice-7 manual__1"
    assert creator_named_in(stamped_by(replace(MAPPED, run_id="manual__1"))) == "settlement.pay[3] manual__1"


@pytest.mark.parametrize(
    ("adopt", "allowed"),
    [
        (Adopt.OWN, {Relation.OWN}),
        (Adopt.SAME_TASK, {Relation.OWN, Relation.SAME_TASK, Relation.UNKNOWN}),
        (Adopt.ANY, set(Relation)),
    ],
)
def test_what_is_adopted_is_the_authors_choice(adopt: Adopt, allowed: set[Relation]) -> None:
    assert {relation for relation in Relation if adopt.allows(relation)} == allowed


def test_a_key_that_holds_a_line_break_or_a_stamp_cannot_forge_one() -> None:
    forged = replace(OF_A_BATCH, key=f"x #{'0' * 10}.{'0' * 10}")

    assert PAY.relation_to(stamped_by(forged)) is Relation.OTHER
    assert forged.relation_to(stamped_by(forged)) is Relation.OWN
