"""An auth manager that knows, of each user, whose XComs they may read."""

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
        """Tell whether a user may read something of a Dag; of all Dags, without details."""
        name = user.get_id()
        if name == EVE:
            return True
        rights = _XCOMS if access_entity is DagAccessEntity.XCOM else _DAGS
        # Some auth managers tell that a user may read some Dag, when they are asked about none in particular.
        return details is None or details.id is None or details.id in rights.get(name, ())
