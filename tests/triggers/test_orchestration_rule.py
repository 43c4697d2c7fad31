"""OrchestrationRuleTrigger waits until Paxos has decided on orchestration rules; see test_crypto_destination."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_paxos.triggers.orchestration_rule import OrchestrationRuleTrigger
from tests.fake_paxos import Answer, FakePaxos
from tests.fixtures import Define, Logged
from tests.triggers.running import fired

LIST = "GET /orchestration/rules"
SCOPE = "orchestration:read_orchestration_rule"


@pytest.fixture
def rules(paxos: FakePaxos, waits_pass: None, define_connection: Define) -> FakePaxos:
    """Paxos, and a connection that may read rules."""
    define_connection(extra={"scopes": SCOPE})
    paxos.scopes = SCOPE
    return paxos


def shown(**statuses: str) -> Answer:
    return Answer(
        200, {"items": [{"id": name, "ref_id": f"ref-{name}", "status": it} for name, it in statuses.items()]}
    )


def trigger() -> OrchestrationRuleTrigger:
    return OrchestrationRuleTrigger(paxos_conn_id="paxos_default", ids=("a", "b", "c"), poll_interval=60.0)


def test_it_polls_until_all_are_decided_on(rules: FakePaxos, logged: Logged) -> None:
    rules.replies[LIST].extend(
        [shown(a="PENDING", b="ACTIVE", c="NEW"), shown(a="REJECTED", c="PENDING"), shown(c="DELETED")]
    )

    assert fired(trigger()) == {"decided": 3}
    assert [each.query["ids"] for each in rules.asked if each.call == LIST] == [["a", "b", "c"], ["a", "c"], ["c"]]
    assert "Rule ref-a (id a) is REJECTED" in logged()


def test_it_stores_ids_alone_and_can_be_made_anew() -> None:
    path, kwargs = trigger().serialize()
    again: Any = OrchestrationRuleTrigger(**json.loads(json.dumps(kwargs)))

    assert path == f"{OrchestrationRuleTrigger.__module__}.{OrchestrationRuleTrigger.__name__}"
    assert again.serialize() == (path, kwargs)
