"""The steps of a flow, and what is said of a lost answer."""

from __future__ import annotations

import socket

import pytest

from airflow_provider_paxos.api.flow import Loss, Request, Response, Unanswered

SECRET = "s3cr3t"
REQUEST = Request("POST", "https://paxos.test:8443/v2/x", {"Authorization": SECRET}, SECRET.encode())


@pytest.mark.parametrize(
    ("loss", "expected", "sent"),
    [
        (Loss.UNCONNECTED, "no connection to paxos.test:8443", False),
        (Loss.UNTRUSTED, "the TLS certificate of paxos.test:8443 is not trusted", False),
        (Loss.TIMED_OUT, "no answer from paxos.test:8443 in time", True),
        (Loss.BROKEN, "the connection to paxos.test:8443 broke before the whole answer was there", True),
        (Loss.TOO_LARGE, "the answer of paxos.test:8443 is larger than 10 MiB", True),
    ],
)
def test_a_loss_says_what_happened_and_whether_the_request_may_have_arrived(
    loss: Loss, expected: str, sent: bool
) -> None:
    lost = Unanswered(loss, REQUEST)

    assert (str(lost), lost.sent) == (expected, sent)


def test_a_loss_shows_the_operating_system_s_words() -> None:
    assert str(Unanswered(Loss.UNCONNECTED, REQUEST, ConnectionRefusedError(111, "Connection refused"))) == (
        "no connection to paxos.test:8443 (Connection refused)"
    )


def test_a_loss_finds_the_operating_system_s_words_beneath_a_library_s() -> None:
    by_argument = RuntimeError("outer", socket.gaierror(-2, "Name or service not known"))

    assert "(Name or service not known)" in str(Unanswered(Loss.UNCONNECTED, REQUEST, by_argument))


def test_a_loss_finds_the_operating_system_s_words_among_chained_causes() -> None:
    chained = RuntimeError("outer")
    chained.__cause__ = OSError(113, "No route to host")

    assert "(No route to host)" in str(Unanswered(Loss.UNCONNECTED, REQUEST, chained))


def test_a_loss_shows_nothing_else_of_its_cause() -> None:
    cause = RuntimeError(f"proxy http://user:{SECRET}@proxy failed")

    assert SECRET not in str(Unanswered(Loss.UNCONNECTED, REQUEST, cause))


def test_a_cause_that_is_its_own_cause_ends_the_search() -> None:
    first, second = RuntimeError("first"), RuntimeError("second")
    first.__cause__, second.__cause__ = second, first

    assert str(Unanswered(Loss.UNCONNECTED, REQUEST, first)) == "no connection to paxos.test:8443"


@pytest.mark.parametrize("value", [REQUEST, Response(200, {"set-cookie": SECRET}, SECRET.encode())])
def test_neither_headers_nor_body_show_in_a_repr(value: object) -> None:
    assert SECRET not in repr(value)
