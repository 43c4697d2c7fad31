"""The wheel: what is in it, and that it can be imported without the checkout."""

from __future__ import annotations

import re
import zipfile
from email import message_from_bytes
from typing import TYPE_CHECKING

import pytest

from airflow_provider_paxos import __version__
from tests.packaging.environments import CHECKOUT, Environment

if TYPE_CHECKING:
    from pathlib import Path

DIST_INFO = f"airflow_provider_paxos-{__version__}.dist-info"


@pytest.fixture(scope="module")
def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_it_holds_the_package_and_nothing_beside_it(contents: dict[str, bytes]) -> None:
    assert {name.partition("/")[0] for name in contents} == {"airflow_provider_paxos", DIST_INFO}


def test_it_holds_every_module_of_the_package(contents: dict[str, bytes]) -> None:
    modules = {str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "airflow_provider_paxos").rglob("*.py")}
    assert modules == {name for name in contents if name.endswith(".py")}


def test_it_holds_no_leftovers(contents: dict[str, bytes]) -> None:
    assert [name for name in contents if "__pycache__" in name or name.endswith((".pyc", ".orig", ".log"))] == []


@pytest.mark.parametrize("file", ["airflow_provider_paxos/py.typed", f"{DIST_INFO}/licenses/LICENSE"])
def test_it_holds_the_type_marker_and_the_licence(contents: dict[str, bytes], file: str) -> None:
    assert file in contents


def test_airflow_finds_the_provider_by_its_entry_point(contents: dict[str, bytes]) -> None:
    lines = contents[f"{DIST_INFO}/entry_points.txt"].decode().splitlines()
    assert lines[lines.index("[apache_airflow_provider]") + 1] == (
        "provider_info = airflow_provider_paxos.get_provider_info:get_provider_info"
    )


def test_airflow_finds_the_plugin_by_its_entry_point(contents: dict[str, bytes]) -> None:
    lines = contents[f"{DIST_INFO}/entry_points.txt"].decode().splitlines()
    assert lines[lines.index("[airflow.plugins]") + 1] == "paxos = airflow_provider_paxos.ui.plugin:PaxosPlugin"


def test_it_holds_the_modules_of_the_web_ui_and_nothing_of_their_development(contents: dict[str, bytes]) -> None:
    folder = "airflow_provider_paxos/ui/static/"
    modules = {f"{folder}{path.name}": path.read_bytes() for path in (CHECKOUT / folder).glob("*.js")}
    assert f"{folder}paxos.js" in modules
    assert modules == {name: content for name, content in contents.items() if name.startswith(folder)}


def test_its_metadata_names_the_floors(contents: dict[str, bytes]) -> None:
    metadata = message_from_bytes(contents[f"{DIST_INFO}/METADATA"])
    required = metadata.get_all("Requires-Dist", [])
    assert metadata["Requires-Python"] == ">=3.11"
    assert "apache-airflow>=3.1" in required


def test_it_is_read_from_a_clean_environment_where_nothing_else_is(wheel: Path, tmp_path: Path) -> None:
    environment = Environment.create(tmp_path / "clean")
    environment.install(wheel)
    program = (
        "import airflow_provider_paxos as package\n"
        "from airflow_provider_paxos.get_provider_info import get_provider_info\n"
        "print(package.__file__, package.__version__, get_provider_info()['package-name'])"
    )
    file, version, name = environment.run("-c", program).split()
    assert file.startswith(str(environment.folder))
    assert (version, name) == (__version__, "airflow-provider-paxos")


def test_the_example_of_an_image_stands_on_the_airflow_that_the_tests_run_on(wheel: Path) -> None:
    dockerfile = (CHECKOUT / "docs" / "docker" / "Dockerfile").read_text()
    (tested,) = re.findall(r"(?m)^apache-airflow==(.+)$", (CHECKOUT / "requirements" / "dev.txt").read_text())
    assert re.findall(r"apache/airflow:([\d.]+)-", dockerfile) == [tested]
    (copied,) = re.findall(r"dist/(\S+)", dockerfile)
    assert wheel.match(copied)
