"""Sweep deposits: a rule converts what arrives, and a Dag books each conversion once it has ended.

1. **sweep_rules** keeps the orchestration rule: Paxos turns each deposit of USDC on Polygon into USDG in the treasury's
   profile. Its result says where deposits go.
2. **book_deposits** starts when orchestrations of the rule have ended, and every 15 minutes in any case: an event may
   be late or lost, the clock is not. It reads Paxos, and writes one file for each COMPLETED orchestration into
   `booked`, and for each FAILED or REJECTED one into `needs_attention`. A file that exists stays: an orchestration is
   booked once, however often it is seen.

The connection's `scopes` have to name `events:read_event`, `orchestration:read_orchestration`,
`orchestration:read_orchestration_rule` and `orchestration:write_orchestration_rule`.
"""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import Asset, AssetWatcher, Param, dag, get_current_context, task
from airflow.timetables.assets import AssetOrTimeSchedule
from airflow.timetables.trigger import CronTriggerTimetable

from airflow_provider_paxos.operators.rules import EnsureOrchestrationRulesOperator
from airflow_provider_paxos.triggers.orchestration_event import OrchestrationEventTrigger

DEFAULTS = {"owner": "treasury", "retries": 3, "retry_delay": timedelta(seconds=30)}
RULE = {
    # A rule cannot be changed: new values need a new ref_id.
    "ref_id": "sweep-usdc-1",
    "profile_id": "{{ params.treasury_profile }}",
    "source_asset": "USDC",
    "destination_asset": "USDG",
    "source": {"crypto": {"network": "POLYGON"}},
    "destination": {"profile": {"profile_id": "{{ params.treasury_profile }}"}},
}
FOLDERS = {"COMPLETED": "booked", "FAILED": "needs_attention", "REJECTED": "needs_attention"}
SWEPT = Asset(
    "paxos_swept",
    watchers=[AssetWatcher(name="ended", trigger=OrchestrationEventTrigger(asset_name="paxos_swept"))],
)


def book(folder: Path, orchestration: dict[str, Any]) -> bool:
    """Write an orchestration's file; return whether it is new. A file is whole, or not there."""
    folder.mkdir(parents=True, exist_ok=True)
    booked, draft = folder / f"{orchestration['id']}.json", folder / f".{orchestration['id']}.{os.getpid()}"
    draft.write_text(json.dumps(orchestration))
    try:
        # Of two that write at once, one fails.
        os.link(draft, booked)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


@dag(
    schedule="@daily",
    catchup=False,
    params={
        "treasury_profile": Param(
            "00000000-0000-4000-8000-00000000000a",
            type="string",
            minLength=1,
            title="Treasury's profile",
            description="The id of the profile that deposits are credited to, and that the USDG goes to.",
        )
    },
    default_args=DEFAULTS,
    tags=["paxos", "example"],
    doc_md=__doc__,
)
def sweep_rules() -> None:
    EnsureOrchestrationRulesOperator(task_id="rules", rules=[RULE], deferrable=True)


@dag(
    schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("*/15 * * * *", timezone="UTC"), assets=[SWEPT]),
    catchup=False,
    max_active_runs=1,
    params={
        "folder": Param(
            "", type="string", title="Folder", description="Of the books: a path on the workers; AIRFLOW_HOME if empty."
        )
    },
    default_args=DEFAULTS,
    tags=["paxos", "example"],
    doc_md=__doc__,
)
def book_deposits() -> None:
    @task
    def book_all() -> dict[str, int]:
        """Book what has ended; return how many are new."""
        from airflow_provider_paxos.execution.changed import changed_orchestrations  # noqa: PLC0415
        from airflow_provider_paxos.hooks.paxos import PaxosHook  # noqa: PLC0415

        with PaxosHook() as hook:
            rules = [each.id for each in hook.list_orchestration_rules() if each.ref_id == RULE["ref_id"]]
        context = get_current_context()
        books = Path(context["params"]["folder"] or os.environ.get("AIRFLOW_HOME", "~/airflow")).expanduser()
        new = dict.fromkeys(FOLDERS.values(), 0)
        # Without a rule, orchestrations of all rules and of none would be returned.
        changed = changed_orchestrations(context, orchestration_rule_ids=rules) if rules else []
        for each in changed:
            if folder := FOLDERS.get(str(each.status)):
                new[folder] += book(books / folder, each.to_dict())
        return new

    book_all()


sweep_rules()
book_deposits()
