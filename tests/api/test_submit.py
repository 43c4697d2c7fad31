"""Submit: once, and provably once."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.api.creators import STAMP, Adopt, Creator
from airflow_provider_paxos.api.errors import Acceptance, PaxosError
from airflow_provider_paxos.api.exchange import TRIGGERER
from airflow_provider_paxos.api.flow import Loss, Response, Token
from airflow_provider_paxos.api.orchestrations import LOOK_UP_PAUSES, Submission
from airflow_provider_paxos.api.secrecy import Secret
from tests.api.script import Outcome, Script, answer, orchestration, page, payment, problem, query_of

TAKEN = problem(409, "already-exists")
LOOK_UPS = len(LOOK_UP_PAUSES)


def taken_by(**fields: Any) -> Response:
    return problem(409, "already-exists", meta={"existing": orchestration(**fields)})


def submitted(script: Script, **fields: Any) -> Submission:
    return script.run(script.calls().submit(payment(**fields)))


def error_of(*outcomes: Outcome, **fields: Any) -> PaxosError:
    with pytest.raises(PaxosError) as raised:
        submitted(Script(*outcomes), **fields)
    return raised.value


def test_a_new_payment_is_created() -> None:
    submission = submitted(Script(answer(orchestration())))

    assert (submission.orchestration.id, submission.adopted) == ("orch-1", False)


class TestAdoption:
    def test_the_same_payment_is_adopted_from_the_refusal_itself(self) -> None:
        script = Script(taken_by(source_amount="100.2500"))
        submission = submitted(script)

        assert (submission.orchestration.id, submission.adopted) == ("orch-1", True)
        assert script.methods == ["POST"]

    @pytest.mark.parametrize(
        "meta",
        [
            None,
            {},
            {"existing": None},
            {"existing": "orch-1"},
            {"existing": {"id": "orch-1"}},
            {"existing": orchestration(source_amount=None)},
            {"existing": orchestration(source=None)},
            {"existing": orchestration(destination={})},
            {"existing": orchestration(status=None)},
            {"existing": orchestration(ref_id=None)},
            {"existing": orchestration(ref_id="another")},
            {"existing": orchestration(source_amount="1e3")},
            {"existing": orchestration(id=None)},
        ],
        ids=str,
    )
    def test_where_the_refusal_shows_too_little_list_is_asked(self, meta: Any) -> None:
        script = Script(problem(409, "already-exists", meta=meta), page(orchestration()))
        submission = submitted(script)

        assert (submission.orchestration.id, submission.adopted) == ("orch-1", True)
        assert script.methods == ["POST", "GET"]
        assert query_of(script.sent[1]) == [("ref_id", "settle-2026-11-21-7")]

    def test_list_may_lag(self) -> None:
        script = Script(TAKEN, *[page()] * (LOOK_UPS - 1), page(orchestration()))

        assert submitted(script).adopted
        assert script.pauses == [pause for pause in LOOK_UP_PAUSES if pause]

    def test_an_address_s_checksum_case_is_no_difference(self) -> None:
        address = "0x52908400098527886E0F7030069857D2E4169EE7"
        script = Script(
            taken_by(destination={"crypto": {"address": address.lower(), "network": "ETHEREUM", "address_id": "a"}})
        )

        assert submitted(script, destination={"crypto": {"address": address, "network": "ETHEREUM"}}).adopted

    @pytest.mark.parametrize("status", ["PENDING", "PROCESSING", "COMPLETED", "ON_HOLD"])
    def test_one_that_has_not_ended_badly_is_adopted(self, status: str) -> None:
        assert submitted(Script(taken_by(status=status))).orchestration.status == status

    @pytest.mark.parametrize(
        ("status", "cause"), [("FAILED", errors.OrchestrationFailed), ("REJECTED", errors.OrchestrationRejected)]
    )
    @pytest.mark.parametrize("place", ["refusal", "list", "answer"])
    def test_one_that_has_ended_badly_is_raised(self, place: str, status: str, cause: type[PaxosError]) -> None:
        outcomes: dict[str, list[Outcome]] = {
            "refusal": [taken_by(status=status)],
            "list": [TAKEN, page(orchestration(status=status))],
            "answer": [answer(orchestration(status=status))],
        }
        error = error_of(*outcomes[place])

        assert isinstance(error, cause)
        assert (error.orchestration_id, error.retryable) == ("orch-1", False)


class TestConflict:
    DIFFERENT: ClassVar = {
        "source_amount": "99",
        "destination_asset": "PYUSD",
        "source": {"profile": {"profile_id": "prof-9"}},
    }

    @pytest.mark.parametrize("place", ["refusal", "refusal alone", "list"])
    def test_another_payment_s_ref_id_is_a_conflict(self, place: str) -> None:
        listed = page(orchestration(**self.DIFFERENT))
        outcomes = {
            "refusal": [taken_by(**self.DIFFERENT), listed],
            "refusal alone": [taken_by(**self.DIFFERENT), page()],
            "list": [TAKEN, listed],
        }
        error = error_of(*outcomes[place])

        assert isinstance(error, errors.RefIdConflict)
        assert error.differences == {
            "destination_asset": ("USDG", "PYUSD"),
            "source_amount": ("100.25", "99"),
            "source.profile.profile_id": ("prof-1", "prof-9"),
        }

    def test_the_conflict_is_shown_with_both_values_of_every_field(self) -> None:
        text = str(error_of(taken_by(**self.DIFFERENT), page()))

        assert "the ref_id belongs to orchestration orch-1 (PROCESSING), which differs: " in text
        assert "source_amount: asked for 100.25, exists with 99" in text
        assert "source.profile.profile_id: asked for prof-1, exists with prof-9" in text
        assert "give it a new ref_id" in text

    def test_no_retry_mends_a_conflict(self) -> None:
        assert not error_of(taken_by(**self.DIFFERENT), page()).retryable

    def test_a_conflict_is_reported_on_one_line(self) -> None:
        assert str(error_of(taken_by(source_asset="a\nb", status="x\ny"), page())).isprintable()

    def test_a_bad_end_of_another_payment_is_a_conflict_all_the_same(self) -> None:
        assert isinstance(error_of(taken_by(**self.DIFFERENT, status="FAILED"), page()), errors.RefIdConflict)

    def test_of_several_under_the_ref_id_the_refusal_may_show_a_stranger(self) -> None:
        own = orchestration(id="orch-2")
        submission = submitted(Script(taken_by(**self.DIFFERENT), page(orchestration(**self.DIFFERENT), own)))

        assert (submission.orchestration.id, submission.adopted) == ("orch-2", True)

    def test_while_the_others_under_the_ref_id_are_not_shown_the_outcome_is_unknown(self) -> None:
        error = error_of(taken_by(**self.DIFFERENT), *[problem(503)] * 5)

        assert isinstance(error, errors.ServiceUnavailable)
        assert error.acceptance is Acceptance.UNKNOWN
        assert error.retryable


class TestAnswerOfAnother:
    """A service may replay its first answer to a used key: its metadata shows whose that is."""

    PAY = Creator("settlement", "run-1", "pay")
    FOREIGN: ClassVar = {"batch": "by hand"}

    def submitted(self, metadata: dict[str, str] | None, **by: Any) -> Submission:
        script = Script(answer(orchestration(metadata=metadata)))
        return script.run(script.calls().submit(payment(metadata={STAMP: self.PAY.stamp()}), creator=self.PAY, **by))

    @pytest.mark.parametrize("metadata", [None, {}])
    def test_an_answer_without_metadata_is_one_s_own(self, metadata: dict[str, str] | None) -> None:
        assert not self.submitted(metadata).adopted

    def test_an_answer_with_metadata_but_without_the_stamp_is_not_one_s_own(self) -> None:
        submission = self.submitted(self.FOREIGN)

        assert (submission.adopted, submission.other_creator) == (True, "unknown")

    def test_who_adopts_one_s_own_alone_does_not_adopt_it(self) -> None:
        with pytest.raises(errors.CreatedByAnother, match="shows no creator"):
            self.submitted(self.FOREIGN, adopt=Adopt.OWN)


class TestUnknown:
    def test_a_taken_ref_id_that_paxos_does_not_show_leaves_the_outcome_unknown(self) -> None:
        error = error_of(TAKEN, *[page()] * LOOK_UPS)

        assert isinstance(error, errors.OutcomeUnknown)
        assert error.retryable
        assert "Running the task again is safe: the same ref_id is never paid twice." in str(error)

    def test_strangers_in_list_are_not_adopted(self) -> None:
        error = error_of(TAKEN, *[page(orchestration(ref_id="another"))] * 5)

        assert isinstance(error, errors.UnreadableAnswer)
        assert error.acceptance is Acceptance.UNKNOWN

    @pytest.mark.parametrize("outcome", [problem(403), problem(429), problem(500), Loss.UNCONNECTED, Response(200)])
    def test_a_look_up_that_fails_leaves_the_outcome_unknown(self, outcome: Outcome) -> None:
        error = error_of(TAKEN, *[outcome] * 5)

        assert error.acceptance is Acceptance.UNKNOWN
        assert str(error).startswith("Create Orchestration (ref_id settle-2026-11-21-7, amount 100.25 USD to USDG): ")

    @pytest.mark.parametrize(
        "outcomes",
        [[Loss.TIMED_OUT] * 5, [problem(503)] * 5, [Loss.BROKEN, problem(429)], [Response(200)] * 5],
        ids=str,
    )
    def test_a_passing_fault_after_a_lost_answer_is_left_to_the_next_run(self, outcomes: list[Outcome]) -> None:
        error = error_of(*outcomes)

        assert error.acceptance is Acceptance.UNKNOWN
        assert error.retryable


class TestRefusalAfterALostAnswer:
    """The money that the lost attempt reserved may be the very reason of the refusal."""

    SHORT = problem(403, "insufficient-funds", meta={"asset": "USD", "available": "0", "needed": "100.25"})

    def test_the_accepted_payment_is_adopted(self) -> None:
        script = Script(Loss.TIMED_OUT, self.SHORT, page(orchestration()))

        assert submitted(script).adopted
        assert script.methods == ["POST", "POST", "GET"]

    def test_the_accepted_payment_is_adopted_after_a_lag(self) -> None:
        assert submitted(Script(problem(500), self.SHORT, page(), page(orchestration()))).adopted

    def test_a_payment_that_is_not_found_leaves_the_refusal(self) -> None:
        error = error_of(Loss.TIMED_OUT, self.SHORT, *[page()] * LOOK_UPS)

        assert isinstance(error, errors.InsufficientFunds)
        assert error.acceptance is Acceptance.UNKNOWN

    def test_a_refusal_that_no_retry_mends_is_worth_one_while_the_outcome_is_unknown(self) -> None:
        assert error_of(Loss.TIMED_OUT, problem(400), *[page()] * LOOK_UPS).retryable

    def test_a_token_that_is_refused_meanwhile_leaves_the_outcome_unknown(self) -> None:
        refused = errors.BadCredentials("who?")
        token = Token(Secret("tok-1"), float("inf"))
        script = Script(Loss.TIMED_OUT, tokens=[token, refused, errors.BadCredentials("who?")])

        with pytest.raises(errors.BadCredentials) as raised:
            submitted(script)
        assert raised.value.acceptance is Acceptance.UNKNOWN


def test_a_refusal_at_once_is_raised_without_a_look_up() -> None:
    script = Script(problem(403, "insufficient-funds"))

    with pytest.raises(errors.InsufficientFunds) as refused:
        submitted(script)
    assert refused.value.acceptance is Acceptance.REFUSED
    assert script.methods == ["POST"]


def test_a_lost_answer_whose_repetition_is_refused_as_taken_is_adopted() -> None:
    script = Script(Loss.TIMED_OUT, taken_by())

    assert submitted(script).adopted
    assert script.methods == ["POST", "POST"]


def test_the_triggerer_s_patience_carries_a_submit_through_a_throttle() -> None:
    script = Script(problem(429), answer(orchestration()))

    assert not script.run(script.calls(patience=TRIGGERER).submit(payment())).adopted
    assert script.pauses == [300.0]
