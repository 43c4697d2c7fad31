"""The "Test" button of the connection form: whether it works, and a sentence that a person can act on."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_paxos.hooks.paxos import PaxosHook
from tests.fake_paxos import MISSING_SCOPE, SECRET, UNAUTHORIZED, FakePaxos
from tests.fixtures import Define

SENTENCE = re.compile(r"[A-Z].*\.", re.DOTALL)


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        (
            {},
            "Connected to Paxos sandbox at https://api.sandbox.paxos.com/v2, with the scopes "
            "orchestration:read_orchestration, orchestration:write_orchestration. No limits are in force.",
        ),
        (
            {"environment": "production", "scopes": "orchestration:read_orchestration"},
            "Connected to Paxos production at https://api.paxos.com/v2, with the scopes "
            "orchestration:read_orchestration. It reads, and creates nothing: orchestration:write_orchestration is not "
            "among its scopes. No limits are in force.",
        ),
        (
            {
                "allowed_assets": "usdc USD",
                "allowed_sources": "profile-a profile-b",
                "max_source_amount": "usd=5000.00",
                "max_orchestrations_per_day": 40,
                "duplicate_window": 30,
            },
            "Connected to Paxos sandbox at https://api.sandbox.paxos.com/v2, with the scopes "
            "orchestration:read_orchestration, orchestration:write_orchestration. Limits in force: allowed_assets "
            "USD USDC; allowed_sources (2); max_source_amount USD=5000.00; max_orchestrations_per_day 40; "
            "duplicate_window 30 (refuse).",
        ),
    ],
)
def test_success_names_environment_scopes_and_limits(
    paxos: FakePaxos, define_connection: Define, extra: dict[str, Any], expected: str
) -> None:
    define_connection(extra=extra)
    assert PaxosHook().test_connection() == (True, expected)


def test_it_reads_a_single_page_and_submits_nothing(paxos: FakePaxos) -> None:
    PaxosHook().test_connection()
    assert paxos.calls() == ["list"]
    assert paxos.only("list").query == {"limit": ["1"]}


def test_a_second_test_asks_paxos_again(paxos: FakePaxos) -> None:
    hook = PaxosHook()
    hook.test_connection()
    paxos.always["list"] = MISSING_SCOPE
    worked, _ = hook.test_connection()
    assert not worked


def test_a_refusal_that_names_no_scope_is_followed_by_the_scopes_that_are_missing(paxos: FakePaxos) -> None:
    paxos.held = {"orchestration:read_orchestration"}
    worked, sentence = PaxosHook().test_connection()
    assert not worked
    assert sentence.endswith("The client is not granted: orchestration:write_orchestration.")
    assert paxos.calls() == []


def wrong_secret(paxos: FakePaxos) -> None:
    paxos.secret = "another"


def refused_token(paxos: FakePaxos) -> None:
    paxos.always["list"] = UNAUTHORIZED


def no_scope_in_the_token(paxos: FakePaxos) -> None:
    paxos.scopes = "orchestration:write_orchestration"


def no_scope_for_the_read(paxos: FakePaxos) -> None:
    paxos.always["list"] = MISSING_SCOPE


def unreachable(paxos: FakePaxos) -> None:
    paxos.unreachable = True


FAULTS = {
    wrong_secret: "client secret are corrected",
    refused_token: "client secret are corrected",
    no_scope_in_the_token: "orchestration:read_orchestration",
    no_scope_for_the_read: "until the scope is granted",
    unreachable: "no connection to oauth.sandbox.paxos.com",
}


@pytest.mark.parametrize(("fault", "expected"), FAULTS.items())
def test_a_fault_is_reported_in_a_sentence(paxos: FakePaxos, fault: Callable[[FakePaxos], None], expected: str) -> None:
    fault(paxos)
    worked, sentence = PaxosHook().test_connection()
    assert not worked
    assert expected in sentence
    assert SENTENCE.fullmatch(sentence)


@pytest.mark.parametrize("fault", FAULTS)
def test_no_secret_is_in_the_sentence(paxos: FakePaxos, fault: Callable[[FakePaxos], None]) -> None:
    fault(paxos)
    _, sentence = PaxosHook().test_connection()
    assert SECRET not in sentence
    assert "minted-" not in sentence


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"extra": {"environment": "live"}}, "environment is live"),
        ({"password": None}, "password"),
        ({"extra": {"scopes": []}}, "scopes"),
        ({"extra": {"max_source_amount": "much"}}, "max_source_amount"),
    ],
)
def test_an_invalid_connection_is_reported_without_asking_paxos(
    paxos: FakePaxos, define_connection: Define, fields: dict[str, Any], expected: str
) -> None:
    define_connection(**fields)
    worked, sentence = PaxosHook().test_connection()
    assert not worked
    assert expected in sentence
    assert paxos.asked == []


def test_an_undefined_connection_is_reported() -> None:
    assert PaxosHook("paxos_elsewhere").test_connection() == (
        False,
        "Connection paxos_elsewhere is not defined. A retry reads the connection again.",
    )
