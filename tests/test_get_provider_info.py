"""Airflow reads the provider info at start-up: it is valid by Airflow's own schemas, and what it describes exists."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import re
from pathlib import Path
from typing import Any

import airflow
import jsonschema
import pytest
from airflow.sdk import BaseHook, BaseOperator, BaseSensorOperator
from airflow.sdk.providers_manager_runtime import ProvidersManagerTaskRuntime
from airflow.triggers.base import BaseTrigger

import airflow_provider_paxos
from airflow_provider_paxos.api.limits import LIMITS
from airflow_provider_paxos.api.limits_over_time import LIMITS_OVER_TIME
from airflow_provider_paxos.api.settings import checked_settings
from airflow_provider_paxos.get_provider_info import get_provider_info
from airflow_provider_paxos.hooks.connection import EXTRAS

PACKAGE = "airflow-provider-paxos"
ROOT = Path(__file__).parents[1]


def schema(name: str) -> dict[str, Any]:
    """Return a JSON schema that ships with the installed Airflow."""
    (folder,) = airflow.__path__
    return dict(json.loads((Path(folder) / name).read_text()))


@pytest.fixture
def info() -> dict[str, Any]:
    return get_provider_info()


def test_it_is_what_airflow_validates_at_start_up(info: dict[str, Any]) -> None:
    jsonschema.validate(info, schema("provider_info.schema.json"))


def test_it_holds_only_what_airflow_knows(info: dict[str, Any]) -> None:
    assert info.keys() <= schema("provider_info.schema.json")["properties"].keys()


def test_every_part_is_valid_by_the_stricter_schema_of_airflows_own_providers(info: dict[str, Any]) -> None:
    strict = schema("provider.yaml.schema.json")
    for part in info.keys() & strict["properties"].keys():
        jsonschema.validate(info[part], {**strict["properties"][part], "definitions": strict.get("definitions", {})})


def test_airflow_finds_the_provider_and_its_connection_type() -> None:
    manager = ProvidersManagerTaskRuntime()
    assert PACKAGE in manager.providers
    hook = manager.hooks["paxos"]
    assert hook is not None
    assert hook.hook_class_name == "airflow_provider_paxos.hooks.paxos.PaxosHook"


KINDS = {"operators": BaseOperator, "sensors": BaseSensorOperator, "hooks": BaseHook, "triggers": BaseTrigger}


def modules_that_define(part: str) -> set[str]:
    """Return the modules of the package that define a public class of a kind."""
    found = set()
    for each in pkgutil.walk_packages(airflow_provider_paxos.__path__, f"{airflow_provider_paxos.__name__}."):
        if each.name.rpartition(".")[2] == "__main__":
            continue
        for name, kind in inspect.getmembers(importlib.import_module(each.name), inspect.isclass):
            is_sensor = issubclass(kind, BaseSensorOperator)
            of_this_kind = issubclass(kind, KINDS[part]) and is_sensor == (part == "sensors")
            if of_this_kind and kind.__module__ == each.name and not name.startswith("_"):
                found.add(each.name)
    return found


@pytest.mark.parametrize("part", KINDS)
def test_it_names_every_module_with_an_operator_sensor_hook_or_trigger(info: dict[str, Any], part: str) -> None:
    named = {module for integration in info[part] for module in integration["python-modules"]}
    assert named == modules_that_define(part) - INTERNAL


INTERNAL = {"airflow_provider_paxos.hooks.snapshots", "airflow_provider_paxos.triggers.decision"}
"""The hook of the triggerer's poller, and what triggers for decisions share: no Dag author uses them."""


def test_the_classes_that_it_names_exist(info: dict[str, Any]) -> None:
    named = [*info["extra-links"], *(each["hook-class-name"] for each in info["connection-types"])]
    assert len(named) == 2
    for path in named:
        module, _, name = path.rpartition(".")
        assert inspect.isclass(getattr(importlib.import_module(module), name))


def test_the_form_has_a_field_for_everything_that_a_connection_may_say(info: dict[str, Any]) -> None:
    (form,) = info["connection-types"]
    assert form["conn-fields"].keys() == {*EXTRAS, *LIMITS, *LIMITS_OVER_TIME}


@pytest.mark.parametrize("page", ["README.md", "docs/connection.md"])
def test_every_field_of_the_form_is_documented(info: dict[str, Any], page: str) -> None:
    rows = [line for line in (ROOT / page).read_text().splitlines() if line.startswith("|")]
    first_cells = " ".join(row.split("|")[1] for row in rows)
    assert info["connection-types"][0]["conn-fields"].keys() <= set(re.findall(r"`(\w+)`", first_cells))


def test_the_form_proposes_the_defaults(info: dict[str, Any]) -> None:
    fields = info["connection-types"][0]["conn-fields"]
    defaults = {name: field["schema"]["default"] for name, field in fields.items() if "default" in field["schema"]}
    found = checked_settings(client_id="client-1", client_secret="s3cr3t")
    assert defaults == {name: getattr(found, name) for name in defaults}
