"""An auth manager with rights by Dag: which Dags, and whose XComs, each user may read."""

from __future__ import annotations

from typing import Any

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager

ANN = "ann"
"""May read all of the Dag ``settlement``, and nothing of any other."""

BEN = "ben"
"""May read all of the Dag ``payroll``; of ``settlement`` all but XComs."""

EVE = "eve"
"""May read everything."""

_DAGS = {ANN: {"settlement"}, BEN: {"settlement", "payroll"}}
_XCOMS = {ANN: {"settlement"}, BEN: {"payroll"}}


class PerDag(SimpleAuthManager):
    """Airflow's simple auth manager, with rights by Dag."""

    def is_authorized_dag(
        self, *, method: Any, user: Any, access_entity: Any = None, details: Any = None, **_: Any
    ) -> bool:
        """Return True if a user may read something of a Dag; of all Dags, without details."""
        name = user.get_id()
        if name == EVE:
            return True
        rights = _XCOMS if access_entity is DagAccessEntity.XCOM else _DAGS
        # Like some auth managers: without a Dag in the question, the answer is yes to whoever may read any.
        return details is None or details.id is None or details.id in rights.get(name, ())
