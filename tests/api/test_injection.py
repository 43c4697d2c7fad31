"""What others wrote is data: it makes no other path, no header and no line of a log."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote

import pytest

from airflow_provider_paxos.api.description import describe
from airflow_provider_paxos.api.errors import PaxosError
from airflow_provider_paxos.api.exchange import Patience
from airflow_provider_paxos.api.settings import checked_settings
from airflow_provider_paxos.waiting.watch import Watch
from tests.api.both_drivers import DRIVERS, Caller
from tests.api.odd_server import OddServer, answer
from tests.api.script import payment

HOSTILE = "a/../b?c=d&e#f\r\nX-Forged: yes\r\n\r\nGET / \x1b[31m%0d%0aü"
FOUND = answer(json.dumps({"id": HOSTILE}).encode())
NONE = answer(b'{"items": []}')

Connect = Callable[..., Caller]


@pytest.fixture(params=DRIVERS)
def connect(request: pytest.FixtureRequest) -> Connect:
    def connected(base_url: str, **given: Any) -> Caller:
        to = checked_settings(**{"client_id": "client-1", "client_secret": "s3cr3t", "base_url": base_url, **given})
        return DRIVERS[request.param](to, Patience(attempts=1), lambda _: None)

    return connected


def test_an_id_stays_one_segment_of_the_path(connect: Connect) -> None:
    with OddServer(FOUND) as server:
        connect(server.base_url).call("get", HOSTILE)
    ((_, path, headers, _),) = server.seen
    place, _, escaped = path.rpartition("/")

    assert (place, unquote(escaped)) == ("/v2/orchestration/orchestrations", HOSTILE)
    assert "X-Forged" not in headers


def test_a_ref_id_stays_one_value_of_the_query(connect: Connect) -> None:
    with OddServer(NONE) as server:
        connect(server.base_url).call("find", HOSTILE)
    ((_, path, headers, _),) = server.seen

    assert parse_qs(path.partition("?")[2])["ref_id"] == [HOSTILE]
    assert "X-Forged" not in headers


def test_credentials_and_scopes_stay_values_of_the_form(connect: Connect) -> None:
    with OddServer(NONE) as server:
        connect(server.base_url, client_id="a&b=c\r\nd", client_secret="e&scope=f", scopes="g&h").list()
        ((_, _, _, body),) = [each for each in server._server.seen if each[1] == "/oauth2/token"]

    form = parse_qs(body.decode())
    assert (form["client_id"], form["client_secret"], form["scope"]) == (["a&b=c\r\nd"], ["e&scope=f"], ["g&h"])


@pytest.mark.parametrize(
    "hostile",
    [
        answer(b'{"detail": "no\\n2026-11-21 INFO paid \\u001b[2K\\r", "title": "\\n"}', "400 No"),
        answer(b'{"type": "x/\\ninsufficient-funds", "status": 403}', "403 No"),
        answer(b'{"detail": "no", "request_id": "1\\n2"}', "403 No"),
        answer(b'{"type": "p/insufficient-funds", "meta": {"asset": "USD\\nINFO"}}', "403 No"),
        answer(b'{"error": "invalid\\nclient"}', "401 No"),
        answer(b'{"type": "p/already-exists", "meta": {"existing": {"id": "1\\n2", "ref_id": "settle-2026-11-21-7", '
               b'"status": "O\\nK", "source_asset": "X\\nY"}}}', "409 No"),
    ],
)  # fmt: skip
def test_an_error_is_one_line_whatever_the_other_side_says(connect: Connect, hostile: Any) -> None:
    with OddServer(hostile) as server, pytest.raises(PaxosError) as raised:
        connect(server.base_url).call("create", payment())

    assert str(raised.value).isprintable()


def test_a_remark_and_a_receipt_forge_no_line(connect: Connect) -> None:
    hostile = answer(b'{"id": "1\\n2", "ref_id": "r\\nINFO", "status": "O\\r\\nK", "fail_reason": {"detail": "a\\nb"}}')
    with OddServer(hostile) as server:
        found = connect(server.base_url).call("get", "1\n2")

    assert all(line.isprintable() for line in Watch(ids=["1\n2"]).observe([found]))
    assert all(line.isprintable() for line in describe(found).split("\n"))
    assert len(describe(found).split("\n")) == 8
