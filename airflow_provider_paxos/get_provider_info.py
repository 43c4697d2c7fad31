"""What Airflow reads of this provider at start-up: a literal, which imports nothing."""

from typing import Any


def get_provider_info() -> dict[str, Any]:
    """Return the provider's description, in the shape of Airflow's ``provider_info.schema.json``."""
    return {
        "package-name": "airflow-provider-paxos",
        "name": "Paxos",
        "description": "Moves money with Paxos orchestrations: once, and provably once.",
    }
