"""The API reference names what exists, and every error."""

from __future__ import annotations

import importlib
import re

import pytest

from airflow_provider_paxos.api.errors import PaxosError
from tests.docs.pages import DOCS, Page

REFERENCE = [Page(path) for path in sorted((DOCS / "reference").glob("*.md"))]
NAMED = [name for page in REFERENCE for name in re.findall(r"^\.\. autoapi\w+:: (\S+)$", page.text, re.MULTILINE)]


def subclasses(kind: type[PaxosError]) -> set[str]:
    """Return the names of an error and of all errors below it."""
    return {kind.__name__}.union(*map(subclasses, kind.__subclasses__()))


@pytest.mark.parametrize("name", NAMED)
def test_a_name_of_the_reference_exists_where_it_says(name: str) -> None:
    module, _, attribute = name.rpartition(".")

    assert getattr(importlib.import_module(module), attribute).__module__ == module


def test_a_name_is_documented_once() -> None:
    assert sorted(NAMED) == sorted(set(NAMED))


def test_every_error_is_in_the_reference() -> None:
    assert {name.rpartition(".")[2] for name in NAMED if ".errors." in name} >= subclasses(PaxosError)
