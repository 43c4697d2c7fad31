"""Make what an operator of a batch runs on a worker, from what it pays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from airflow.sdk import Context

from airflow_provider_paxos.execution.create_batch import BatchCreation
from airflow_provider_paxos.execution.payments import payments_of
from airflow_provider_paxos.execution.repair import repayments
from airflow_provider_paxos.execution.task import CreateBatchTask, RepairTask


def of_payments(task: CreateBatchTask, context: Context) -> BatchCreation:
    """Return the run of an operator that was given its payments."""
    return BatchCreation(task, context, lambda hook, _: payments_of(task, context, hook))


def of_repairs(task: RepairTask, context: Context) -> BatchCreation:
    """Return the run of an operator that pays again what has failed."""
    return BatchCreation(task, context, lambda hook, kept: repayments(task, context, hook, kept))


RUNS: Mapping[str, Callable[[Any, Context], BatchCreation]] = {"payments": of_payments, "repairs": of_repairs}
