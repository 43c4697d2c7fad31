"""The batch of several Dags, whose third payment fails.

It is not in their folder: Airflow would find the Dags of one file in another that imports it.
"""

from __future__ import annotations

from typing import Any

TREASURY, PAYOUTS = "00000000-0000-4000-8000-000000000002", "00000000-0000-4000-8000-000000000003"
CLOSED_ACCOUNT = {"fiat": {"bank_account_id": "fa11ed00-0000-4000-8000-000000000001"}}
PAYMENTS: list[dict[str, Any]] = [
    {"key": "1", "source_amount": "1.10"},
    {"key": "2", "source_amount": "2.20"},
    {"key": "3", "source_amount": "3.30", "destination": CLOSED_ACCOUNT},
]
BATCH: dict[str, Any] = {
    "payments": PAYMENTS,
    "defaults": {
        "source_asset": "USD",
        "destination_asset": "USDG",
        "source": {"profile": {"profile_id": TREASURY}},
        "destination": {"profile": {"profile_id": PAYOUTS}},
    },
    "poll_interval": 0.05,
}

ALERTS = "ALERTS_OF_THE_TESTS"
"""The environment variable that names the file of alerts."""
