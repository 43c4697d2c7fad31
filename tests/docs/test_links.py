"""Links inside the documentation lead somewhere, and every page is reached from the index."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT, Page, included, pages

LINKS = [(page, target) for page in pages() for target in page.links]
FILES = [(page, name) for page in pages() for name in page.files if "_build" not in name]


@pytest.mark.parametrize(("page", "target"), LINKS, ids=[f"{page.name}-{target}" for page, target in LINKS])
def test_a_link_leads_to_a_file_and_to_a_heading_of_it(page: Page, target: str) -> None:
    assert page.broken(target) is None


@pytest.mark.parametrize(("page", "name"), FILES, ids=[f"{page.name}-{name}" for page, name in FILES])
def test_a_file_that_a_page_names_exists(page: Page, name: str) -> None:
    assert any((folder / name).exists() for folder in (ROOT, ROOT / "airflow_provider_paxos"))


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_an_included_file_exists(page: Page) -> None:
    assert [name for name in included(page) if not (page.path.parent / name).is_file()] == []


def test_every_page_is_in_the_index() -> None:
    toctrees = "\n".join(Page(DOCS / "index.md").blocks("{toctree}"))
    listed = [line for line in toctrees.splitlines() if line and not line.startswith(":")]
    existing = [page.name.removeprefix("docs/").removesuffix(".md") for page in pages() if page.path.parent != ROOT]

    assert sorted(["index", *listed]) == sorted(existing)


@pytest.mark.parametrize(
    ("target", "complaint"),
    [
        ("nowhere.md", "there is no nowhere.md"),
        ("index.md#nothing", "index.md has no heading #nothing"),
        ("#nothing", "the page has no heading #nothing"),
        ("conf.py#settings", "conf.py has no heading #settings"),
    ],
)
def test_a_broken_link_is_found(target: str, complaint: str) -> None:
    assert Page(DOCS / "index.md").broken(target) == complaint


def test_a_link_out_of_the_repository_is_found(tmp_path: Path) -> None:
    up = "../" * (len(ROOT.parts) + 1)

    assert Page(DOCS / "index.md").broken(f"{up}tmp") == f"{up}tmp is outside of the repository"


def test_anchors_are_those_of_github(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# The `ref_id`: once\n\n## A, b\n\n```text\n# no heading\n```\n\n## A, b\n", encoding="utf-8")

    assert Page(page).anchors == {"the-ref_id-once", "a-b", "a-b-1"}
