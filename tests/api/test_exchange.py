"""One exchange: what is sent again, after how long, and what is then known of the money."""

from __future__ import annotations

import math
from collections.abc import Callable
from email.utils import formatdate

import pytest

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.api.decoding import read_json
from airflow_provider_paxos.api.errors import Acceptance, PaxosError, Subject, UnreadableAnswer
from airflow_provider_paxos.api.exchange import TRIGGERER, WORKER, Patience
from airflow_provider_paxos.api.flow import Authorize, Flow, Loss, Pause, Request, Response, Send, Token
from airflow_provider_paxos.api.secrecy import Secret
from tests.api.script import Outcome, Script, answer, problem

REQUEST = Request("POST", "https://paxos.test/v2/x", {"Accept": "application/json"}, b'{"a":1}')
SUBJECT = Subject("Create Orchestration", ref_id="settle-7")
DONE = answer({"done": True})
HTML = Response(200, body=b"<html>a captive portal</html>")


def post(
    script: Script, *, patience: Patience = WORKER, jitter: float = 1.0, commits: bool = True
) -> Flow[dict[str, object]]:
    exchange = script.exchange(patience=patience, jitter=jitter)
    return exchange(REQUEST, lambda response: read_json(response.body), SUBJECT, commits=commits)


def error_of(script: Script, **options: object) -> PaxosError:
    with pytest.raises(PaxosError) as raised:
        script.run(post(script, **options))  # type: ignore[arg-type]
    return raised.value


def token_for(flow: Flow[object]) -> Token:
    """Begin a flow, and return what it asks for first."""
    assert isinstance(next(flow), Authorize)
    return Token(Secret("tok-1"), math.inf)


def after_its_token(flow: Flow[object], outcome: Response) -> object:
    """Answer a flow's request, and return the step after it and after the token that it asks for then."""
    assert isinstance(flow.send(outcome), Authorize)
    return flow.send(Token(Secret("tok-1"), math.inf))


def test_an_answer_ends_the_exchange() -> None:
    script = Script(DONE)

    assert script.run(post(script)) == {"done": True}
    assert [type(step) for step in script.steps] == [Authorize, Send]


def test_the_request_carries_the_token() -> None:
    script = Script(DONE, tokens=[Token(Secret("tok-1"), math.inf)])
    script.run(post(script))

    assert script.sent[0].headers == {"Accept": "application/json", "Authorization": "Bearer tok-1"}


class TestRetry:
    @pytest.mark.parametrize(
        "passing",
        [*Loss, HTML, Response(200), *(problem(status) for status in (500, 502, 503, 504))],
        ids=str,
    )
    def test_a_passing_fault_is_followed_by_the_same_request(self, passing: Outcome) -> None:
        script = Script(passing, DONE)
        script.run(post(script))

        assert [(sent.method, sent.url, sent.body) for sent in script.sent] == [
            (REQUEST.method, REQUEST.url, REQUEST.body)
        ] * 2

    @pytest.mark.parametrize("status", [302, 400, 403, 404, 409, 418])
    def test_a_refusal_is_final(self, status: int) -> None:
        script = Script(problem(status))
        error_of(script)

        assert len(script.sent) == 1

    def test_the_last_error_is_raised_after_five_attempts(self) -> None:
        script = Script(*[Loss.TIMED_OUT] * 4, problem(503))

        assert isinstance(error_of(script), errors.ServiceUnavailable)
        assert len(script.sent) == 5

    def test_pauses_double_up_to_eight_seconds(self) -> None:
        script = Script(*[Loss.TIMED_OUT] * 7)
        error_of(script, patience=Patience(attempts=7))

        assert script.pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]

    @pytest.mark.parametrize(("jitter", "pause"), [(0.0, 0.0), (0.25, 0.125), (1.0, 0.5)])
    def test_a_pause_is_jittered_down_to_nothing(self, jitter: float, pause: float) -> None:
        script = Script(Loss.TIMED_OUT, DONE)
        script.run(post(script, jitter=jitter))

        assert script.pauses == [pause]

    @pytest.mark.parametrize("status", [500, 503])
    def test_paxos_own_wish_goes_before_the_back_off(self, status: int) -> None:
        script = Script(problem(status, retry_after="12"), DONE)
        script.run(post(script))

        assert script.pauses == [12.0]

    def test_a_wish_may_be_a_date(self) -> None:
        script = Script()
        script.outcomes = [problem(503, retry_after=formatdate(script.now + 20, usegmt=True)), DONE]
        script.run(post(script))

        assert script.pauses == [20.0]

    def test_a_wish_that_is_not_understood_is_ignored(self) -> None:
        script = Script(problem(503, retry_after="soon"), DONE)
        script.run(post(script))

        assert script.pauses == [0.5]

    def test_a_worker_does_not_wait_longer_than_it_can_afford(self) -> None:
        script = Script(problem(503, retry_after="31"))

        assert error_of(script).retry_after == 31.0
        assert script.pauses == []


