"""The public names of api: loaded when they are used, listed in docs/api.md, and typed."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from airflow_provider_paxos import api
from airflow_provider_paxos.api import errors
from tests.api.test_purity import imported_with
from tests.error_examples import classes

ROWS: dict[str, str] = dict(
    re.findall(r"^\| `(\w+)` \| (.+) \|$", (Path(__file__).parents[2] / "docs" / "api.md").read_text(), re.MULTILINE)
)


def typed_names() -> set[str]:
    """Return the names that a type checker finds in the package."""
    tree = ast.parse(Path(str(api.__file__)).read_text())
    (only_typed,) = (
        node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    return {alias.name for node in only_typed.body if isinstance(node, ast.ImportFrom) for alias in node.names}


def test_the_page_lists_every_public_name_and_no_other() -> None:
    assert sorted(ROWS) == sorted(api.__all__)


@pytest.mark.parametrize("name", ROWS)
def test_a_name_has_a_sentence(name: str) -> None:
    assert re.fullmatch(r"[A-Z0-9`].+\.", ROWS[name])


@pytest.mark.parametrize("name", api.__all__)
def test_a_public_name_is_what_its_module_defines(name: str) -> None:
    value = getattr(api, name)

    assert value.__name__ == name
    assert value.__module__.startswith(f"{api.__name__}.")


def test_dir_lists_the_public_names() -> None:
    assert dir(api) == sorted(api.__all__)


def test_a_type_checker_finds_the_same_names() -> None:
    assert typed_names() == set(api.__all__)


def test_every_error_is_public() -> None:
    assert {kind.__name__ for kind in classes()} == {
        name for name in api.__all__ if isinstance(value := getattr(api, name), type) and issubclass(value, Exception)
    }
    assert api.PaxosError is errors.PaxosError


def test_another_name_is_none_of_the_package() -> None:
    with pytest.raises(AttributeError, match=r"'airflow_provider_paxos\.api' has no attribute 'Orchestrator'"):
        api.Orchestrator  # type: ignore[attr-defined]  # noqa: B018


def test_importing_the_package_alone_imports_no_module_of_it() -> None:
    new = {name for name in imported_with([api.__name__]) if name not in imported_with(["importlib"])}

    assert {name for name in new if name.startswith("airflow_provider_paxos")} == {
        "airflow_provider_paxos",
        "airflow_provider_paxos.api",
    }
    assert {"pydantic", "requests", "httpx2", "cryptography", "airflow"}.isdisjoint(new)
