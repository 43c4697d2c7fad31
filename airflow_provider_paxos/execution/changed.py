"""Read the orchestrations that a Dag run is about which an ``OrchestrationEventTrigger`` has started, or the clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import Context

from airflow_provider_paxos.api.canonical import canonical_id
from airflow_provider_paxos.api.listing import MAX_PER_PAGE, MAX_VALUES
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.hooks.paxos import DEFAULT_CONNECTION, PaxosHook


def changed_orchestrations(
    context: Context,
    *,
    paxos_conn_id: str = DEFAULT_CONNECTION,
    orchestration_rule_ids: str | Sequence[str] = (),
    lookback: timedelta = timedelta(days=1),
) -> list[Orchestration]:
    """Return the orchestrations that a run is to look at, each once, as Paxos has them now.

    These are the ones that the run's asset events name, and all that were created within ``lookback``, or since a gap
    that an event reports: an event may be lost, late, or without a run of its own. So a run returns again what an
    earlier run has returned: whoever books them does so by their ids, once.

    :param context: of the task.
    :param paxos_conn_id: the id of a connection of type ``paxos``.
    :param orchestration_rule_ids: the id of a rule, or the ids of up to 100; by default orchestrations of all rules and
        of none.
    :param lookback: how long ago an orchestration was created at most that no event names.
    :raises ValueError: for more than 100 rules.
    :raises PaxosError: if Paxos does not answer.
    """
    given = [orchestration_rule_ids] if isinstance(orchestration_rule_ids, str) else orchestration_rule_ids
    rules = list(dict.fromkeys(map(canonical_id, given)))
    if len(rules) > MAX_VALUES:
        raise ValueError(f"orchestration_rule_ids holds {len(rules)} ids; it holds up to {MAX_VALUES}.")
    payloads = list(_payloads(context))
    named = dict.fromkeys(str(each) for payload in payloads for each in _listed(payload.get("orchestration_ids")))
    since = min([datetime.now(UTC) - lookback, *filter(None, (_moment(each.get("since")) for each in payloads))])
    with PaxosHook(paxos_conn_id) as hook:
        found = {
            each.id: each
            for each in hook.list_orchestrations(
                orchestration_rule_id=rules or None, limit=MAX_PER_PAGE, **{"created_at.gte": since}
            )
        }
        missing = [each for each in named if each not in found]
        found |= {each.id: each for each in hook.read_orchestrations(ids=missing)}
    return [each for each in found.values() if not rules or canonical_id(each.orchestration_rule_id or "") in rules]


def _payloads(context: Context) -> Iterator[Mapping[str, Any]]:
    events: Any = context.get("triggering_asset_events") or {}
    for of_asset in events.values():
        for event in of_asset:
            payload = (event.extra or {}).get("payload")
            if isinstance(payload, Mapping):
                yield payload


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