class TestFreshToken:
    def test_a_refused_token_is_replaced_once_and_at_once(self) -> None:
        first, second = Token(Secret("tok-1"), math.inf), Token(Secret("tok-2"), math.inf)
        script = Script(problem(401), DONE, tokens=[first, second])
        script.run(post(script))

        assert [step.stale for step in script.authorizations] == [None, first]
        assert [sent.headers["Authorization"] for sent in script.sent] == ["Bearer tok-1", "Bearer tok-2"]
        assert script.pauses == []

    def test_a_second_refusal_is_final(self) -> None:
        script = Script(problem(401), problem(401))

        assert isinstance(error_of(script), errors.BadCredentials)
        assert len(script.sent) == 2

    def test_a_token_refused_at_the_last_attempt_is_reported(self) -> None:
        script = Script(*[Loss.UNCONNECTED] * 4, problem(401))

        assert isinstance(error_of(script), errors.BadCredentials)

    def test_an_error_of_the_token_request_shows_what_the_token_was_for(self) -> None:
        refused = errors.BadCredentials("who?", subject=Subject("Token request"))
        script = Script(tokens=[refused])

        assert error_of(script) is refused
        assert str(refused).startswith("Token request for Create Orchestration (ref_id settle-7): who?")


class TestThrottle:
    def test_a_worker_raises_instead_of_sleeping_out_five_minutes(self) -> None:
        script = Script(problem(429))

        assert isinstance(error_of(script), errors.RateLimited)
        assert script.pauses == []

    def test_the_triggerer_sleeps_them_out(self) -> None:
        script = Script(problem(429), DONE)
        script.run(post(script, patience=TRIGGERER))

        assert script.pauses == [300.0]

    @pytest.mark.parametrize(("wish", "pause"), [("7", 7.0), ("0", 1.0)])
    @pytest.mark.parametrize("patience", [WORKER, TRIGGERER])
    def test_both_wait_as_long_as_paxos_asks_for(self, patience: Patience, wish: str, pause: float) -> None:
        script = Script(problem(429, retry_after=wish), DONE)
        script.run(post(script, patience=patience))

        assert script.pauses == [pause]

    def test_other_flows_of_the_triggerer_wait_too(self) -> None:
        script = Script(problem(429), DONE, DONE)
        error_of(script)
        script.now += 100
        script.run(post(script, patience=TRIGGERER))

        assert [type(step) for step in script.steps][-3:] == [Pause, Authorize, Send]
        assert script.pauses == [200.0]

    def test_other_flows_of_a_worker_send_nothing(self) -> None:
        script = Script(problem(429))
        error_of(script)
        error = error_of(script)

        assert len(script.sent) == 1
        assert isinstance(error, errors.RateLimited)
        assert error.acceptance is Acceptance.NOT_SENT
        assert "for another 300 s" in str(error)

    def test_a_throttle_that_comes_while_a_flow_waits_is_waited_out_too(self) -> None:
        script = Script(DONE)
        script.rate_limiter.throttle(10)
        flow = post(script)
        first = flow.send(token_for(flow))
        script.now += 10
        script.rate_limiter.throttle(5)
        second = flow.send(None)

        assert (first, second) == (Pause(10.0), Pause(5.0))

    def test_a_worker_that_waits_ends_when_a_throttle_comes_that_it_cannot_wait_for(self) -> None:
        script = Script()
        script.rate_limiter.throttle(10)
        script.on_pause = lambda _: script.rate_limiter.throttle(300)

        assert "for another 300 s" in str(error_of(script))
        assert script.pauses == [10.0]

    def test_whoever_was_throttled_is_not_overtaken_by_those_who_come_meanwhile(self) -> None:
        script = Script()
        throttled, newcomer = post(script, patience=TRIGGERER), post(script, patience=TRIGGERER)
        throttled.send(token_for(throttled))
        first = after_its_token(throttled, problem(429))
        script.now += 100
        second = newcomer.send(token_for(newcomer))

        assert isinstance(first, Pause)
        assert isinstance(second, Pause)
        assert (first.seconds, second.seconds) == (300.0, pytest.approx(200.0 + 1 / 36))

    @pytest.mark.parametrize("authorized", [True, False])
    def test_a_refused_token_request_throttles_the_api_and_the_other_way_round(self, authorized: bool) -> None:
        script = Script(problem(429))
        exchange = script.exchange()
        for each in (authorized, not authorized):
            with pytest.raises(errors.RateLimited):
                script.run(exchange(REQUEST, lambda _: None, SUBJECT, authorized=each))

        assert len(script.sent) == 1


