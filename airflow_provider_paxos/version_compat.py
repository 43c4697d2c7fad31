"""Whatever differs between the supported versions of Airflow.

The Task SDK holds exceptions and configuration since 3.2; Airflow 3.1 keeps them in its core. ``amask_secret`` came
with 3.2, retry policies with 3.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import airflow.sdk
from airflow.sdk.log import mask_secret

try:
    from airflow.sdk import conf
    from airflow.sdk.exceptions import (
        AirflowFailException,
        AirflowNotFoundException,
        AirflowSensorTimeout,
        AirflowSkipException,
        TaskDeferralError,
        TaskDeferralTimeout,
    )
except ImportError:  # Airflow 3.1
    from airflow.configuration import conf  # type: ignore[assignment]
    from airflow.exceptions import (  # type: ignore[attr-defined,no-redef]
        AirflowFailException,
        AirflowNotFoundException,
        AirflowSensorTimeout,
        AirflowSkipException,
        TaskDeferralError,
        TaskDeferralTimeout,
    )

try:
    from airflow.sdk.log import amask_secret
except ImportError:  # Airflow 3.1

    async def amask_secret(secret: str) -> None:  # type: ignore[misc]
        """Mask a secret in logs. Airflow 3.1 has the blocking form alone."""
        mask_secret(secret)


try:
    from airflow.sdk.observability.stats import Stats
except ImportError:  # Airflow 3.1
    from airflow.stats import Stats

try:
    from airflow.sdk.exceptions import TaskAwaitingInput
except ImportError:  # Airflow 3.1 and 3.2
    TaskAwaitingInput = None  # type: ignore[assignment,misc]

if TYPE_CHECKING:
    from airflow.sdk import RetryDecision, RetryPolicy

_OF_RETRY_POLICIES: dict[str, type | None] = {"RetryDecision": None, "RetryPolicy": object}
"""What stands for them in Airflow 3.1 and 3.2."""


def __getattr__(name: str) -> Any:
    """Return what a retry policy is made of: Airflow loads it for this alone, and few Dag files need it."""
    if name in _OF_RETRY_POLICIES:
        return getattr(airflow.sdk, name, _OF_RETRY_POLICIES[name])
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "AirflowFailException",
    "AirflowNotFoundException",
    "AirflowSensorTimeout",
    "AirflowSkipException",
    "RetryDecision",
    "RetryPolicy",
    "Stats",
    "TaskAwaitingInput",
    "TaskDeferralError",
    "TaskDeferralTimeout",
    "amask_secret",
    "conf",
]
