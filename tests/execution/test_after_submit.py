"""After the wait the checks of a request run again: no error says then that nothing was sent."""

from __future__ import annotations

import pytest

from airflow_provider_paxos.api.errors import Acceptance
from airflow_provider_paxos.version_compat import AirflowFailException
from tests.fake_paxos import FakePaxos
from tests.fixtures import Create, CreateBatch
from tests.task_instance import TaskInstance, resume


def test_a_payment_that_became_invalid_during_the_wait_was_accepted(create: Create, paxos: FakePaxos) -> None:
    accepted = paxos.add(1, status="COMPLETED")
    with pytest.raises(AirflowFailException, match="source_amount") as failed:
        resume(
            create(source_amount="{{ 'nothing' }}"),
            event={"terminal": [{"id": accepted}]},
            orchestration_id=accepted,
            adopted=False,
        )

    assert Acceptance.NOT_SENT.value not in str(failed.value)
    assert Acceptance.ACCEPTED.value in str(failed.value)


@pytest.mark.usefixtures("paxos")
def test_of_a_batch_that_became_invalid_during_the_wait_nothing_is_denied(create_batch: CreateBatch) -> None:
    ti, event = TaskInstance(task_id="settle"), {"terminal": [{"id": "orchestration-1"}]}
    with pytest.raises(AirflowFailException, match="1 of 1 payments are not valid") as failed:
        resume(create_batch(payments='[{{ \'{"key": "1"}\' }}]'), ti, event=event, waited_for=1)

    assert Acceptance.NOT_SENT.value not in str(failed.value)
    assert "none is submitted" not in str(failed.value)
