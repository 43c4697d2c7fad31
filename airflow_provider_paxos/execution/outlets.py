"""Say in a task's asset events what was settled. Without outlets, nothing of this runs.

Airflow makes an event for each outlet when the task succeeds, and only then. What is added here stands in the event's
``extra``, in texts: counts, exact totals, the digest of what was sent, and the run.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from airflow.sdk import AssetAlias, Context

from airflow_provider_paxos.api.amounts import plain
from airflow_provider_paxos.api.errors import Acceptance, InvalidRequest, quoted
from airflow_provider_paxos.assets import profile_asset, profile_uri
from airflow_provider_paxos.batch.totals import Movement, Settlement, movements, totals_of
from airflow_provider_paxos.execution.task import SettlingTask
from airflow_provider_paxos.hooks.creator import creator_of
from airflow_provider_paxos.planning.digest import digest_of

_LONGEST_KEY = 250
"""Characters of a partition key, by Airflow's database."""


def require_outlets(task: SettlingTask, context: Context) -> None:
    """Check outlets and partition key while no money has moved; Airflow itself would refuse them at the end.

    :raises InvalidRequest: for an empty or too long key, one without an asset, and one before Airflow 3.3.
    :raises AirflowRuntimeError: for a reference to an asset that does not exist.
    """
    for outlet in task.outlets:
        _ = context["outlet_events"][outlet]
    key = task.outlet_partition_key
    if key is None:
        return
    concrete = [outlet for outlet in task.outlets if not isinstance(outlet, AssetAlias)]
    if not str(key).strip() or len(str(key)) > _LONGEST_KEY:
        why = f"is {quoted(key)}; it is a text of up to {_LONGEST_KEY} characters"
    elif not concrete:
        why = "needs an asset in outlets: an alias has no partitions"
    elif not hasattr(context["outlet_events"][concrete[0]], "add_partitions"):
        why = "needs Airflow 3.3: before, an event has the partition key of its Dag run"
    else:
        return
    raise InvalidRequest(f"outlet_partition_key {why}.", acceptance=Acceptance.NOT_SENT)


def announce(task: SettlingTask, context: Context, settlement: Settlement) -> None:
    """Describe what a task that is about to succeed has settled, in the event of each of its outlets.

    :param settlement: the payments, and the status of each.
    """
    if not task.outlets:
        return
    extra = _extra(task, context, settlement)
    events = context["outlet_events"]
    for outlet in task.outlets:
        if isinstance(outlet, AssetAlias):
            for (profile_id, asset), movement in movements(settlement.payments).items():
                moved = profile_asset(profile_id=profile_id, asset=asset, environment=settlement.environment)
                events[outlet].add(moved, extra={**extra, **_in_words(movement)})
            continue
        event = events[outlet]
        event.extra = {**event.extra, **extra, **_of_profile(event.key, settlement)}
        if task.outlet_partition_key is not None:
            event.add_partitions(str(task.outlet_partition_key))


def _extra(task: SettlingTask, context: Context, settlement: Settlement) -> dict[str, Any]:
    environment, settled = settlement.environment, settlement.payments
    creator, run = creator_of(context["ti"]), context["dag_run"]
    return {
        "environment": environment,
        "dag_id": creator.dag_id,
        "run_id": creator.run_id,
        "task_id": creator.task_id,
        "map_index": creator.map_index,
        "business_date": task.business_date(run) if run.logical_date else None,
        "digest": digest_of(environment, (request for request, _ in settled)),
        "payments": len(settled),
        "statuses": dict(sorted(Counter(status for _, status in settled).items())),
        "totals": [
            {
                "source_asset": total.source_asset,
                "destination_asset": total.destination_asset,
                "status": total.status,
                "payments": total.payments,
                "amount": plain(total.amount),
            }
            for total in totals_of(settled)
        ],
    }


def _of_profile(key: Any, settlement: Settlement) -> dict[str, str]:
    """Return what a profile sent and received of an asset, if an event is that of one asset of a profile."""
    by_uri = {
        profile_uri(*held, settlement.environment): movement
        for held, movement in movements(settlement.payments).items()
    }
    return _in_words(by_uri[key.uri]) if key.uri in by_uri else {}


def _in_words(movement: Movement) -> dict[str, str]:
    return {"sent": plain(movement.sent), "received": plain(movement.received)}
