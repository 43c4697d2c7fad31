"""The table of HTTP statuses, row by row and over real sockets: what is known of the money, and what is sent again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.api.errors import Acceptance, PaxosError, Refused
from airflow_provider_paxos.api.exchange import Patience
from airflow_provider_paxos.api.http_status import row_of
from airflow_provider_paxos.api.settings import checked_settings
from tests.api.both_drivers import DRIVERS, Caller
from tests.api.odd_server import Handler, OddServer, answer, raw
from tests.api.script import Script, orchestration, page, payment, problem

PAGE = b"<html><body>a proxy</body></html>"
PROBLEM = json.dumps({"type": "about:blank", "title": "No", "detail": "no"}).encode()
BODY = b'{"id": "orch-1"}'
FINAL = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(BODY), BODY)

UNKNOWN, REFUSED, EXISTS = Acceptance.UNKNOWN, Acceptance.REFUSED, Acceptance.EXISTS

# status: the error's class; what is known after a proxy's page, and after a problem document; requests of two tries
ROWS: dict[int, tuple[type[Refused], Acceptance, Acceptance, int]] = {
    300: (Refused, UNKNOWN, UNKNOWN, 1),
    301: (Refused, UNKNOWN, UNKNOWN, 1),
    302: (Refused, UNKNOWN, UNKNOWN, 1),
    303: (Refused, UNKNOWN, UNKNOWN, 1),
    307: (Refused, UNKNOWN, UNKNOWN, 1),
    308: (Refused, UNKNOWN, UNKNOWN, 1),
    400: (errors.BadRequest, REFUSED, REFUSED, 1),
    401: (errors.BadCredentials, REFUSED, REFUSED, 2),
    402: (Refused, REFUSED, REFUSED, 1),
    403: (errors.Forbidden, REFUSED, REFUSED, 1),
    404: (errors.NotFound, REFUSED, REFUSED, 1),
    405: (Refused, REFUSED, REFUSED, 1),
    406: (Refused, UNKNOWN, REFUSED, 1),
    407: (Refused, REFUSED, REFUSED, 1),
    408: (errors.TemporarilyRefused, UNKNOWN, UNKNOWN, 2),
    409: (errors.AlreadyExists, EXISTS, EXISTS, 1),
    410: (Refused, REFUSED, REFUSED, 1),
    411: (Refused, REFUSED, REFUSED, 1),
    412: (Refused, UNKNOWN, REFUSED, 1),
    413: (Refused, REFUSED, REFUSED, 1),
    414: (Refused, REFUSED, REFUSED, 1),
    415: (Refused, REFUSED, REFUSED, 1),
    417: (Refused, REFUSED, REFUSED, 1),
    418: (Refused, UNKNOWN, REFUSED, 1),
    421: (errors.TemporarilyRefused, REFUSED, REFUSED, 2),
    422: (Refused, REFUSED, REFUSED, 1),
    423: (errors.TemporarilyRefused, REFUSED, REFUSED, 2),
    425: (errors.TemporarilyRefused, REFUSED, REFUSED, 2),
    426: (Refused, REFUSED, REFUSED, 1),
    428: (Refused, REFUSED, REFUSED, 1),
    429: (errors.RateLimited, REFUSED, REFUSED, 1),
    431: (Refused, REFUSED, REFUSED, 1),
    451: (Refused, REFUSED, REFUSED, 1),
    460: (Refused, UNKNOWN, REFUSED, 1),
    499: (Refused, UNKNOWN, UNKNOWN, 1),
    500: (errors.ServiceUnavailable, UNKNOWN, UNKNOWN, 2),
    502: (errors.ServiceUnavailable, UNKNOWN, UNKNOWN, 2),
    503: (errors.ServiceUnavailable, UNKNOWN, UNKNOWN, 2),
    504: (errors.ServiceUnavailable, UNKNOWN, UNKNOWN, 2),
    599: (errors.ServiceUnavailable, UNKNOWN, UNKNOWN, 2),
    600: (errors.ServiceUnavailable, UNKNOWN, UNKNOWN, 2),
}

Connect = Callable[..., Caller]


@pytest.fixture(params=DRIVERS)
def connect(request: pytest.FixtureRequest) -> Connect:
    def connected(base_url: str, **given: Any) -> Caller:
        reached = checked_settings(client_id="me", client_secret="s3cr3t", base_url=base_url, timeout=5, **given)
        return DRIVERS[request.param](reached, Patience(attempts=2), lambda _: None)

    return connected


def error_of(paxos: Caller) -> PaxosError:
    with pytest.raises(PaxosError) as raised:
        paxos.call("create", payment())
    return raised.value


@pytest.mark.parametrize("status", ROWS)
@pytest.mark.parametrize("body", [PAGE, PROBLEM], ids=["a page", "a problem"])
def test_a_row_after_a_create(connect: Connect, status: int, body: bytes) -> None:
    cause, after_page, after_problem, requests = ROWS[status]
    with OddServer(answer(body, f"{status} Odd")) as server:
        error = error_of(connect(server.base_url))

    assert type(error) is cause
    assert error.acceptance is (after_page if body is PAGE else after_problem)
    assert len(server.seen) == requests
    assert error.retryable >= (error.acceptance is UNKNOWN)


@pytest.mark.parametrize("status", ROWS)
def test_a_row_of_the_token_endpoint(connect: Connect, status: int) -> None:
    cause, _, _, requests = ROWS[status]
    with OddServer(answer(PAGE, f"{status} Odd")) as server:
        paxos = connect(server.base_url, token_url=server.base_url + "/token")
        error = error_of(paxos)

    assert type(error) is (Refused if status in (404, 409) else cause)
    assert error.acceptance is Acceptance.NOT_SENT
    assert {path for _, path, _, _ in server.seen} == {"/v2/token"}
    # A refused client secret is not sent again: there is no token to renew.
    assert len(server.seen) == (1 if status == 401 else requests)


def test_a_304_leaves_the_outcome_unknown(connect: Connect) -> None:
    with OddServer(raw(b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n")) as server:
        error = error_of(connect(server.base_url))

    assert (type(error), error.acceptance, len(server.seen)) == (Refused, UNKNOWN, 1)


INTERIM = {
    "100": [b"HTTP/1.1 100 Continue\r\n\r\n"],
    "102": [b"HTTP/1.1 102 Processing\r\n\r\n"],
    "103": [b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"],
    "several": [
        b"HTTP/1.1 102 Processing\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 199 X\r\nA: b\r\n\r\n",
    ],
}


@pytest.mark.parametrize("interim", INTERIM.values(), ids=list(INTERIM))
def test_an_interim_answer_is_passed_over(connect: Connect, interim: list[bytes]) -> None:
    with OddServer(raw(*interim, FINAL)) as server:
        assert connect(server.base_url).call("create", payment()).id == "orch-1"

    assert len(server.seen) == 1


def test_a_refusal_after_an_interim_answer_is_a_refusal(connect: Connect) -> None:
    def behave(handler: Handler) -> None:
        raw(*INTERIM["102"])(handler)
        answer(PROBLEM, "400 Bad Request")(handler)

    with OddServer(behave) as server:
        error = error_of(connect(server.base_url))

    assert (type(error), error.acceptance) == (errors.BadRequest, REFUSED)


NEVER_FINAL = {
    "103 alone": [*INTERIM["103"]],
    "a switch of protocols": [b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", FINAL],
    "interim answers without end": INTERIM["102"] * 5000,
}


@pytest.mark.parametrize("parts", NEVER_FINAL.values(), ids=list(NEVER_FINAL))
def test_without_a_final_answer_the_outcome_is_unknown(connect: Connect, parts: list[bytes]) -> None:
    with OddServer(raw(*parts)) as server:
        error = error_of(connect(server.base_url))

    assert (type(error), error.acceptance, len(server.seen)) == (errors.Unreachable, UNKNOWN, 2)


@pytest.mark.parametrize("status", [*range(300, 400), *range(402, 600)])
def test_no_status_counts_as_refused_unless_the_table_says_so(status: int) -> None:
    refused = {known for known, (_, after_page, _, _) in ROWS.items() if after_page is not UNKNOWN}

    assert row_of(status).maybe_accepted is (status not in refused)


def test_a_type_of_paxos_is_a_refusal_whatever_the_status() -> None:
    script = Script(problem(418, "insufficient-funds"))
    with pytest.raises(errors.InsufficientFunds) as refused:
        script.run(script.calls().create(payment()))
    assert refused.value.acceptance is REFUSED


@pytest.mark.parametrize("status", [302, 499])
def test_submit_looks_up_what_became_of_a_request_that_was_answered_oddly(status: int) -> None:
    script = Script(problem(status), page(orchestration()))

    assert script.run(script.calls().submit(payment())).adopted
    assert script.methods == ["POST", "GET"]
