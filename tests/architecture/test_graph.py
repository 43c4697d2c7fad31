"""The house: arrows between rooms point down, no module is on a circle, and what is imported late is the exception."""

from __future__ import annotations

import pytest

from tests.architecture.graph import PACKAGE, ROOT, Import, arrows, circles, forbidden, imports, imports_of, room_of

LEAVES = {"assets", "receipts", "version_compat", "xcom"}
ALLOWED: dict[str, set[str]] = {
    "": set(),
    "get_provider_info": set(),
    "version_compat": set(),
    "xcom": set(),
    "emulator": set(),
    "api": {""},
    "receipts": {"api", "xcom"},
    "retries": {"api", "version_compat"},
    "waiting": {"api"},
    "batch": {"waiting", "api", "receipts", "xcom"},
    "planning": {"batch", "api"},
    "ledger": {"api"},
    "observability": {"api", "receipts", "version_compat"},
    "assets": {"api"},
    "reconciliation": {"batch", "api"},
    "hooks": {"observability", "reconciliation", "planning", "batch", "waiting", "api", *LEAVES},
    "triggers": {"hooks", "reconciliation", "planning", "batch", "waiting", "api", *LEAVES},
    "execution": {
        "observability",
        "triggers",
        "hooks",
        "reconciliation",
        "planning",
        "batch",
        "waiting",
        "api",
        "retries",
        "links",
        *LEAVES,
    },
    # What is read when a Dag is parsed hands over to execution, which alone goes on to triggers, hooks and waiting.
    "operators": {"execution", "batch", "api", "rendering", "retries", "links", "version_compat"},
    "sensors": {"execution", "api", "rendering", "retries", "links", "version_compat"},
    "ui": {"", "api", *LEAVES},
    "links": {"ui"},
    "rendering": {"execution"},
}
"""The rooms that each room may import, besides itself; "" is the package's own ``__init__``."""

LATE_IMPORTS = 15
"""Imports inside functions that the package may have: a Dag file must not load what only a task needs."""

STATEMENTS = imports_of(ROOT / PACKAGE)
GRAPH = arrows(STATEMENTS)


def test_every_room_has_a_row_in_the_table_and_every_row_a_room() -> None:
    assert {room_of(module) for module in GRAPH} == set(ALLOWED)


def test_no_module_imports_itself_in_a_circle() -> None:
    assert circles(GRAPH) == []


def test_arrows_between_rooms_are_those_of_the_table() -> None:
    assert forbidden(GRAPH, ALLOWED) == []


def test_the_table_has_no_circle_itself() -> None:
    assert circles(ALLOWED) == []


def test_nothing_imports_the_emulator() -> None:
    assert [room for room, others in ALLOWED.items() if "emulator" in others] == []


def test_what_airflow_reads_at_start_up_imports_nothing_of_ours_nor_of_airflow() -> None:
    imported = {name[-1] for each in STATEMENTS[f"{PACKAGE}.get_provider_info"] for name in each.names}
    assert imported <= {"__future__", "typing"}


def test_few_imports_stand_in_functions() -> None:
    late = [
        f"{module}:{each.line}"
        for module, its in STATEMENTS.items()
        for each in its
        if each.in_function and not each.by_version and not each.for_types
    ]
    assert len(late) <= LATE_IMPORTS, "\n".join(late)


MADE_UP = {
    "p": "",
    "p.low.__init__": "from p.low.first import thing",
    "p.low.first": "import os\nimport p.low.second",
    "p.low.second": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from p.low import third",
    "p.low.third": "def late():\n    from .first import thing",
    "p.high.top": "from p.low.first import thing",
    "p.high.sly": "class A:\n    def f(self):\n        with open('x'):\n            from ..low import second",
    "p.low.sly": "match 1:\n    case 1:\n        from p.high import top",
}


@pytest.fixture
def made_up() -> dict[str, set[str]]:
    """A graph with a circle of three modules and an arrow that points up."""
    statements = {
        name.removesuffix(".__init__"): imports(
            source, name.removesuffix(".__init__"), is_package=name.endswith("__init__") or name == "p"
        )
        for name, source in MADE_UP.items()
    }
    return arrows(statements)


def test_the_checker_finds_a_circle_through_functions_and_types(made_up: dict[str, set[str]]) -> None:
    assert circles(made_up) == [["p.low.first", "p.low.second", "p.low.third"]]


def test_the_checker_finds_a_circle_of_two_and_none_where_none_is() -> None:
    assert circles({"a": {"b"}, "b": {"a"}, "c": {"a"}, "d": set()}) == [["a", "b"]]
    assert circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_the_checker_finds_an_arrow_that_points_up(made_up: dict[str, set[str]]) -> None:
    assert forbidden(made_up, {"high": {"low"}}) == ["p.low.sly -> p.high.top"]
    assert forbidden(made_up, {}) == [
        "p.high.sly -> p.low.second",
        "p.high.top -> p.low.first",
        "p.low.sly -> p.high.top",
    ]


def test_the_checker_distinguishes_late_imports_version_imports_and_those_for_types() -> None:
    source = """
import top
try:
    from new import thing
except ImportError:
    from old import thing
if TYPE_CHECKING:
    import types_only
def late():
    import inside
    try:
        import newer
    except (ImportError, OSError):
        newer = None
"""
    assert imports(source, "p.m") == [
        Import(2, (("top",),)),
        Import(4, (("new.thing", "new"),), by_version=True),
        Import(6, (("old.thing", "old"),), by_version=True),
        Import(8, (("types_only",),), for_types=True),
        Import(10, (("inside",),), in_function=True),
        Import(12, (("newer",),), in_function=True, by_version=True),
    ]
