"""What Airflow reads at start-up: valid by Airflow's own schemas, and what it describes is there."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import airflow
import jsonschema
import pytest
from airflow.sdk.providers_manager_runtime import ProvidersManagerTaskRuntime

from airflow_provider_paxos.api.settings import settings
from airflow_provider_paxos.get_provider_info import get_provider_info
from airflow_provider_paxos.hooks.connection import EXTRAS

PACKAGE = "airflow-provider-paxos"


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


@pytest.mark.parametrize("part", ["operators", "sensors", "hooks", "triggers"])
def test_the_modules_that_it_names_can_be_imported(info: dict[str, Any], part: str) -> None:
    for integration in info.get(part, []):
        for module in integration["python-modules"]:
            importlib.import_module(module)


@pytest.mark.parametrize("part", ["extra-links", "hook-class-names"])
def test_the_classes_that_it_names_exist(info: dict[str, Any], part: str) -> None:
    for path in info.get(part, []):
        module, _, name = path.rpartition(".")
        assert hasattr(importlib.import_module(module), name)


def test_the_form_has_a_field_for_everything_that_a_connection_may_say(info: dict[str, Any]) -> None:
    (form,) = info["connection-types"]
    assert set(EXTRAS) <= form["conn-fields"].keys()


def test_the_form_proposes_the_defaults(info: dict[str, Any]) -> None:
    fields = info["connection-types"][0]["conn-fields"]
    defaults = {name: field["schema"]["default"] for name, field in fields.items() if "default" in field["schema"]}
    found = settings(client_id="client-1", client_secret="s3cr3t")
    assert defaults == {name: getattr(found, name) for name in defaults}
