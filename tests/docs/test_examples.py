"""What the documentation shows works."""

from __future__ import annotations

import ast
import importlib
import json
from typing import Any

import pytest
from airflow.sdk import DAG

from tests.docs.pages import pages

PYTHON = [(page.name, block) for page in pages() for block in page.blocks("python")]
DAGS = [(name, block) for name, block in PYTHON if "@dag(" in block]


@pytest.mark.parametrize(("page", "block"), PYTHON, ids=[page for page, _ in PYTHON])
def test_an_example_is_python(page: str, block: str) -> None:
    ast.parse(block)


@pytest.mark.parametrize(("page", "block"), DAGS, ids=[page for page, _ in DAGS])
def test_an_example_of_a_dag_is_a_dag_with_tasks(page: str, block: str) -> None:
    code = ast.parse(block)
    last_line = code.body.pop()
    assert isinstance(last_line, ast.Expr), "a Dag file ends with the call that makes the Dag"
    names: dict[str, Any] = {}
    exec(compile(code, page, "exec"), names)
    made = eval(compile(ast.Expression(last_line.value), page, "eval"), names)

    assert isinstance(made, DAG)
    assert made.tasks


def test_each_guide_of_an_operator_sensor_or_hook_shows_a_whole_dag() -> None:
    guides = {page.name for page in pages() if "/guides/" in page.name} - {"docs/guides/retries.md"}

    assert {name for name, _ in DAGS if "/guides/" in name} == guides


def test_an_example_in_json_is_json() -> None:
    blocks = [block for page in pages() for block in page.blocks("json")]

    assert [json.loads(block) for block in blocks]


@pytest.mark.parametrize(("page", "block"), PYTHON, ids=[page for page, _ in PYTHON])
def test_what_an_example_imports_of_the_package_exists(page: str, block: str) -> None:
    own = [
        (node.module, alias.name)
        for node in ast.walk(ast.parse(block))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("airflow_provider_paxos")
        for alias in node.names
    ]

    missing = [name for module, name in own if not hasattr(importlib.import_module(str(module)), name)]

    assert missing == []
