"""Asset events: what a task has settled stands in the events of its outlets; without outlets there is nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from airflow.sdk import DAG, Asset, AssetAlias
from airflow.sdk.execution_time.context import OutletEventAccessor, OutletEventAccessors

from airflow_provider_paxos.assets import profile_asset
from airflow_provider_paxos.operators.repair import RepairOrchestrationsOperator
from airflow_provider_paxos.version_compat import AirflowFailException
from tests.fake_paxos import FakePaxos, problem
from tests.fixtures import Create, CreateBatch
from tests.payments import payments
from tests.task_instance import RUN_ID, TaskInstance, context_of, run

SETTLED = Asset("settled")
NO_DATE = SimpleNamespace(logical_date=None, run_id=RUN_ID)
HAS_PARTITIONS = hasattr(OutletEventAccessor, "add_partitions")
"""From Airflow 3.3 on."""


@pytest.fixture
def events() -> OutletEventAccessors:
    """The accessors of outlet events, as Airflow gives them to a task."""
    return OutletEventAccessors()


def settling() -> TaskInstance:
    return TaskInstance(task_id="settle")


def test_an_event_says_what_a_batch_has_settled(
    paxos: FakePaxos, create_batch: CreateBatch, events: OutletEventAccessors
) -> None:
    batch = create_batch(outlets=[SETTLED], payments=payments(3, source_amount="0.10"))
    run(batch, settling(), outlet_events=events, dag_run=NO_DATE)
    extra = dict(events[SETTLED].extra)
    assert len(str(extra.pop("digest"))) == 64
    assert extra == {
        "environment": "sandbox",
        "dag_id": "settlement",
        "run_id": RUN_ID,
        "task_id": "settle",
        "map_index": None,
        "business_date": None,
        "payments": 3,
        "statuses": {"PROCESSING": 3},
        "totals": [
            {
                "source_asset": "USD",
                "destination_asset": "USDG",
                "status": "PROCESSING",
                "payments": 3,
                "amount": "0.30",
            }
        ],
    }


def test_the_digest_is_that_of_the_payments_whatever_became_of_them(
    paxos: FakePaxos, create_batch: CreateBatch
) -> None:
    digests = []
    for status in ("PROCESSING", "COMPLETED"):
        for orchestration in paxos.book.values():
            orchestration["status"] = status
        events = OutletEventAccessors()
        run(create_batch(outlets=[SETTLED]), settling(), outlet_events=events, dag_run=NO_DATE)
        digests.append(events[SETTLED].extra["digest"])
    assert digests[0] == digests[1]


def test_failed_payments_are_counted_where_they_do_not_fail_the_task(
    paxos: FakePaxos, create_batch: CreateBatch, events: OutletEventAccessors
) -> None:
    paxos.replies["create"].append(problem(400, "unsupported-address"))
    batch = create_batch(outlets=[SETTLED], on_failed_payments="report")
    run(batch, settling(), outlet_events=events, dag_run=NO_DATE)
    assert events[SETTLED].extra["statuses"] == {"NOT ACCEPTED": 1, "PROCESSING": 2}


def test_a_batch_without_payments_has_an_event_that_says_so(
    paxos: FakePaxos, create_batch: CreateBatch, events: OutletEventAccessors
) -> None:
    run(create_batch(outlets=[SETTLED], payments=[]), settling(), outlet_events=events, dag_run=NO_DATE)
    assert (events[SETTLED].extra["payments"], events[SETTLED].extra["totals"]) == (0, [])


def test_the_authors_own_extra_is_kept(
    paxos: FakePaxos, create_batch: CreateBatch, events: OutletEventAccessors
) -> None:
    events[SETTLED].extra = {"team": "treasury"}
    run(create_batch(outlets=[SETTLED]), settling(), outlet_events=events, dag_run=NO_DATE)
    assert events[SETTLED].extra["team"] == "treasury"


@pytest.fixture
def completed(paxos: FakePaxos) -> FakePaxos:
    """A Paxos that holds the payments of a batch, two of them COMPLETED."""
    for number, status in enumerate(("COMPLETED", "COMPLETED", "FAILED"), start=1):
        paxos.add(number, status=status)
    return paxos


SENT = profile_asset(profile_id="profile-a", asset="USD")
RECEIVED = profile_asset(profile_id="profile-b", asset="USDG")


@pytest.mark.parametrize(("held", "moved"), [(SENT, ("200.50", "0")), (RECEIVED, ("0", "200.50"))])
def test_the_event_of_a_profiles_asset_says_what_the_profile_sent_and_received(
    completed: FakePaxos,
    create_batch: CreateBatch,
    events: OutletEventAccessors,
    held: Asset,
    moved: tuple[str, str],
) -> None:
    batch = create_batch(outlets=[held], on_failed_payments="report")
    run(batch, settling(), outlet_events=events, dag_run=NO_DATE)
    assert (events[held].extra["sent"], events[held].extra["received"]) == moved


def test_an_asset_of_another_profile_or_environment_says_nothing_of_movements(
    completed: FakePaxos, create_batch: CreateBatch, events: OutletEventAccessors
) -> None:
    others = [
        profile_asset(profile_id="profile-c", asset="USD"),
        profile_asset(profile_id="profile-a", asset="USD", environment="production"),
    ]
    batch = create_batch(outlets=others, on_failed_payments="report")
    run(batch, settling(), outlet_events=events, dag_run=NO_DATE)
    assert not any({"sent", "received"} & events[other].extra.keys() for other in others)


def test_an_alias_has_an_event_of_each_asset_of_each_profile_that_money_moved_in(
    completed: FakePaxos, create_batch: CreateBatch, events: OutletEventAccessors
) -> None:
    alias = AssetAlias("moved")
    batch = create_batch(outlets=[alias], on_failed_payments="report")
    run(batch, settling(), outlet_events=events, dag_run=NO_DATE)
    moved = {event.dest_asset_key.uri: event.extra for event in events[alias].asset_alias_events}
    assert {uri: (extra["sent"], extra["received"]) for uri, extra in moved.items()} == {
        "paxos://sandbox/profiles/profile-a/USD": ("200.50", "0"),
        "paxos://sandbox/profiles/profile-b/USDG": ("0", "200.50"),
    }


def test_the_event_of_a_single_payment_says_what_it_came_to(
    paxos: FakePaxos, create: Create, events: OutletEventAccessors
) -> None:
    ti = TaskInstance()
    run(create(outlets=[SETTLED]), ti, outlet_events=events, dag_run=NO_DATE)
    assert events[SETTLED].extra["statuses"] == {"PROCESSING": 1}
    paxos.end("orchestration-1", "COMPLETED")
    after = OutletEventAccessors()
    operator = create(outlets=[SETTLED], wait_for_completion=True)
    event = {"terminal": [{"id": "orchestration-1", "ref_id": "settle-1", "status": "COMPLETED"}]}
    context = context_of(operator, ti, outlet_events=after, dag_run=NO_DATE)
    operator.render_template_fields(context)
    operator.execute_complete(context, event, "orchestration-1")
    assert after[SETTLED].extra["statuses"] == {"COMPLETED": 1}


def test_a_task_without_outlets_asks_airflow_for_no_event(paxos: FakePaxos, create_batch: CreateBatch) -> None:
    assert len(run(create_batch(), settling())) == 3


@pytest.mark.skipif(not HAS_PARTITIONS, reason="Airflow 3.3 brought partitions of a task's own")
def test_the_partition_key_is_that_of_the_author(
    paxos: FakePaxos, create_batch: CreateBatch, events: OutletEventAccessors
) -> None:
    late = SimpleNamespace(logical_date=datetime(2026, 11, 20, 23, tzinfo=UTC), run_id=RUN_ID)
    key = "{{ task.business_date(dag_run) }}"
    with DAG("settlement", schedule="@daily", start_date=datetime(2026, 1, 1, tzinfo=ZoneInfo("Europe/Berlin"))):
        batch = create_batch(outlets=[SETTLED], outlet_partition_key=key, payments=[])
    run(batch, settling(), outlet_events=events, dag_run=late)
    assert events[SETTLED].partition_keys == {"2026-11-21"}
    assert events[SETTLED].extra["business_date"] == "2026-11-21"


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"outlets": [SETTLED], "outlet_partition_key": " "}, "it is a text of up to 250 characters"),
    ({"outlets": [SETTLED], "outlet_partition_key": "x" * 251}, "it is a text of up to 250 characters"),
    ({"outlets": [], "outlet_partition_key": "2026-11-20"}, "needs an asset in outlets"),
    ({"outlets": [AssetAlias("moved")], "outlet_partition_key": "2026-11-20"}, "needs an asset in outlets"),
]


@pytest.mark.parametrize(("arguments", "why"), REFUSED)
def test_a_partition_key_that_airflow_would_refuse_at_the_end_is_refused_before_money_moves(
    paxos: FakePaxos,
    create_batch: CreateBatch,
    create: Create,
    arguments: dict[str, Any],
    why: str,
) -> None:
    for make in (create_batch, create):
        with pytest.raises(AirflowFailException, match=f"outlet_partition_key .*{why}.*sent nothing"):
            run(make(**arguments), outlet_events=OutletEventAccessors(), dag_run=NO_DATE)
    assert paxos.calls() == []


def test_an_outlet_that_does_not_exist_is_found_before_money_moves(paxos: FakePaxos, create: Create) -> None:
    class Events:
        def __getitem__(self, outlet: object) -> None:
            raise LookupError(outlet)

    with pytest.raises(LookupError):
        run(create(outlets=[SETTLED]), outlet_events=Events(), dag_run=NO_DATE)
    assert paxos.calls() == []


def test_an_airflow_without_partitions_is_named_before_money_moves(paxos: FakePaxos, create_batch: CreateBatch) -> None:
    class Events:
        def __getitem__(self, outlet: object) -> SimpleNamespace:
            return SimpleNamespace(extra={})

    with pytest.raises(AirflowFailException, match=r"needs Airflow 3\.3"):
        run(create_batch(outlets=[SETTLED], outlet_partition_key="x"), outlet_events=Events(), dag_run=NO_DATE)
    assert paxos.calls() == []


def test_a_repair_has_events_as_a_batch_has(paxos: FakePaxos, events: OutletEventAccessors) -> None:
    paxos.add(1, status="FAILED")
    repair = RepairOrchestrationsOperator(
        task_id="repair", ref_ids=["settle-1"], wait_for_completion=False, outlets=[SETTLED]
    )
    run(repair, TaskInstance(task_id="repair"), outlet_events=events, dag_run=NO_DATE)
    assert events[SETTLED].extra["statuses"] == {"PROCESSING": 1}
