"""Store the trigger of a wait for so many orchestrations in the database of Airflow, and read it back."""

from __future__ import annotations

import sys
from uuid import uuid4

from airflow.models.trigger import Trigger
from airflow.utils.session import create_session

from airflow_provider_paxos.triggers.orchestration import OrchestrationTrigger


def main(number: int) -> None:
    """Store a trigger that waits for so many orchestrations."""
    ids = [str(uuid4()) for _ in range(number)]
    trigger = OrchestrationTrigger(paxos_conn_id="paxos_default", orchestration_ids=ids, progress=True)
    with create_session() as session:
        row = Trigger.from_object(trigger)
        session.add(row)
        session.commit()
        key = row.id
    with create_session() as session:
        stored = session.get(Trigger, key)
        again = OrchestrationTrigger(**stored.kwargs)
    assert again.serialize() == trigger.serialize()


if __name__ == "__main__":
    main(int(sys.argv[1]))