class TestRateLimiter:
    @pytest.mark.parametrize("patience", [WORKER, TRIGGERER])
    def test_a_flow_waits_for_its_place_however_long_that_is(self, patience: Patience) -> None:
        script = Script(*[DONE] * 4)
        exchange = script.exchange(patience=patience, rate=0.01)
        for _ in range(4):
            script.run(exchange(REQUEST, lambda _: None, SUBJECT))

        assert len(script.pauses) == 1
        assert script.pauses[0] >= 300

    def test_after_a_wait_the_token_is_asked_for_anew_because_it_may_have_aged(self) -> None:
        old, new = Token(Secret("old"), math.inf), Token(Secret("new"), math.inf)
        script = Script(DONE, tokens=[old, new])
        script.rate_limiter.throttle(10)
        script.run(post(script))

        assert [type(step) for step in script.steps] == [Authorize, Pause, Authorize, Send]
        assert script.sent[0].headers["Authorization"] == "Bearer new"

    def test_what_is_sent_again_takes_its_turn_again(self) -> None:
        script = Script(*[Loss.UNCONNECTED] * 3, DONE)
        script.run(script.exchange(rate=0.01, jitter=0.0)(REQUEST, lambda _: None, SUBJECT))

        assert [pause >= 300 for pause in script.pauses] == [False, False, False, True]

    @pytest.mark.parametrize(("late", "places_left"), [(4, 2), (6, 1)])
    def test_whoever_comes_too_late_for_a_place_takes_another(self, late: float, places_left: int) -> None:
        script = Script()
        script.rate_limiter.throttle(10)
        flow = script.exchange(rate=0.01)(REQUEST, lambda _: None, SUBJECT)
        assert flow.send(token_for(flow)) == Pause(10.0)
        script.now += 10
        assert isinstance(flow.send(None), Authorize)
        script.now += late
        flow.send(Token(Secret("tok-1"), math.inf))

        # Three in five minutes.
        limiter = script.rate_limiter.api
        assert [limiter.wait(limiter.reserve(0.01)) < 300 for _ in range(3)].count(True) == places_left

    def test_token_requests_have_a_rate_limiter_of_their_own(self) -> None:
        script = Script(*[DONE] * 242)
        exchange = script.exchange(rate=0.01)
        for _ in range(241):
            script.run(exchange(REQUEST, lambda _: None, SUBJECT, authorized=False))
        assert [pause >= 300 for pause in script.pauses] == [True], "0.8 a second, in five minutes"

        script.run(exchange(REQUEST, lambda _: None, SUBJECT))
        assert len(script.pauses) == 1


