"""CryptoDestinationTrigger waits until Paxos has decided on saved addresses, and fires one event."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from airflow_provider_paxos.triggers.crypto_destination import CryptoDestinationTrigger
from tests.fake_paxos import BROKEN, LIST_ADDRESSES, UNAUTHORIZED, FakePaxos
from tests.fixtures import Define, Logged
from tests.triggers.running import all_events, fired
from tests.virtual_time import run

SCOPE = "transfer:read_crypto_destination_address"


@pytest.fixture(autouse=True)
def saved(paxos: FakePaxos, waits_pass: None, define_connection: Define) -> FakePaxos:
    """Paxos with two PENDING addresses."""
    define_connection(extra={"scopes": SCOPE})
    paxos.scopes = SCOPE
    for number in (1, 2):
        address = {"id": f"a-{number}", "crypto_network": "SOLANA", "address": f"x{number}", "status": "PENDING"}
        paxos.addresses[f"a-{number}"] = {**address, "nickname": "Plantedname"}
    return paxos


def trigger(*ids: str, poll_interval: float = 60.0) -> CryptoDestinationTrigger:
    return CryptoDestinationTrigger(
        paxos_conn_id="paxos_default", ids=ids or ("a-1", "a-2"), poll_interval=poll_interval
    )


def decide(paxos: FakePaxos, number: int, status: str = "APPROVED") -> None:
    paxos.addresses[f"a-{number}"]["status"] = status


def test_it_polls_until_all_are_decided_on(saved: FakePaxos, logged: Logged) -> None:
    changes = {30: lambda: decide(saved, 1), 90: lambda: decide(saved, 2, "REJECTED")}

    assert fired(trigger(), at=changes) == {"decided": 2}
    assert [each.query["ids"] for each in saved.asked if each.call == LIST_ADDRESSES] == [["a-1", "a-2"], ["a-2"]]
    assert "Address SOLANA x1 is APPROVED" in logged()
    assert "Address SOLANA x2 is REJECTED" in logged()


def test_a_transient_error_does_not_end_the_wait(saved: FakePaxos, logged: Logged) -> None:
    saved.replies[LIST_ADDRESSES].extend([BROKEN] * 5)

    assert fired(trigger(), at={90: lambda: [decide(saved, 1), decide(saved, 2)]}) == {"decided": 2}
    assert "Transient error while polling; will retry" in logged()


def test_another_error_ends_it(saved: FakePaxos) -> None:
    saved.always[LIST_ADDRESSES] = UNAUTHORIZED

    event = fired(trigger())
    assert set(event) == {"error"}
    assert "Paxos answered 401" in event["error"]


def test_the_connection_is_read_anew_for_each_poll(saved: FakePaxos, define_connection: Define) -> None:
    def rotate() -> None:
        saved.secret = "a-new-secret"
        define_connection(password="a-new-secret", extra={"scopes": SCOPE})
        decide(saved, 1)
        decide(saved, 2)

    assert fired(trigger(), at={90: rotate}) == {"decided": 2}


def test_it_can_be_cancelled(saved: FakePaxos) -> None:
    async def cancelled() -> bool:
        waiting = asyncio.ensure_future(all_events(trigger()))
        await asyncio.sleep(90)
        waiting.cancel()
        try:
            await waiting
        except asyncio.CancelledError:
            return True
        return False

    assert run(cancelled())


def test_it_stores_ids_alone_and_can_be_made_anew(saved: FakePaxos) -> None:
    path, kwargs = trigger(poll_interval=5).serialize()
    again: Any = CryptoDestinationTrigger(**json.loads(json.dumps(kwargs)))

    assert path == f"{CryptoDestinationTrigger.__module__}.{CryptoDestinationTrigger.__name__}"
    assert again.serialize() == (path, kwargs)
    assert kwargs == {"paxos_conn_id": "paxos_default", "ids": ["a-1", "a-2"], "poll_interval": 5}


def test_its_log_and_its_event_name_no_person(saved: FakePaxos, logged: Logged) -> None:
    decide(saved, 1)
    decide(saved, 2)

    assert "Planted" not in f"{fired(trigger())} {logged()}"
