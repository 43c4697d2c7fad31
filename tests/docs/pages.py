"""The Markdown pages of the repository: their headings, links and examples, read without a Markdown library."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_FENCE = re.compile(r"^(```+)(.*?)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]+`")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PATH = re.compile(r"[\w.-]+/[\w./-]*")
_TOP = {path.name for folder in (ROOT, ROOT / "airflow_provider_paxos") for path in folder.iterdir()}
_INCLUDED = re.compile(r"\{include\} (\S+)")


@dataclass(frozen=True)
class Page:
    """A Markdown file."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def anchors(self) -> set[str]:
        """The anchors of its headings, as GitHub makes them."""
        seen: Counter[str] = Counter()
        anchors = set()
        for heading in _HEADING.findall(_FENCE.sub("", self.text)):
            words = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            anchors.add(f"{words}-{seen[words]}" if seen[words] else words)
            seen[words] += 1
        return anchors

    @property
    def links(self) -> list[str]:
        """The targets of its links and pictures inside the repository."""
        targets = _LINK.findall(_CODE.sub("code", _FENCE.sub("", self.text)))
        return [target for target in targets if not re.match(r"[a-z]+:", target)]

    @property
    def files(self) -> list[str]:
        """The files and folders of the repository that it names in inline code."""
        named = [code.strip("`") for code in _CODE.findall(_FENCE.sub("", self.text))]
        return [name for name in named if _PATH.fullmatch(name) and name.partition("/")[0] in _TOP]

    def blocks(self, language: str) -> list[str]:
        """Return the code blocks of a language, or of a directive such as ``{toctree}``."""
        return [body for _, first, body in _FENCE.findall(self.text) if first.strip() == language]

    def broken(self, target: str) -> str | None:
        """Return what is wrong with a link, or None."""
        path, _, anchor = target.partition("#")
        file = (self.path.parent / path).resolve() if path else self.path
        if not file.exists():
            return f"there is no {path}"
        if not file.is_relative_to(ROOT):
            return f"{path} is outside of the repository"
        if anchor and (file.suffix != ".md" or anchor not in Page(file).anchors):
            return f"{path or 'the page'} has no heading #{anchor}"
        return None


def pages() -> list[Page]:
    """Return all pages: those of ``docs``, and those beside it."""
    built = DOCS / "_build"
    inside = [path for path in DOCS.rglob("*.md") if not path.is_relative_to(built)]
    return [Page(path) for path in sorted([*ROOT.glob("*.md"), *inside])]


def included(page: Page) -> list[str]:
    """Return the files that a page includes."""
    return _INCLUDED.findall(page.text)
