"""The project's words: what is not said, what is said instead, and where it may stand all the same."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE_FOLDER = "airflow_provider_paxos/"

# A word of prose, or a part of a name: `leg` is found in `leg_ref_id`, `LEG` and `FirstLeg`, and not in `LEGACY`.
_START = r"(?:(?<![A-Za-z])|(?<=[a-z])(?=[A-Z]))"
_END = r"(?![a-z])(?!(?<=[A-Z])[A-Z])"

DENIED: dict[str, str] = {
    r"legs?": "payment (of a batch); source transfer, destination transfer (of an orchestration)",
    r"under[ _-]?way": "in progress (for people), non-terminal (in code)",
    r"in[ _]vain": "non-retryable; “timed out while waiting for …”",
    r"hopeless(ly)?": "non-retryable",
    r"passing (error|failure|fault|trouble)s?": "transient error",
    r"mended by (a )?retr(y|ies)|retr(y|ies) (may |might )?(help|mend)s?": "retryable",
    r"needs?[ _]a?[ _]?person": "needs attention",
    r"told": "shown, described, reported, noted",
    r"culprits?": "bisection; the id that spoils the request",
    r"verdicts?": "outcome, summary",
    r"believ(e|es|ed|ing)": "say what the code does: compare, accept, trust",
    r"standings?": "snapshot (of an orchestration), payment state (of a batch)",
    r"budgets?": "rate limiter",
    r"orchestration ?ended": "OrchestrationUnsuccessful",
    r"require_(settled|success)": "require_completed, require_not_failed",
    r"tells": "shows, says, reports (things are not persons)",
    r"what makes it once": "idempotent: the idempotency key (`ref_id`)",
}
"""What is not said, as a regular expression of whole words, with what is said instead."""

VAGUE_FILES = {"utils", "util", "helpers", "helper", "common", "misc", "edge", "look", "verdict", "standing", "told"}
"""Names that say nothing of what is in a file, or only to its author."""

RIDDLES = ("What", "Whether", "Who")
"""The first words of docstrings that describe a thing instead of saying what it does."""

_PATTERNS = [(re.compile(f"{_START}(?i:{word}){_END}"), instead) for word, instead in DENIED.items()]


READ = (
    "*.md",
    "docs/**/*.md",
    "airflow_provider_paxos/**/*.py",
    "airflow_provider_paxos/**/*.js",
    "airflow_provider_paxos/**/*.ts",
    "example_dags/**/*.py",
    "example_dags/**/*.csv",
    "demo/**/*.py",
    "benchmarks/**/*.py",
    "tests/**/*.py",
)
"""The files that are read, below the root; this folder, which has to name the words, is not."""


@dataclass(frozen=True)
class Hit:
    """A place where a denied word stands."""

    file: str
    line: int
    word: str
    instead: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.word!r}; say: {self.instead}\n    {self.text}"


def files() -> dict[str, str]:
    """Return the text of every file that is read, by its path below the root."""
    found = {path for pattern in READ for path in ROOT.glob(pattern)}
    return {
        str(path.relative_to(ROOT)): path.read_text()
        for path in sorted(found)
        if not path.is_relative_to(Path(__file__).parent)
    }


def hits_in(file: str, text: str) -> Iterator[Hit]:
    """Find the denied words of a text."""
    lines = text.splitlines()
    for pattern, instead in _PATTERNS:
        for found in pattern.finditer(text):
            number = text.count("\n", 0, found.start()) + 1
            yield Hit(file, number, found[0], instead, lines[number - 1].strip())


def riddles_in(file: str, source: str) -> Iterator[Hit]:
    """Find the docstrings that begin with a question word."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = (ast.get_docstring(node) or "").partition("\n")[0]
            if first.startswith(tuple(f"{word} " for word in RIDDLES)):
                line = node.body[0].lineno
                yield Hit(file, line, first.partition(" ")[0], "a verb first: what it does", first)


def vague_names(files: Iterable[str]) -> list[str]:
    """Return the files whose names say nothing of what is in them."""
    return [file for file in files if Path(file).stem.removeprefix("test_") in VAGUE_FILES]


def not_allowed(hits: Iterable[Hit], allowed: Iterable[tuple[str, str]]) -> list[Hit]:
    """Return the hits without those whose file and line text are allowed."""
    exceptions = set(allowed)
    return [hit for hit in hits if (hit.file, hit.text) not in exceptions]
