"""The request of a payment is made again from what Paxos shows of it."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_paxos.api.creators import STAMPED, Creator
from airflow_provider_paxos.batch.repair_content import content_of, metadata_of, shows_content
from airflow_provider_paxos.hooks.creator import stamped
from tests.batch.repair_books import link, repaired

ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
BY_ADDRESS = {"crypto": {"address": ADDRESS, "network": "BASE"}}


@pytest.mark.parametrize(
    ("shown", "asked"),
    [
        ({"profile": {"profile_id": "p"}}, {"profile": {"profile_id": "p"}}),
        ({"fiat": {"bank_account_id": "b"}}, {"fiat": {"bank_account_id": "b"}}),
        ({"fiat": {"bank_account_id": "b", "memo": "m"}}, {"fiat": {"bank_account_id": "b", "memo": "m"}}),
        (BY_ADDRESS, BY_ADDRESS),
        ({"crypto": {"address_id": "a"}}, {"crypto": {"address_id": "a"}}),
        ({"crypto": {"address_id": "a", "address": ADDRESS, "network": "BASE"}}, BY_ADDRESS),
        ({"profile": {"profile_id": "p"}, "crypto": {}}, {"profile": {"profile_id": "p"}}),
    ],
)
def test_a_destination_is_asked_for_as_it_is_shown(shown: dict[str, Any], asked: dict[str, Any]) -> None:
    failed = link(destination=shown)
    assert content_of(failed)["destination"] == asked
    assert shows_content(failed)


@pytest.mark.parametrize(
    "shown",
    [
        None,
        {},
        {"crypto": {"address": ADDRESS}},
        {"profile": {"profile_id": "p"}, "fiat": {"bank_account_id": "b"}},
    ],
)
def test_a_destination_that_is_not_certain_is_not_enough(shown: dict[str, Any] | None) -> None:
    assert not shows_content(link(destination=shown))


def test_an_amount_keeps_every_digit_and_has_no_exponent() -> None:
    assert content_of(link(source_amount="1000.00"))["source_amount"] == "1000.00"
    assert content_of(link(source_amount="12345678901234567890.10"))["source_amount"] == "12345678901234567890.10"


def test_identities_are_kept() -> None:
    kept = content_of(link(identity_id="identity-1", account_id="account-1"))
    assert (kept["identity_id"], kept["account_id"]) == ("identity-1", "account-1")


def test_the_stamp_of_the_former_creator_and_the_former_link_are_replaced() -> None:
    metadata, without_room = metadata_of(
        repaired(1, metadata={"replaces": "settle-7", "invoice": "7"} | dict.fromkeys(STAMPED, "x"))
    )
    assert (metadata, without_room) == ({"invoice": "7", "replaces": "settle-7-r1"}, [])


def test_pairs_without_room_are_named() -> None:
    own = {"a": "1", "long": "x" * 101, "b": "2", "c": "3", "d": "4", "e": "5"}
    metadata, without_room = metadata_of(link(metadata=own))
    assert (metadata, without_room) == (
        {"a": "1", "b": "2", "c": "3", "d": "4", "replaces": "settle-7"},
        ["long", "e"],
    )


def test_all_names_that_a_stamp_may_have_are_known() -> None:
    creator = Creator("dag", "run", "task", map_index=1, key="7")
    assert set(stamped({}, creator)) == STAMPED
