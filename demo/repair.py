"""Repair the payment of the settlement that has failed: a run of the example Dag, and what became of the payment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_paxos.batch.tables import table
from demo.following import ExampleRun
from demo.settlement import DAG_ID, RUN_ID, SETTLE, SETTLEMENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.airflow_site import AirflowSite

REPAIR = ExampleRun("repair_settlement", "demo_repair", "repair", "reading the failed payment at the local Paxos")
PAYMENT = "supplier-closed-account"
"""The payment of the sample whose bank account is closed."""

CHANGES = {
    PAYMENT: {
        "destination": {"fiat": {"bank_account_id": "5e771e00-0000-4000-8000-000000000006", "memo": "Invoice 7781"}}
    }
}
"""The supplier's new bank account. Everything else stays as it was."""


def repair(site: AirflowSite, show: Callable[[str], None], *, approve: bool = False) -> str:
    """Repair what has failed of the settlement, and return what became of it.

    :param show: called with a line on how it is getting on, as often as the line changes
    :param approve: whether a person has to approve the payment in the web UI first
    """
    form = {"settlement_dag": DAG_ID, "settlement_task": SETTLE, "run_id": RUN_ID, "changes": CHANGES}
    REPAIR.start(site, {**form, "approve": approve})
    REPAIR.follow(site, show, approve=approve)
    settled, repaired = SETTLEMENT.receipts(site), REPAIR.receipts(site)
    replaced = {each["metadata"]["replaces"] for each in repaired if "metadata" in each}
    links = [*(each for each in settled if each["ref_id"] in replaced), *repaired]
    shown = table(
        ("payment", "status", "amount", "ref_id", "replaces"),
        [
            (
                each["key"],
                each.get("status", "not accepted"),
                f"{each['source_amount']} {each['source_asset']}",
                each["ref_id"],
                each.get("metadata", {}).get("replaces", "-"),
            )
            for each in links
        ],
    )
    paid = sum(each.get("status") == "COMPLETED" for each in (*settled, *repaired))
    return f"{shown}\n\n{paid} of {len(settled)} payments are settled."
