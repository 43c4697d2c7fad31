"""The wheel beside every Airflow minor version that is supported; the tests themselves run on the newest."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from airflow_provider_paxos import __version__
from tests.packaging.conftest import OLDER
from tests.packaging.environments import CHECKOUT, Environment

if TYPE_CHECKING:
    from pathlib import Path

UNIT_TESTS = ("execution", "hooks", "operators", "sensors", "triggers")
"""The folders of what imports Airflow. What imports none behaves as beside the newest: see ``LIBRARIES``."""

LIBRARIES = ("certifi", "cryptography", "httpx2", "pydantic", "PyJWT", "requests")
"""What ``api`` and ``batch`` stand on."""


@pytest.fixture
def tests_alone(tmp_path: Path) -> Path:
    """A folder with the unit tests where the checkout's package cannot be imported."""
    ignore = shutil.ignore_patterns("__pycache__")
    for name in UNIT_TESTS:
        shutil.copytree(CHECKOUT / "tests" / name, tmp_path / "tests" / name, ignore=ignore)
    # What they import of the other folders' helpers. A fixture there may need what is not there.
    helpers = (file for file in (CHECKOUT / "tests").glob("*/*.py") if not file.name.startswith(("test_", "conftest")))
    shared = (file for file in (CHECKOUT / "tests").glob("*.py") if not file.name.startswith("test_"))
    for file in (*helpers, *shared, CHECKOUT / "pyproject.toml"):
        copy = tmp_path / file.relative_to(CHECKOUT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    return tmp_path


def listed(environment: Environment, what: str, *, home: Path) -> list[dict[str, str]]:
    """Return what ``airflow providers list`` or ``hooks`` prints."""
    output = environment.run("-m", "airflow", "providers", what, "--output", "json", AIRFLOW_HOME=str(home))
    # What Airflow logs comes before what it prints.
    return list(json.loads(output[output.rindex("[{") :]))


def pinned(library: str, requirements: str) -> str:
    """Return the line of a requirements file for a library."""
    lines = (CHECKOUT / "requirements" / f"{requirements}.txt").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith(f"{library}=="))
    return line


def test_its_requirements_are_met(older: Environment) -> None:
    older.pip("check")


def test_airflow_lists_the_provider(older: Environment, tmp_path: Path) -> None:
    providers = {each["package_name"]: each["version"] for each in listed(older, "list", home=tmp_path)}
    assert providers["airflow-provider-paxos"] == __version__


def test_airflow_knows_the_connection_type(older: Environment, tmp_path: Path) -> None:
    hooks = {each["connection_type"]: each["class"] for each in listed(older, "hooks", home=tmp_path)}
    assert hooks["paxos"] == "airflow_provider_paxos.hooks.paxos.PaxosHook"


@pytest.mark.parametrize("name", OLDER)
@pytest.mark.parametrize("library", LIBRARIES)
def test_what_imports_no_airflow_finds_the_libraries_that_its_own_tests_ran_with(name: str, library: str) -> None:
    assert pinned(library, name) == pinned(library, "dev")


def test_the_unit_tests_pass(older: Environment, tests_alone: Path, tmp_path: Path) -> None:
    where = older.run("-c", "import airflow_provider_paxos as p; print(p.__file__)", cwd=tests_alone)
    assert where.startswith(str(older.folder))
    options = ("-q", "-p", "no:cacheprovider")
    older.run("-m", "pytest", *options, "tests", cwd=tests_alone, AIRFLOW_HOME=str(tmp_path / "home"))
