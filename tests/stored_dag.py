"""A Dag in the form that Airflow stores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

try:
    from airflow.serialization.serialized_objects import DagSerialization
except ImportError:  # Airflow 3.1
    from airflow.serialization.serialized_objects import SerializedDAG as DagSerialization

if TYPE_CHECKING:
    from airflow.sdk import DAG


def stored(dag: DAG) -> dict[str, Any]:
    """Return what Airflow writes into its database for a Dag."""
    return dict(DagSerialization.to_dict(dag))
