from __future__ import annotations

import base64

import pytest

from airflow_provider_paxos.emulator.settings import CLIENT_ID, CLIENT_SECRET, SCOPES
from tests.emulator.conftest import Api

READ = "orchestration:read_orchestration"


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def test_a_token_is_granted_for_credentials_in_the_form(api: Api) -> None:
    answer = api.token(scope=f"{READ} events:read_event")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    granted = answer.json()
    assert len(granted.pop("access_token")) > 30
    assert granted == {"expires_in": 3599, "scope": f"{READ} events:read_event", "token_type": "bearer"}


def test_a_token_is_granted_for_basic_credentials(api: Api) -> None:
    answer = api.http.post(
        "/oauth2/token", data={"grant_type": "client_credentials"}, headers=basic(CLIENT_ID, CLIENT_SECRET)
    )
    assert answer.json()["scope"] == " ".join(SCOPES)


def test_basic_credentials_are_form_encoded(api: Api) -> None:
    api.configure(client_secret="a:b c%")
    answer = api.http.post(
        "/oauth2/token", data={"grant_type": "client_credentials"}, headers=basic(CLIENT_ID, "a%3Ab+c%25")
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("wrong", [{"client_id": "somebody"}, {"client_secret": "guess"}, {"client_secret": ""}])
def test_wrong_credentials_are_an_invalid_client(api: Api, wrong: dict[str, str]) -> None:
    answer = api.token(**wrong)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert "www-authenticate" in answer.headers


@pytest.mark.parametrize("header", ["Basic !!!", "Basic /////w==", "Basic"])
def test_basic_credentials_that_cannot_be_read_are_an_invalid_client(api: Api, header: str) -> None:
    answer = api.http.post("/oauth2/token", headers={"Authorization": header})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_scope_that_the_client_does_not_hold_is_invalid(api: Api) -> None:
    api.configure(scopes=[READ])
    answer = api.token(scope=f"{READ} events:read_event")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
    assert "events:read_event" in answer.json()["error_description"]


def test_fewer_scopes_can_be_granted_silently(api: Api) -> None:
    api.configure(scopes=[READ], narrow_scopes=True)
    assert api.token(scope=f"{READ} events:read_event").json()["scope"] == READ


@pytest.mark.parametrize(
    ("form", "error"),
    [({"grant_type": ""}, "invalid_request"), ({"grant_type": "password"}, "unsupported_grant_type")],
)
def test_another_grant_type_is_refused(api: Api, form: dict[str, str], error: str) -> None:
    answer = api.token(**form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize("body", [b"\xff", b"client_id=a&client_id=b"])
def test_a_body_that_is_no_form_is_an_invalid_request(api: Api, body: bytes) -> None:
    assert api.http.post("/oauth2/token", content=body).json()["error"] == "invalid_request"


def test_authenticating_in_two_ways_is_an_invalid_request(api: Api) -> None:
    form = {"grant_type": "client_credentials", "client_secret": CLIENT_SECRET}
    answer = api.http.post("/oauth2/token", data=form, headers=basic(CLIENT_ID, CLIENT_SECRET))
    assert answer.json()["error"] == "invalid_request"


def test_a_token_expires_on_the_emulators_clock(api: Api) -> None:
    api.advance(3598)
    assert api.list().status_code == 200
    api.advance(1)
    answer = api.list()
    assert answer.status_code == 401
    assert answer.json()["title"] == "Unauthorized"


def test_expired_tokens_are_forgotten_when_a_new_one_is_granted(api: Api) -> None:
    api.advance(4000)
    api.token()
    assert len(api.backend.tokens.grants) == 1


def test_revoked_tokens_are_worthless(api: Api) -> None:
    api.control("tokens/revoke")
    assert api.list().status_code == 401


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        (None, "no authorization header set"),
        ("Basic abc", "the authorization header is not a bearer token"),
        ("Bearer guess", "the token is unknown or has expired"),
    ],
)
def test_a_call_without_a_good_token_is_unauthorized(api: Api, header: str | None, detail: str) -> None:
    del api.http.headers["Authorization"]
    if header:
        api.http.headers["Authorization"] = header
    assert api.list().json() == {"type": "about:blank", "title": "Unauthorized", "status": 401, "detail": detail}


def test_a_call_without_the_scope_is_forbidden(api: Api) -> None:
    api.authorize("orchestration:read_orchestration events:read_event")
    assert api.create().json() == {
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
        "detail": "insufficient scopes: found 'orchestration:read_orchestration events:read_event', "
        "required one of '[orchestration:write_orchestration]'",
    }
