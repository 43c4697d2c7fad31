"""The ref_ids of a chain of repairs: each follows from the one before it, and from nothing else."""

from __future__ import annotations

from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_paxos.api.repair_chain import next_ref_id, replaced_ref_id

DERIVED = "9b0c1f60-3e0d-5a3b-8a9b-3f1d2c4b5a69"
ref_ids = st.one_of(
    st.from_regex(r"[a-z7]{1,4}(-r[0-9]{1,2}){0,2}", fullmatch=True),
    st.uuids(version=4).map(str),
    st.builds(uuid5, st.uuids(), st.text()).map(str),
)


@pytest.mark.parametrize(
    ("ref_id", "following"),
    [
        ("settle-7", "settle-7-r1"),
        ("settle-7-r1", "settle-7-r2"),
        ("settle-7-r9", "settle-7-r10"),
        ("settle-7-r0", "settle-7-r0-r1"),
        ("settle-7-r01", "settle-7-r01-r1"),
        ("settle-7-r\N{ARABIC-INDIC DIGIT ONE}", "settle-7-r\N{ARABIC-INDIC DIGIT ONE}-r1"),
        ("-r1", "-r1-r1"),
    ],
)
def test_a_ref_id_of_the_authors_is_followed_by_a_number(ref_id: str, following: str) -> None:
    assert next_ref_id(ref_id) == following


def test_a_derived_ref_id_is_followed_by_a_derived_one() -> None:
    first = next_ref_id(DERIVED)
    second = next_ref_id(first)
    assert [UUID(each).version for each in (first, second)] == [5, 5]
    assert len({DERIVED, first, second}) == 3


def test_the_next_one_of_a_derived_ref_id_stays_what_it_is() -> None:
    assert next_ref_id(DERIVED) == "a050a6c2-52ad-5ba0-8f4e-09fd1d235137"


@pytest.mark.parametrize("ref_id", [DERIVED.upper(), "7c9e6679-7425-40de-944b-e07fc1f90ae7", DERIVED.replace("-", "")])
def test_another_uuid_is_a_text_of_the_authors(ref_id: str) -> None:
    assert next_ref_id(ref_id) == f"{ref_id}-r1"


@given(ref_ids, ref_ids)
def test_two_chains_never_meet(one: str, other: str) -> None:
    assert (next_ref_id(one) == next_ref_id(other)) == (one == other)


@given(ref_ids)
def test_a_chain_never_comes_back(ref_id: str) -> None:
    links = [ref_id]
    for _ in range(12):
        links.append(next_ref_id(links[-1]))
    assert len(set(links)) == len(links)


@pytest.mark.parametrize("metadata", [None, {}, {"replaces": ""}, {"invoice": "7"}])
def test_metadata_that_names_no_payment_replaces_none(metadata: dict[str, str] | None) -> None:
    assert replaced_ref_id(metadata) is None


def test_metadata_names_the_payment_that_is_replaced() -> None:
    assert replaced_ref_id({"replaces": "settle-7"}) == "settle-7"
