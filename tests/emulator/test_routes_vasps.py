from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tests.emulator.conftest import Api

VASPS = "/v2/travelrule/vasps"
OKX = {"id": "8e4b1c2d-9a3f-4e6b-b1d7-2c5a8f0e3b94", "name": "OKX"}
ROBINHOOD = {"id": "3d9a7c61-5e2b-48f0-9c4a-1b6e7d2f8a05", "name": "Robinhood (US)"}


def test_the_directory_comes_in_pages_ordered_by_name(api: Api) -> None:
    pages = api.pages(VASPS)
    assert [len(page) for page in pages] == [100, 100, 50]
    names = [vasp["name"] for page in pages for vasp in page]
    assert names == sorted(names)
    assert pages[-1][-2:] == [OKX, ROBINHOOD]


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"search": "robin"}, [ROBINHOOD]),
        ({"search": "(US)"}, []),
        ({"ids": [ROBINHOOD["id"], OKX["id"]]}, [OKX, ROBINHOOD]),
        ({"ids": [OKX["id"]], "search": "rob"}, []),
        ({"order": "DESC", "limit": 1, "search": "O"}, [OKX]),
    ],
    ids=str,
)
def test_the_directory_is_searched(api: Api, params: dict[str, Any], found: list[dict[str, str]]) -> None:
    assert api.pages(VASPS, **params) == [found]


def test_one_vasp_is_read_by_its_id(api: Api) -> None:
    assert api.http.get(f"{VASPS}/{OKX['id']}").json() == {"vasp": OKX}
    assert api.http.get(f"{VASPS}/{UUID(int=1)}").status_code == 404
    assert api.http.get(f"{VASPS}/okx").status_code == 400


def test_the_directory_changes(api: Api) -> None:
    added = api.control("vasps", {"name": "Another Exchange"}).json()
    assert api.pages(VASPS, search="another") == [[added]]
    assert api.control(f"vasps/{added['id']}", method="DELETE").status_code == 200
    assert api.pages(VASPS, search="another") == [[]]
    assert api.control(f"vasps/{added['id']}", method="DELETE").status_code == 404


def test_the_directory_needs_a_token_and_no_scope(api: Api) -> None:
    api.authorize("events:read_event")
    assert api.http.get(VASPS).status_code == 200
    del api.http.headers["Authorization"]
    assert api.http.get(VASPS).status_code == 401
