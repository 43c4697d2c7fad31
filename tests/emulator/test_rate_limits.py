from __future__ import annotations

from uuid import uuid4

import pytest

from tests.emulator.conftest import Api


@pytest.fixture
def limited(api: Api) -> Api:
    """A client that may ask twice in ten seconds at each endpoint, and for one token."""
    api.configure(rate_limits=True, rate_window=10, api_rate=0.2, token_rate=0.1)
    return api


def test_limits_are_off_unless_asked_for(api: Api) -> None:
    assert {api.list().status_code for _ in range(20)} == {200}


def test_too_many_requests_to_an_endpoint_are_refused_without_a_retry_after(limited: Api) -> None:
    assert [limited.list().status_code for _ in range(3)] == [200, 200, 429]
    answer = limited.list()
    assert answer.json()["title"] == "Too Many Requests"
    assert "retry-after" not in answer.headers


def test_whoever_exceeds_a_limit_is_throttled_everywhere_for_five_minutes(limited: Api) -> None:
    for _ in range(3):
        limited.list()
    assert limited.http.get("/v2/profiles").status_code == 429
    limited.advance(299)
    assert limited.http.get("/v2/profiles").status_code == 429
    limited.advance(1)
    assert limited.http.get("/v2/profiles").status_code == 200


def test_a_limit_is_averaged_over_its_window(limited: Api) -> None:
    answers = []
    for _ in range(4):
        answers.append(limited.list().status_code)
        limited.advance(5)
    assert answers == [200] * 4


def test_all_ids_are_one_endpoint(limited: Api) -> None:
    paths = [f"/v2/orchestration/orchestrations/{uuid4()}" for _ in range(3)]
    assert [limited.http.get(path).status_code for path in paths] == [404, 404, 429]


def test_the_token_endpoint_has_a_limit_of_its_own(limited: Api) -> None:
    assert [limited.token().status_code for _ in range(2)] == [200, 429]


def test_a_throttled_create_moves_no_money(limited: Api) -> None:
    answers = [limited.create(name).status_code for name in "abc"]
    assert answers == [200, 200, 429]
    assert limited.backend.store.by_ref_id("c") is None
