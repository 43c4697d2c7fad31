"""A ref_id is the same in every attempt: a template that cannot promise that is refused when the Dag is parsed."""

from __future__ import annotations

import pytest

from airflow_provider_paxos.operators.arguments import require_stable_ref_id


@pytest.mark.parametrize(
    ("template", "named"),
    [
        ("pay-{{ ti.try_number }}", "ti.try_number"),
        ("pay-{{ task_instance.try_number }}", "task_instance.try_number"),
        ("pay-{{ ti['try_number'] }}", "ti.try_number"),
        ("pay-{{ ti|attr('try_number') }}", "ti.try_number"),
        ("{% set t = ti %}pay-{{ t.try_number }}", "ti.try_number"),
        ("{% if ti.try_number > 1 %}again{% endif %}-{{ ds }}", "ti.try_number"),
        ("pay-{{ ti.map_index }}", "ti.map_index"),
        ("pay-{{ expanded_ti_count }}", "expanded_ti_count"),
        ("pay-{{ ti.id }}", "ti.id"),
        ("pay-{{ ti.start_date | ds }}", "ti.start_date"),
        ("pay-{{ dag_run.start_date | ts_nodash }}", "dag_run.start_date"),
        ("pay-{{ macros.uuid.uuid4() }}", "macros.uuid"),
        ("pay-{{ macros.random() }}", "macros.random"),
        ("pay-{{ macros.datetime.now() }}", "macros.datetime.now"),
        ("pay-{{ macros.datetime.utcnow().isoformat() }}", "macros.datetime.utcnow"),
        ("pay-{{ macros.time.time() }}", "macros.time"),
        ("pay-{{ [1, 2] | random }}", "the filter random"),
        ("pay-{{ dag_run.note }}", "dag_run.note"),
        ("pay-{{ prev_data_interval_end_success | ds }}", "prev_data_interval_end_success"),
        ("pay-{{ prev_start_date_success | ds }}", "prev_start_date_success"),
        ("pay-{{ ti.get_previous_dagrun('success').run_id }}", "ti.get_previous_dagrun"),
        ("pay-{{ inlet_events['payments'][-1].extra.file }}", "inlet_events"),
        ("pay-{{ task_reschedule_count }}", "task_reschedule_count"),
    ],
)
def test_what_changes_between_attempts_is_refused_and_named(template: str, named: str) -> None:
    with pytest.raises(ValueError, match="a retry would pay again") as refused:
        require_stable_ref_id(template)
    assert f"uses {named}:" in str(refused.value)


@pytest.mark.parametrize(
    "template",
    [
        "settle-{{ ds }}-{{ key }}",
        "settle-{{ run_id }}",
        "settle-{{ dag_run.conf['batch'] }}",
        "settle-{{ dag_run.run_after | ds }}",
        "settle-{{ macros.ds_add(ds, 5) }}",
        "settle-{{ macros.datetime(2026, 11, 21).date() }}",
        "settle-{{ payment.start_date }}",
        "settle-{{ payment.metadata.note }}",
        "settle-{{ params.id }}-{{ payment['state'] }}",
        "{{ task.derived_ref_id(ti) }}",
        "random-try_number-map_index",
        "settle-{{ ti.try_number",
        None,
        7,
    ],
)
def test_what_stays_passes(template: object) -> None:
    require_stable_ref_id(template)
