"""From answers to errors: by the problem's type, by the status where there is none, and never by accident."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.api.decoding import read_json
from airflow_provider_paxos.api.errors import PaxosError, Refused, UnreadableAnswer
from airflow_provider_paxos.api.flow import Response
from airflow_provider_paxos.api.problems import refusal, retry_after, slug
from tests.api.script import answer, problem

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC).timestamp()

NO_PROBLEM = {
    "empty": b"",
    "blank": b" \n ",
    "proxy's html": b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>",
    "xml": b"<?xml version='1.0'?><Error/>",
    "cut off": b'{"type": "about:blank", "status": 40',
    "text": b"upstream connect error",
    "list": b'[{"type": "about:blank"}]',
    "string": b'"no"',
    "number": b"7",
    "huge int": b"1" * 5000,
    "huge exponent": b'{"status": 1e99999999999999999999}',
    "nested without end": b"[" * 200_000,
    "nested deep": b'{"meta":' * 150 + b"1" + b"}" * 150,
    "not utf-8": b'{"detail": "\xff\xfe"}',
    "utf-16 mark": b"\xff\xfe{\x00",
    "null bytes": b"\x00\x00\x00\x00",
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
problem_like = st.dictionaries(
    st.sampled_from(["type", "title", "status", "detail", "meta", "error", "error_description", "request_id"]),
    json_values | st.just("x/insufficient-funds") | st.just({"available": ["\n"], "needed": {}}),
)


def refused(response: Response) -> Refused:
    return refusal(response, NOW)


@pytest.mark.parametrize(
    ("kind", "status", "cause"),
    [
        ("already-exists", 409, errors.AlreadyExists),
        ("already_exists", 409, errors.AlreadyExists),
        ("insufficient-funds", 403, errors.InsufficientFunds),
        ("insufficient_funds", 403, errors.InsufficientFunds),
        ("INSUFFICIENT-FUNDS", 403, errors.InsufficientFunds),
        ("insufficient-funds/", 403, errors.InsufficientFunds),
        ("insufficient-funds", 402, errors.InsufficientFunds),
        ("travel-rule-information-required", 403, errors.TravelRuleInformationRequired),
        ("unsupported-address", 400, errors.UnsupportedAddress),
        ("exceed-precision", 400, errors.ExceedsPrecision),
        ("rejected", 403, errors.Forbidden),
        ("expired", 403, errors.Forbidden),
        ("identity-verification-required", 403, errors.Forbidden),
        ("below-min-withdraw-limit", 400, errors.BadRequest),
        ("exceed-max-withdraw-limit", 400, errors.BadRequest),
        ("something-new", 418, Refused),
        ("already-exists", 500, errors.ServiceUnavailable),
    ],
)
@pytest.mark.parametrize(
    "place", ["https://developer.paxos.com/docs/v2/problems/", "https://api.paxos.com/v2/problems/"]
)
def test_the_problem_s_type_decides_whatever_its_host_and_spelling(
    place: str, kind: str, status: int, cause: type[Refused]
) -> None:
    error = refused(answer({"type": place + kind, "status": status, "detail": "no"}, status))

    assert type(error) is cause


@pytest.mark.parametrize("body", [json.dumps({"type": "about:blank", "title": "T"}).encode(), *NO_PROBLEM.values()])
@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (400, errors.BadRequest),
        (401, errors.BadCredentials),
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (409, errors.AlreadyExists),
        (418, Refused),
        (429, errors.RateLimited),
        (500, errors.ServiceUnavailable),
        (502, errors.ServiceUnavailable),
        (503, errors.ServiceUnavailable),
        (302, Refused),
    ],
)
def test_without_a_type_the_status_decides_whatever_the_body_is(body: bytes, status: int, cause: type[Refused]) -> None:
    assert type(refused(Response(status, body=body))) is cause


def test_a_scope_that_is_missing_is_distinguished_from_other_refusals() -> None:
    detail = "insufficient scopes: found 'a', required one of '[b]'"

    assert type(refused(problem(403, detail=detail))) is errors.MissingScope


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        ("invalid_client", errors.BadCredentials),
        ("unauthorized_client", errors.BadCredentials),
        ("invalid_scope", errors.MissingScope),
        ("invalid_request", errors.BadRequest),
    ],
)
def test_the_token_endpoint_s_refusal_is_decided_by_its_error(error: str, cause: type[Refused]) -> None:
    assert type(refused(answer({"error": error, "error_description": "no"}, 400))) is cause


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (problem(400, detail="bad amount."), "Paxos answered 400: bad amount."),
        (problem(400, "exceed-precision"), "Paxos answered 400 exceed-precision: no."),
        (answer({"error": "invalid_client", "error_description": "who?"}, 401), "answered 401 invalid_client: who?"),
        (answer({"title": "Conflict"}, 409), "Paxos answered 409: Conflict."),
        (answer({}, 400), "Paxos answered 400, without a problem document (2 bytes)."),
        (Response(502, body=NO_PROBLEM["empty"]), "without a problem document (it is empty)."),
        (Response(502, body=b"oops"), "without a problem document (4 bytes)."),
        (Response(502, body=NO_PROBLEM["proxy's html"]), "of HTML or XML, as a proxy sends)."),
        (Response(302), ", a redirect, which is never followed."),
        (
            problem(403, "insufficient-funds", meta={"profile_id": "p", "asset": "USD", "available": 1, "needed": 2}),
            "(profile_id p, asset USD, available 1, needed 2).",
        ),
        (problem(403, "insufficient-funds", meta={"asset": "USD", "available": None}), "no (asset USD)."),
        (
            problem(403, "travel-rule-information-required", meta={"crypto_network": "BASE", "address": "0x1"}),
            "(address 0x1, crypto_network BASE).",
        ),
        (problem(400, "unsupported-address", meta={"address": "0x1", "reason": "x"}), "(address 0x1, reason x)."),
    ],
)
def test_the_message_says_what_paxos_answered(response: Response, expected: str) -> None:
    assert expected in str(refused(response))


def test_the_problem_s_members_are_kept_as_attributes() -> None:
    error = refused(problem(403, "insufficient-funds", "short of funds", {"asset": "USD"}))

    assert (error.status, error.detail, error.meta) == (403, "short of funds", {"asset": "USD"})
    assert error.type == "https://developer.paxos.com/docs/v2/problems/insufficient-funds"


@pytest.mark.parametrize(
    ("response", "request_id"),
    [
        (problem(400, x_request_id="req-1"), "req-1"),
        (problem(400, cf_ray="ray-1"), "ray-1"),
        (answer({"request_id": "req-2"}, 400), "req-2"),
        (problem(400, x_request_id="a\nb"), "a b"),
        (problem(400), None),
    ],
)
def test_a_request_id_is_kept_when_one_is_carried(response: Response, request_id: str | None) -> None:
    assert refused(response).request_id == request_id


@pytest.mark.parametrize("meta", ["text", ["list"], 7, True])
def test_a_meta_that_is_no_object_counts_as_none(meta: object) -> None:
    assert refused(problem(403, "insufficient-funds", meta=meta)).meta == {}


@pytest.mark.parametrize("member", ["type", "detail", "title", "error", "request_id"])
def test_a_line_end_in_the_answer_never_reaches_the_message(member: str) -> None:
    assert str(refused(answer({member: "a\r\nERROR forged\x1b[0m"}, 400))).isprintable()


def test_a_line_end_in_the_meta_never_reaches_the_message() -> None:
    assert str(refused(problem(400, "unsupported-address", meta={"reason": "a\nb"}))).isprintable()


def test_a_long_detail_is_cut() -> None:
    assert len(str(refused(problem(400, detail="d" * 100_000)))) < 1000


@pytest.mark.parametrize("body", NO_PROBLEM.values(), ids=list(NO_PROBLEM))
def test_the_body_itself_shows_nowhere(body: bytes) -> None:
    secret = b"s3cr3t-t0ken"
    error = refused(Response(400, {"set-cookie": "s3cr3t"}, body + secret))

    assert "s3cr3t" not in str(error) + repr(error)
    assert b"s3cr3t" not in pickle.dumps(error)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 7.5 ", 7.5),
        (format_datetime(datetime(2026, 11, 21, 12, 1, tzinfo=UTC), usegmt=True), 60.0),
        (format_datetime(datetime(2026, 11, 21, 11, 0, tzinfo=UTC), usegmt=True), 0.0),
        ("86400", 3600.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600.0),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("Sat, 99 Nov 2026 12:00:00 GMT", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_in_seconds_and_as_a_date(header: str | None, seconds: float | None) -> None:
    headers = {} if header is None else {"retry-after": header}

    assert retry_after(Response(429, headers), NOW) == seconds


@given(st.text())
def test_no_retry_after_breaks_the_reader(header: str) -> None:
    seconds = retry_after(Response(429, {"retry-after": header}), NOW)

    assert seconds is None or 0 <= seconds <= 3600


@pytest.mark.parametrize(
    ("kind", "stable"),
    [("https://a/b/insufficient_funds", "insufficient-funds"), ("about:blank", "about:blank"), (None, ""), ({}, "")],
)
def test_of_a_type_its_last_path_segment_is_stable(kind: object, stable: str) -> None:
    assert slug(kind) == stable


def test_numbers_of_an_answer_stay_exact() -> None:
    assert str(read_json(b'{"amount": 0.10000000000000000001}')["amount"]) == "0.10000000000000000001"


@pytest.mark.parametrize("body", NO_PROBLEM.values(), ids=list(NO_PROBLEM))
def test_what_is_no_json_object_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableAnswer):
        read_json(body)


def test_an_unreadable_answer_is_not_chained_to_what_holds_its_body() -> None:
    with pytest.raises(UnreadableAnswer) as unreadable:
        read_json(b"s3cr3t")

    assert unreadable.value.__suppress_context__


@given(st.integers(300, 599), st.binary())
def test_whatever_the_bytes_a_refusal_is_raised(status: int, body: bytes) -> None:
    assert str(refused(Response(status, body=body))).isprintable()


@given(st.integers(300, 599), problem_like)
def test_whatever_the_problem_s_members_a_refusal_is_raised(status: int, document: dict[str, Any]) -> None:
    assert str(refused(answer(document, status))).isprintable()


@given(st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
def test_whatever_the_bytes_a_reader_returns_an_object_or_the_clear_error(body: bytes) -> None:
    try:
        assert isinstance(read_json(body), dict)
    except PaxosError as unreadable:
        assert str(unreadable)  # noqa: PT017
