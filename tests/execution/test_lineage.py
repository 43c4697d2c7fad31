"""Lineage: the assets of profiles that money has moved in, and nothing of what is outside Paxos.

The provider of OpenLineage is optional, and not installed beside each Airflow on which this runs, so that its two
classes have stand-ins here. Real events are read back in ``tests/end_to_end/test_observability.py``.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

from airflow_provider_paxos.assets import convert_asset_to_openlineage, profile_asset
from airflow_provider_paxos.version_compat import AirflowFailException
from tests.fake_paxos import FakePaxos
from tests.fixtures import Create, CreateBatch
from tests.payments import payments
from tests.task_instance import TaskInstance, run

PROVIDER, EXTRACTORS = "airflow.providers.openlineage", "airflow.providers.openlineage.extractors"
CLIENT, EVENTS = "openlineage.client", "openlineage.client.event_v2"
BANK = {"fiat": {"bank_account_id": "b5e0cf1a-0d5c-4c6e-9a76-0b0c2bdb6c1e"}}


@dataclass(frozen=True)
class Dataset:
    namespace: str
    name: str


@dataclass
class OperatorLineage:
    inputs: list[Dataset] = field(default_factory=list)
    outputs: list[Dataset] = field(default_factory=list)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for the provider and its client."""
    for name in (PROVIDER, EXTRACTORS, "openlineage", CLIENT, EVENTS):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    vars(sys.modules[EXTRACTORS])["OperatorLineage"] = OperatorLineage
    vars(sys.modules[EVENTS])["Dataset"] = Dataset


def held(profile_id: str, asset: str) -> Dataset:
    return Dataset("paxos://sandbox", f"profiles/{profile_id}/{asset}")


def lineage(operator: Any) -> Any:
    return operator.get_openlineage_facets_on_complete(TaskInstance())


@pytest.fixture
def completed(paxos: FakePaxos) -> FakePaxos:
    """A Paxos that holds three payments: to a profile, to a bank account, and one that is FAILED."""
    paxos.add(1, status="COMPLETED")
    paxos.add(2, status="COMPLETED", destination=BANK)
    paxos.add(3, status="FAILED", source={"profile": {"profile_id": "profile-c"}})
    return paxos


@pytest.fixture
def batch(completed: FakePaxos) -> list[dict[str, Any]]:
    """The three payments."""
    one, two, three = payments(3)
    return [one, {**two, "destination": BANK}, {**three, "source": {"profile": {"profile_id": "profile-c"}}}]


def test_money_flows_from_the_source_to_the_destination_where_both_are_profiles(
    batch: list[dict[str, Any]], create_batch: CreateBatch, installed: None
) -> None:
    operator = create_batch(payments=batch, on_failed_payments="report")
    run(operator, TaskInstance(task_id="settle"))
    assert lineage(operator) == OperatorLineage([held("profile-a", "USD")], [held("profile-b", "USDG")])


def test_a_failed_batch_has_the_lineage_of_its_completed_payments(
    batch: list[dict[str, Any]], create_batch: CreateBatch, installed: None
) -> None:
    operator = create_batch(payments=batch)
    with pytest.raises(AirflowFailException):
        run(operator, TaskInstance(task_id="settle"))
    assert operator.get_openlineage_facets_on_failure(TaskInstance()).inputs == [held("profile-a", "USD")]


def test_a_single_payment_has_lineage_once_it_is_completed(
    completed: FakePaxos, create: Create, installed: None
) -> None:
    operator = create()
    assert lineage(operator) is None
    run(operator)
    assert lineage(operator) == OperatorLineage([held("profile-a", "USD")], [held("profile-b", "USDG")])


def test_without_the_provider_there_is_no_lineage_and_the_task_succeeds(
    completed: FakePaxos, create: Create, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, EXTRACTORS, None)
    operator = create()
    assert run(operator) == "orchestration-1"
    assert lineage(operator) is None


def test_an_outlet_is_the_dataset_of_its_uri(installed: None) -> None:
    asset = profile_asset(profile_id="profile-a", asset="USD")
    assert convert_asset_to_openlineage(asset, None) == held("profile-a", "USD")


def test_an_outlet_has_no_dataset_without_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, EVENTS, None)
    assert convert_asset_to_openlineage(profile_asset(profile_id="profile-a", asset="USD"), None) is None
