"""The levels that the package docstring draws, held against the imports."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_provider_paxos import emulator

PACKAGE = "airflow_provider_paxos.emulator"
FOLDER = Path(emulator.__file__).parent
FOLDERS = {path.parent.name for path in FOLDER.glob("*/__init__.py")}
FILES = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"} | FOLDERS


def levels() -> list[list[str]]:
    """The names at the beginning of each line of the drawing, from the top down."""
    drawing = (emulator.__doc__ or "").partition("::\n")[2]
    lines = [re.split(r" {3,}", line.strip())[0].split() for line in drawing.splitlines() if line.startswith("    ")]
    return [line for line in lines if set(line) <= FILES and line]


def imported(file: str) -> Iterator[str]:
    """The modules that a file, or a folder's files, import, inside functions and for types included."""
    sources = (FOLDER / file).glob("*.py") if file in FOLDERS else [FOLDER / f"{file}.py"]
    for node in (node for source in sources for node in ast.walk(ast.parse(source.read_text()))):
        if isinstance(node, ast.ImportFrom) and node.module == PACKAGE:
            yield from (f"{PACKAGE}.{name.name}" for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def test_the_drawing_has_every_file_once() -> None:
    assert sorted(name for level in levels() for name in level) == sorted(FILES)


@pytest.mark.parametrize("file", sorted(FILES))
def test_a_file_imports_only_from_the_lines_below_its_own(file: str) -> None:
    level = next(number for number, names in enumerate(levels()) if file in names)
    allowed = {f"{PACKAGE}.{name}" for names in levels()[level + 1 :] for name in names}
    own = f"{PACKAGE}.{file}"
    ours = {module for module in imported(file) if module.startswith((".", "airflow_provider_paxos"))}
    assert {module for module in ours if module != own and not module.startswith(f"{own}.")} <= allowed