class TestMoney:
    @pytest.mark.parametrize(
        ("outcomes", "known"),
        [
            ([Loss.UNCONNECTED] * 5, Acceptance.NOT_SENT),
            ([Loss.UNTRUSTED] * 5, Acceptance.NOT_SENT),
            ([Loss.UNCONNECTED, problem(400)], Acceptance.REFUSED),
            ([problem(400)], Acceptance.REFUSED),
            ([problem(429)], Acceptance.REFUSED),
            ([problem(401), problem(401)], Acceptance.REFUSED),
            ([problem(429, retry_after="1"), *[Loss.UNCONNECTED] * 4], Acceptance.REFUSED),
            ([problem(409, "already-exists")], Acceptance.EXISTS),
            ([Loss.TIMED_OUT] * 5, Acceptance.UNKNOWN),
            ([Loss.BROKEN] * 5, Acceptance.UNKNOWN),
            ([Loss.TOO_LARGE] * 5, Acceptance.UNKNOWN),
            ([problem(500)] * 5, Acceptance.UNKNOWN),
            ([HTML] * 5, Acceptance.UNKNOWN),
            ([Loss.TIMED_OUT, problem(400)], Acceptance.UNKNOWN),
            ([Loss.TIMED_OUT, problem(401), problem(401)], Acceptance.UNKNOWN),
            ([problem(502), problem(403, "insufficient-funds")], Acceptance.UNKNOWN),
            ([HTML, *[Loss.UNCONNECTED] * 4], Acceptance.UNKNOWN),
            ([Loss.BROKEN, problem(429)], Acceptance.UNKNOWN),
        ],
        ids=str,
    )
    def test_one_answer_that_may_be_an_acceptance_makes_all_later_refusals_moot(
        self, outcomes: list[Outcome], known: Acceptance
    ) -> None:
        assert error_of(Script(*outcomes)).acceptance is known

    @pytest.mark.parametrize("outcomes", [[problem(400)], [Loss.TIMED_OUT] * 5, [HTML] * 5])
    def test_of_a_call_that_moves_no_money_nothing_is_said(self, outcomes: list[Outcome]) -> None:
        assert error_of(Script(*outcomes), commits=False).acceptance is Acceptance.IRRELEVANT

    def test_a_token_that_cannot_be_had_means_that_nothing_was_sent(self) -> None:
        script = Script(tokens=[errors.BadCredentials("who?")])

        assert error_of(script).acceptance is Acceptance.NOT_SENT

    def test_a_token_that_cannot_be_had_after_a_lost_answer_leaves_it_unknown(self) -> None:
        script = Script(Loss.TIMED_OUT, tokens=[Token(Secret("tok-1"), math.inf), errors.Unreachable("gone.")])

        assert error_of(script).acceptance is Acceptance.UNKNOWN

    def test_a_throttle_that_comes_after_a_lost_answer_leaves_it_unknown(self) -> None:
        script = Script()
        script.outcomes = [closing(script)]

        assert error_of(script).acceptance is Acceptance.UNKNOWN

    def test_the_error_knows_the_payment(self) -> None:
        assert error_of(Script(problem(400))).ref_id == "settle-7"


def closing(script: Script) -> Callable[[Request], Response]:
    def close(_: Request) -> Response:
        script.rate_limiter.throttle(300)
        return problem(500)

    return close


class Notary:
    """Signs with the time."""

    def sign(self, request: Request, now: float) -> Request:
        headers = {**request.headers, "Paxos-Signature": f"{request.method} {now:.0f}"}
        return Request(request.method, request.url, headers, request.body)


def test_each_attempt_is_signed_anew() -> None:
    script = Script(Loss.TIMED_OUT, DONE)
    exchange = script.exchange(signer=Notary(), jitter=1.0)
    begun = script.now
    script.now += 0.5
    script.run(exchange(REQUEST, lambda _: None, SUBJECT))

    assert [sent.headers["Paxos-Signature"] for sent in script.sent] == [
        f"POST {begun + 0.5:.0f}",
        f"POST {begun + 1.0:.0f}",
    ]


def test_a_token_request_is_neither_authorized_nor_signed() -> None:
    script = Script(DONE)
    script.run(script.exchange(signer=Notary())(REQUEST, lambda _: None, SUBJECT, authorized=False))

    assert script.sent == [REQUEST]
    assert script.authorizations == []


def test_an_answer_that_the_reader_cannot_read_counts_as_lost() -> None:
    def read(_: Response) -> None:
        raise UnreadableAnswer("the answer is about another id.")

    script = Script(*[DONE] * 5)
    with pytest.raises(UnreadableAnswer) as unreadable:
        script.run(script.exchange()(REQUEST, read, SUBJECT, commits=True))

    assert unreadable.value.acceptance is Acceptance.UNKNOWN
