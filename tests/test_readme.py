"""What the README shows works, and each field of a connection is described there and in ``docs/connection.md``."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_paxos.get_provider_info import get_provider_info

README = Path(__file__).parents[1] / "README.md"
TEXT = README.read_text(encoding="utf-8")
CONNECTION_PAGE = (README.parent / "docs" / "connection.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
LINKS = re.findall(r"\]\((?!https?://)([^)#]+)", TEXT)


@pytest.mark.parametrize("block", BLOCKS)
def test_every_example_is_python(block: str) -> None:
    ast.parse(block)


def test_the_first_example_is_a_dag_that_creates_and_then_waits() -> None:
    names: dict[str, Any] = {}
    exec(BLOCKS[0], names)
    dag = names["convert_and_wait"]()

    assert [task.task_id for task in dag.topological_sort()] == ["create", "wait"]


def test_the_operator_s_example_is_accepted_as_it_stands() -> None:
    block = next(block for block in BLOCKS if block.startswith("CreateOrchestrationOperator("))
    names: dict[str, Any] = {}
    exec("from airflow_provider_paxos.operators.orchestration import CreateOrchestrationOperator", names)
    exec(block, names)


@pytest.mark.parametrize("link", LINKS)
def test_every_link_to_a_file_leads_to_one(link: str) -> None:
    assert (README.parent / link).exists()


@pytest.mark.parametrize("field", get_provider_info()["connection-types"][0]["conn-fields"])
def test_every_field_of_the_connection_form_is_explained(field: str) -> None:
    assert f"`{field}`" in TEXT
    assert f"`{field}`" in CONNECTION_PAGE
