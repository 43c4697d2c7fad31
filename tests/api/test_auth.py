"""The life of a token."""

from __future__ import annotations

import asyncio
import pickle
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.api.auth import TokenHolder, grant
from airflow_provider_paxos.api.credentials import DEFAULT_SCOPES, Credentials
from airflow_provider_paxos.api.errors import PaxosError, UnreadableAnswer
from airflow_provider_paxos.api.exchange import TRIGGERER
from airflow_provider_paxos.api.flow import Loss, Response, Token
from airflow_provider_paxos.api.secrecy import Secret
from tests.api.script import Outcome, Script, answer, problem

CREDENTIALS = Credentials("client-1", Secret("s3cr3t & more"), "https://oauth.test/oauth2/token")
GRANTED = {"access_token": "tok-1", "expires_in": 3599, "scope": " ".join(DEFAULT_SCOPES), "token_type": "bearer"}


def granted(**fields: object) -> Response:
    return answer({name: value for name, value in {**GRANTED, **fields}.items() if value is not None})


def error_of(*outcomes: Outcome) -> PaxosError:
    script = Script(*outcomes)
    with pytest.raises(PaxosError) as raised:
        script.run(grant(CREDENTIALS, script.exchange()))
    return raised.value


def renewed_after(script: Script) -> float:
    begun = script.now
    return script.run(grant(CREDENTIALS, script.exchange(patience=TRIGGERER))).renew_at - begun


class TestGrant:
    def test_the_form_asks_for_the_scopes_with_the_client_s_credentials(self) -> None:
        script = Script(granted())
        script.run(grant(CREDENTIALS, script.exchange()))
        (sent,) = script.sent

        assert (sent.method, sent.url) == ("POST", "https://oauth.test/oauth2/token")
        assert sent.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert parse_qs((sent.body or b"").decode()) == {
            "grant_type": ["client_credentials"],
            "client_id": ["client-1"],
            "client_secret": ["s3cr3t & more"],
            "scope": ["orchestration:read_orchestration orchestration:write_orchestration"],
        }

    def test_the_answer_s_token_is_returned(self) -> None:
        script = Script(granted())

        assert script.run(grant(CREDENTIALS, script.exchange())).value.reveal() == "tok-1"

    @pytest.mark.parametrize(
        ("expires_in", "seconds"),
        [
            (3599, 3539.0),
            ("3599", 3539.0),
            (100, 90.0),
            (0, 0.0),
            (None, 270.0),
            ("soon", 270.0),
            (-1, 270.0),
            (True, 270.0),
            (1e300, 270.0),
            ([], 270.0),
        ],
    )
    def test_a_token_is_renewed_ahead_of_its_end(self, expires_in: object, seconds: float) -> None:
        assert renewed_after(Script(granted(expires_in=expires_in))) == seconds

    def test_the_time_that_a_grant_took_counts_as_used(self) -> None:
        assert renewed_after(Script(problem(429), granted())) == 3539.0

    def test_a_token_without_a_scope_is_refused_with_its_name(self) -> None:
        error = error_of(granted(scope="orchestration:read_orchestration"))

        assert isinstance(error, errors.MissingScope)
        assert "the token came without orchestration:write_orchestration." in str(error)

    @pytest.mark.parametrize("scope", [None, "", " ".join([*DEFAULT_SCOPES, "more"])])
    def test_a_token_whose_scopes_are_untold_or_more_is_taken(self, scope: str | None) -> None:
        script = Script(granted(scope=scope))

        assert script.run(grant(CREDENTIALS, script.exchange())).value.reveal() == "tok-1"

    @pytest.mark.parametrize(
        ("outcome", "cause"),
        [
            (answer({"error": "invalid_client"}, 401), errors.BadCredentials),
            (answer({"error": "invalid_client"}, 400), errors.BadCredentials),
            (answer({"error": "invalid_scope"}, 400), errors.MissingScope),
            (problem(401), errors.BadCredentials),
            (Response(403, body=b"<html>blocked</html>"), errors.Forbidden),
            (problem(429), errors.RateLimited),
        ],
    )
    def test_a_refused_grant_is_reported_by_its_cause_at_once(self, outcome: Outcome, cause: type[PaxosError]) -> None:
        assert type(error_of(outcome)) is cause

    @pytest.mark.parametrize(
        "garbage",
        [
            Response(200),
            Response(200, body=b"<html>"),
            answer([]),
            answer({}),
            granted(access_token=None),
            granted(access_token=7),
            granted(access_token=""),
            granted(access_token="two words"),
            granted(access_token="line\r\nInjected: header"),
            granted(access_token="umläut"),
        ],
    )
    def test_an_answer_without_a_token_fit_for_a_header_is_unreadable(self, garbage: Response) -> None:
        assert isinstance(error_of(*[garbage] * 5), UnreadableAnswer)

    def test_a_lost_grant_is_asked_for_again(self) -> None:
        script = Script(Loss.TIMED_OUT, problem(503), granted())

        assert script.run(grant(CREDENTIALS, script.exchange())).value.reveal() == "tok-1"

    def test_an_error_names_client_and_scopes(self) -> None:
        text = str(error_of(problem(401)))

        assert text.startswith(f"Token request (client ID client-1, scopes {' '.join(DEFAULT_SCOPES)}): ")

    @given(st.binary())
    def test_whatever_the_bytes_a_grant_ends_with_the_clear_error(self, body: bytes) -> None:
        assert isinstance(error_of(*[Response(200, body=body)] * 5), UnreadableAnswer)


class TestSecrets:
    @pytest.mark.parametrize("value", [CREDENTIALS, Token(Secret("s3cr3t"), 0.0)])
    def test_no_secret_shows_in_a_repr(self, value: object) -> None:
        assert "s3cr3t" not in repr(value)

    @pytest.mark.parametrize("outcome", [problem(401), granted(scope="none"), *Loss])
    def test_no_secret_shows_in_an_error(self, outcome: Outcome) -> None:
        error = error_of(*[outcome] * 5)

        assert "s3cr3t" not in str(error) + repr(error)
        assert b"s3cr3t" not in pickle.dumps(error)
        assert b"tok-1" not in pickle.dumps(error)


class TestHolder:
    def test_there_is_no_token_at_first(self) -> None:
        assert TokenHolder(Script().clock).usable(None) is None

    def test_a_token_is_used_until_it_is_due_for_renewal(self) -> None:
        script = Script()
        holder = TokenHolder(script.clock)
        token = holder.keep(Token(Secret("tok-1"), script.now + 10))
        script.now += 9.9
        before = holder.usable(None)
        script.now += 0.1

        assert (before, holder.usable(None)) == (token, None)

    def test_a_token_that_paxos_refused_is_not_used_again(self) -> None:
        script = Script()
        holder = TokenHolder(script.clock)
        token = holder.keep(Token(Secret("tok-1"), script.now + 10))

        assert holder.usable(stale=token) is None

    def test_who_comes_with_an_older_token_gets_the_one_that_was_fetched_meanwhile(self) -> None:
        script = Script()
        holder = TokenHolder(script.clock)
        old = holder.keep(Token(Secret("tok-1"), script.now + 10))
        new = holder.keep(Token(Secret("tok-2"), script.now + 10))

        assert holder.usable(stale=old) is new

    def test_each_event_loop_has_a_lock_of_its_own(self) -> None:
        holder = TokenHolder(Script().clock)

        async def lock() -> tuple[asyncio.Lock, asyncio.Lock]:
            return holder.loop_lock, holder.loop_lock

        (first, again), (other, _) = asyncio.run(lock()), asyncio.run(lock())

        assert first is again
        assert first is not other
