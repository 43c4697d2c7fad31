"""The directory of VASPs."""

from __future__ import annotations

import pytest

from airflow_provider_paxos.api.errors import InvalidRequest
from airflow_provider_paxos.api.vasps import Vasps
from tests.api.script import BASE_URL, Script, answer, query_of

OKX = {"id": "8e4b1c2d-9a3f-4e6b-b1d7-2c5a8f0e3b94", "name": "OKX"}
OKCOIN = {"id": "3d9a7c61-5e2b-48f0-9c4a-1b6e7d2f8a05", "name": "Okcoin"}


def test_vasps_are_found_by_the_beginning_of_a_name_on_all_pages() -> None:
    script = Script(answer({"items": [OKX], "next_page_cursor": "c1"}), answer({"items": [OKCOIN]}))

    assert [each.name for each in script.run(script.part(Vasps).find(" ok "))] == ["OKX", "Okcoin"]
    assert query_of(script.sent[1]) == [("search", "ok"), ("page_cursor", "c1")]
    assert script.sent[0].url == f"{BASE_URL}/travelrule/vasps?search=ok"


@pytest.mark.parametrize("name", ["", "  "])
def test_an_empty_name_does_not_find_all(name: str) -> None:
    script = Script()

    with pytest.raises(InvalidRequest, match="List VASPs: the name is empty"):
        script.run(script.part(Vasps).find(name))


def test_vasps_are_listed_by_ids_without_strangers() -> None:
    script = Script(answer({"items": [OKX, OKCOIN]}))

    assert [each.id for each in script.run(script.part(Vasps).pages(ids=[OKX["id"].upper()]).rest())] == [OKX["id"]]


def test_no_scope_is_needed() -> None:
    script = Script(answer({"items": []}))

    assert script.run(script.part(Vasps, scopes=[]).find("ok")) == []
