"""Describe to OpenLineage which assets of which profiles money has moved in, where its provider is installed."""

from __future__ import annotations

from typing import Any

from airflow_provider_paxos.assets import openlineage_name, profile_uri
from airflow_provider_paxos.batch.totals import Settlement, movements


def lineage_of(settlement: Settlement) -> Any:
    """Return the lineage of COMPLETED payments: datasets of profiles alone, as what is outside may name a person.

    :returns: an ``OperatorLineage``; None without the provider of OpenLineage.
    """
    try:
        from airflow.providers.openlineage.extractors import OperatorLineage
        from openlineage.client.event_v2 import Dataset
    except ImportError:
        return None
    moved = {
        openlineage_name(profile_uri(*held, settlement.environment)): movement
        for held, movement in movements(settlement.payments).items()
    }
    return OperatorLineage(
        inputs=[Dataset(*name) for name, movement in moved.items() if movement.sent],
        outputs=[Dataset(*name) for name, movement in moved.items() if movement.received],
    )
