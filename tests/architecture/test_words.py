"""The project speaks the language of payment APIs and of Airflow: its former private words stay away."""

from __future__ import annotations

import pytest

from tests.architecture.words import (
    DENIED,
    PACKAGE_FOLDER,
    Hit,
    files,
    hits_in,
    not_allowed,
    riddles_in,
    vague_names,
)

ALLOWED: tuple[tuple[str, str], ...] = ()
"""Hits that mean something else: the file, and its line without the blanks around it."""

FILES = files()


def listed(hits: list[Hit]) -> str:
    return "\n".join(map(str, hits))


def test_no_text_name_or_comment_holds_a_denied_word() -> None:
    hits = not_allowed((hit for file, text in FILES.items() for hit in hits_in(file, text)), ALLOWED)
    assert not hits, listed(hits)


def test_no_docstring_of_the_package_begins_with_a_question_word() -> None:
    sources = {file: text for file, text in FILES.items() if file.startswith(PACKAGE_FOLDER) and file.endswith(".py")}
    hits = not_allowed((hit for file, text in sources.items() for hit in riddles_in(file, text)), ALLOWED)
    assert not hits, listed(hits)


def test_every_file_name_says_what_is_in_the_file() -> None:
    assert vague_names(FILES) == []


def test_no_path_holds_a_denied_word() -> None:
    hits = [hit for file in FILES for hit in hits_in(file, file.removesuffix(".py"))]
    assert not hits, listed(hits)


def test_every_exception_is_still_needed() -> None:
    found = {(hit.file, hit.text) for file, text in FILES.items() for hit in (*hits_in(file, text),)}
    assert set(ALLOWED) - found == set()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The leg is under way.", ["leg", "under way"]),
        ("def not_told(self): ...", ["told"]),
        ("UnderWay, under_way, under-way", ["UnderWay", "under_way", "under-way"]),
        ("HostBudget, BudgetFactory, LEGS of two", ["Budget", "Budget", "LEGS"]),
        ("What needs a person, or needs_person", ["needs a person", "needs_person"]),
        ("legacy, LEGACY, legend, stolidly: other words", []),
        ("a payment is in progress", []),
    ],
)
def test_the_checker_finds_whole_words_in_prose_and_in_names(text: str, words: list[str]) -> None:
    assert sorted(hit.word for hit in hits_in("a.md", text)) == sorted(words)


def test_the_checker_shows_file_line_word_and_alternative() -> None:
    (hit,) = hits_in("docs/a.md", "fine\n  A leg fails.")
    assert str(hit) == f"docs/a.md:2: 'leg'; say: {DENIED['legs?']}\n    A leg fails."


def test_the_checker_finds_a_docstring_that_begins_with_a_question_word() -> None:
    source = '"""Do this."""\ndef f():\n    """Whether it is so."""\ndef g():\n    """Whatever: fine."""'
    assert [(hit.line, hit.word) for hit in riddles_in("a.py", source)] == [(3, "Whether")]


def test_an_exception_is_of_one_line_of_one_file() -> None:
    hits = [*hits_in("a.md", "A leg of lamb.\nA leg."), *hits_in("b.md", "A leg of lamb.")]
    assert [(hit.file, hit.line) for hit in not_allowed(hits, [("a.md", "A leg of lamb.")])] == [
        ("a.md", 2),
        ("b.md", 1),
    ]


def test_the_checker_finds_file_names_that_say_nothing() -> None:
    assert vague_names(["api/utils.py", "tests/test_look.py", "api/looking.py"]) == [
        "api/utils.py",
        "tests/test_look.py",
    ]
