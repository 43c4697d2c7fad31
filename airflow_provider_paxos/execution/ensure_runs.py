"""The runs of the operators that ensure something, by what that is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_paxos.execution.ensure import Ensuring
from airflow_provider_paxos.execution.ensure_destinations import EnsuringDestinations
from airflow_provider_paxos.execution.ensure_rules import EnsuringRules

RUNS: Mapping[str, type[Ensuring[Any]]] = {"destinations": EnsuringDestinations, "rules": EnsuringRules}
