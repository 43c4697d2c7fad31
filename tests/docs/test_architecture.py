"""The page on the architecture: it names each file of the API's room, and no other."""

from __future__ import annotations

import re

from tests.docs.pages import DOCS, ROOT


def test_it_lists_every_file_of_api_once() -> None:
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    _, _, after = page.partition("Inside `api/`, from the ground up:")
    listed = re.findall(r"[a-z_]+", after.partition(".\n")[0].replace("and one file for each further part:", ""))
    assert sorted(listed) == sorted(
        path.stem for path in (ROOT / "airflow_provider_paxos" / "api").glob("*.py") if path.stem[0] != "_"
    )
