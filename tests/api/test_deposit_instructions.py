"""The instructions for deposits of fiat money."""

from __future__ import annotations

import pytest

from airflow_provider_paxos.api.deposit_instructions import DepositInstructions
from airflow_provider_paxos.api.errors import InvalidRequest, MissingScope
from tests.api.script import Script, answer

SHOWN = {
    "id": "d-1",
    "memo_id": "9CFX",
    "fiat_network_instructions": {
        "wire": {"account_number": "planted", "routing_details": {"routing_number": "026", "bank_name": "A bank"}}
    },
    "fiat_account_owner": {"person_details": {"first_name": "planted"}},
}


def test_they_show_the_account_and_the_memo_and_their_repr_neither_account_nor_owner() -> None:
    script = Script(answer(SHOWN))
    found = script.run(script.part(DepositInstructions).get("d-1"))

    assert found.memo_id == "9CFX"
    assert found.model_dump(exclude_none=True) == SHOWN
    assert "planted" not in repr(found)
    assert script.sent[0].url.endswith("/transfer/fiat-deposit-instructions/d-1")


def test_an_id_that_would_be_another_path_is_refused() -> None:
    script = Script()

    with pytest.raises(InvalidRequest, match="identifies no instructions"):
        script.run(script.part(DepositInstructions).get(".."))
    assert script.steps == []


def test_without_the_scope_nothing_is_sent() -> None:
    script = Script()

    with pytest.raises(MissingScope, match="it needs transfer:read_fiat_deposit_instructions"):
        script.run(script.part(DepositInstructions, []).get("d-1"))
    assert script.steps == []
