"""The example Dags as Airflow reads them: parsed fast and without errors, with params that refuse what is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.sdk.definitions.param import ParamsDict, ParamValidationError

from tests.example_dags.conftest import EXAMPLE_DAGS, PROFILE

FORMS = ["settlement_batch", "settlement_mapped"]
ALONE = ["convert_and_wait", "reconcile_daily", "repair_settlement", "saved_destinations", *FORMS]
DAG_IDS = ["book_deposits", *ALONE, "sweep_rules"]
every_dag = pytest.mark.parametrize("dag_id", DAG_IDS)


def params_of(dag: DAG, **values: Any) -> dict[str, Any]:
    """Return the params of a run that was triggered with these values, as Airflow validates them."""
    params = ParamsDict(dag.params)
    params.update(values)
    return params.validate()


def test_the_folder_holds_these_dags_alone_and_all_of_them_can_be_imported(dags: dict[str, DAG]) -> None:
    assert sorted(dags) == DAG_IDS


@pytest.mark.parametrize("file", [*ALONE, "sweep_deposits"])
def test_a_dag_file_is_parsed_without_what_only_a_task_needs(file: str) -> None:
    code = """
import json, sys
import airflow.sdk, airflow.sdk.bases.sensor, airflow.sdk.definitions.dag
before = set(sys.modules)
__import__(sys.argv[1])
print(json.dumps(sorted(set(sys.modules) - before)))
"""
    command = [sys.executable, "-c", code, file]
    run = subprocess.run(command, cwd=EXAMPLE_DAGS, capture_output=True, text=True, check=True, timeout=120)
    imported = json.loads(run.stdout.splitlines()[-1])
    heavy = ("requests", "httpx2", "pandas", "airflow_provider_paxos.hooks", "airflow_provider_paxos.api.client")
    assert [name for name in imported if name.startswith(heavy)] == []


@every_dag
def test_a_dag_has_an_owner_a_text_tags_and_patience(dags: dict[str, DAG], dag_id: str) -> None:
    dag = dags[dag_id]
    assert dag.doc_md
    assert "paxos" in dag.tags
    assert not dag.catchup
    assert {task.owner for task in dag.tasks} == {"treasury"}
    assert all(task.retries and task.retry_delay <= timedelta(minutes=1) for task in dag.tasks)


def test_unpausing_the_settlement_makes_up_for_no_day_that_has_passed(dags: dict[str, DAG]) -> None:
    dag = dags["settlement_batch"]
    assert not dag.catchup
    # With one, Airflow would run what was due last, at once: catchup alone does not keep it from that.
    assert all(task.start_date is None for task in dag.tasks)


def test_settlements_do_not_overlap_and_do_not_flood_paxos(dags: dict[str, DAG]) -> None:
    assert {dags[form].max_active_runs for form in FORMS} == {1}
    assert dags["settlement_mapped"].get_task("settle.create").max_active_tis_per_dag == 8


@every_dag
def test_the_params_of_a_run_that_is_triggered_without_changes_are_valid(dags: dict[str, DAG], dag_id: str) -> None:
    assert params_of(dags[dag_id])


@pytest.mark.parametrize(
    ("dag_id", "param", "value"),
    [
        ("convert_and_wait", "amount", "0.01"),
        ("convert_and_wait", "amount", "123456789012345.12"),
        ("convert_and_wait", "amount", "100"),
        ("convert_and_wait", "amount", " 100.5\t\n"),
        ("convert_and_wait", "source_profile", f"\t{PROFILE} "),
        ("convert_and_wait", "source_asset", "USDP"),
        ("convert_and_wait", "destination_profile", PROFILE.upper()),
        ("settlement_batch", "business_date", None),
        ("settlement_batch", "business_date", "2026-11-20"),
        ("settlement_batch", "settlement_file", "/data/settlement-{date}.csv"),
        ("settlement_batch", "approve", True),
    ],
)
def test_a_sound_param_is_accepted(dags: dict[str, DAG], dag_id: str, param: str, value: str | bool | None) -> None:
    assert params_of(dags[dag_id], **{param: value})[param] == value


WRONG: dict[tuple[str, str], list[Any]] = {
    ("convert_and_wait", "amount"): [
        *(100.25, 100, None, "", "0", "0.00", "-1", "+1", "1e5", "1,000", "1.", ".5", "007", "NaN"),
        *("\N{ARABIC-INDIC DIGIT ONE}", " ", "1 2", "1\n2", "{{ 1 }}", "9" * 16, "0.001", "1.000", " 0.00 "),
        "an amount above 0: digits, and up to two decimals after a dot, as in 1250.50",
    ],
    ("convert_and_wait", "source_asset"): ["usd", "EUR", "", None, "USD\n"],
    ("convert_and_wait", "destination_asset"): ["usd", "EUR", "", None, ["USD"]],
    ("convert_and_wait", "source_profile"): ["", None, "treasury", PROFILE[:-1], PROFILE + "0", f"{PROFILE} {PROFILE}"],
    ("convert_and_wait", "destination_profile"): ["", None, PROFILE.replace("-", ""), "{" + PROFILE + "}"],
    ("settlement_batch", "business_date"): ["", "20261120", "2026-11-31", "2026-W47-5", "20.11.2026", "2026-11-20\n"],
    ("settlement_batch", "settlement_file"): ["", None, 1],
    ("settlement_batch", "report_folder"): ["", None],
    ("settlement_batch", "approve"): ["yes", 1, None],
}


@pytest.mark.parametrize(
    ("dag_id", "param", "value"), [(*param, value) for param, values in WRONG.items() for value in values]
)
def test_a_wrong_param_is_refused(dags: dict[str, DAG], dag_id: str, param: str, value: Any) -> None:
    with pytest.raises(ParamValidationError):
        params_of(dags[dag_id], **{param: value})


@pytest.mark.parametrize(
    ("param", "entry", "wanted"),
    [
        ("amount", "1,000.00", "'an amount above 0: digits, and up to two decimals after a dot, as in 1250.50'"),
        (
            "source_profile",
            "treasury",
            "'the id of a profile at Paxos: 32 hexadecimal digits with hyphens between them'",
        ),
    ],
)
def test_a_wrong_entry_is_answered_in_words(dags: dict[str, DAG], param: str, entry: str, wanted: str) -> None:
    with pytest.raises(ParamValidationError) as refused:
        params_of(dags["convert_and_wait"], **{param: entry})
    assert str(refused.value).startswith(f"Invalid input for param {param}: {wanted} was expected\n")


def test_airflow_does_not_look_for_dags_in_the_modules_beside_them() -> None:
    ignored = (EXAMPLE_DAGS / ".airflowignore").read_text().splitlines()
    assert "paxos_settlement/" in ignored
    assert Path(EXAMPLE_DAGS, "paxos_settlement", "__init__.py").is_file()
