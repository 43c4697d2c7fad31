"""What Airflow stores of a trigger, to make it anew in another process."""

from __future__ import annotations

import json
from importlib import import_module

from airflow_provider_paxos.triggers.orchestration import OrchestrationTrigger
from tests.fake_paxos import SECRET, FakePaxos
from tests.triggers.running import ID, fired, trigger

WHOLE = OrchestrationTrigger(
    paxos_conn_id="paxos_eu", orchestration_ids=[ID], ref_ids=["settle-2"], poll_interval=7, silent_fail=True
)


def test_it_can_be_made_anew_from_what_is_stored() -> None:
    path, kwargs = WHOLE.serialize()
    module, _, name = path.rpartition(".")
    again = getattr(import_module(module), name)(**kwargs)
    assert type(again) is OrchestrationTrigger
    assert again.serialize() == WHOLE.serialize()


def test_it_is_nothing_but_json() -> None:
    _, kwargs = WHOLE.serialize()
    assert (
        json.loads(json.dumps(kwargs))
        == kwargs
        == {
            "paxos_conn_id": "paxos_eu",
            "orchestration_ids": [ID],
            "ref_ids": ["settle-2"],
            "poll_interval": 7,
            "silent_fail": True,
            "progress": False,
        }
    )


def test_it_holds_no_secret_even_after_a_run(paxos: FakePaxos) -> None:
    paxos.add(1, status="COMPLETED")
    waiting_for = trigger()
    fired(waiting_for)
    assert not {SECRET, "minted-1"} & set(json.dumps(waiting_for.serialize()).split('"'))


def test_ids_may_come_as_any_sequence() -> None:
    assert trigger(orchestration_ids=("a", "b")).serialize()[1]["orchestration_ids"] == ["a", "b"]
