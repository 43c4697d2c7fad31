"""Errors are part of the interface: what happened, to which payment, what of the money, and what a retry does."""

from __future__ import annotations

import inspect
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.api.errors import Acceptance, PaxosError, Subject, quoted

CLASSES = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, PaxosError)]
SUBJECT = Subject("Create Orchestration", ref_id="settle-7", orchestration_id="orch-1", amount="100.25 USD to USDG")

NON_RETRYABLE = {
    errors.InvalidConnection,
    errors.InvalidRequest,
    errors.NotAllowed,
    errors.NotApproved,
    errors.NotRepairable,
    errors.DestinationRejected,
    errors.RuleConflict,
    errors.HoldsSecret,
    errors.Refused,
    errors.BadRequest,
    errors.UnsupportedAddress,
    errors.ExceedsPrecision,
    errors.BadCredentials,
    errors.Forbidden,
    errors.MissingScope,
    errors.TravelRuleInformationRequired,
    errors.AlreadyExists,
    errors.RefIdConflict,
    errors.CreatedByAnother,
    errors.OrchestrationUnsuccessful,
    errors.OrchestrationFailed,
    errors.OrchestrationRejected,
}


@pytest.mark.parametrize("error", CLASSES)
def test_a_retry_is_worth_it_unless_the_cause_stays(error: type[PaxosError]) -> None:
    assert error("what").retryable == (error not in NON_RETRYABLE)


@pytest.mark.parametrize("error", CLASSES)
def test_a_retry_is_always_worth_it_while_the_outcome_is_unknown(error: type[PaxosError]) -> None:
    assert error("what", acceptance=Acceptance.UNKNOWN).retryable


@pytest.mark.parametrize("error", CLASSES)
def test_the_message_says_what_a_retry_will_do(error: type[PaxosError]) -> None:
    assert str(error("what")).endswith(error.advice)
    assert error is errors.AlreadyExists or "retry" in error.advice.lower()


@pytest.mark.parametrize("error", CLASSES)
def test_the_drawn_tree_shows_the_class_below_its_base(error: type[PaxosError]) -> None:
    drawn = (errors.__doc__ or "").splitlines()
    at = next(number for number, line in enumerate(drawn) if line.split()[:1] == [error.__name__])
    depth = len(error.__mro__) - len(PaxosError.__mro__)

    assert len(drawn[at]) - len(drawn[at].lstrip()) == 4 + 2 * depth


def test_the_message_says_what_happened_to_which_payment_and_what_of_the_money() -> None:
    error = errors.InsufficientFunds(
        "Paxos answered 403.", subject=SUBJECT, acceptance=Acceptance.REFUSED, request_id="req-1"
    )

    assert str(error) == (
        "Create Orchestration (ref_id settle-7, id orch-1, amount 100.25 USD to USDG): Paxos answered 403. "
        "[request req-1] Paxos did not accept this attempt; an earlier one with this ref_id may have been accepted. "
        "A retry with the same ref_id submits it once the profile is funded."
    )


def test_while_the_outcome_is_unknown_the_message_says_that_running_again_is_safe() -> None:
    text = str(errors.Unreachable("no answer.", subject=SUBJECT, acceptance=Acceptance.UNKNOWN))

    assert text.endswith(
        "Whether Paxos accepted the orchestration is unknown. "
        "Running the task again is safe: the same ref_id is never paid twice."
    )


@pytest.mark.parametrize("error", CLASSES)
def test_an_error_survives_pickling_with_all_that_it_knows(error: type[PaxosError]) -> None:
    before = error(
        "what",
        subject=SUBJECT,
        acceptance=Acceptance.REFUSED,
        status=403,
        type="t",
        detail="d",
        meta={"asset": "USD"},
        request_id="r",
    )
    before.retry_after = 7.0
    after = pickle.loads(pickle.dumps(before))

    assert type(after) is error
    assert str(after) == str(before)
    assert vars(after) == vars(before)


def test_the_conflicting_fields_survive_pickling() -> None:
    before = errors.RefIdConflict("what")
    before.differences = {"source_amount": ("1", "2")}

    assert pickle.loads(pickle.dumps(before)).differences == {"source_amount": ("1", "2")}


def test_an_error_knows_which_payment_it_is_about() -> None:
    error = PaxosError("what", subject=SUBJECT)

    assert (error.ref_id, error.orchestration_id) == ("settle-7", "orch-1")


def test_an_error_about_no_payment_knows_none() -> None:
    assert (PaxosError("what").ref_id, PaxosError("what").orchestration_id) == (None, None)


@pytest.mark.parametrize(
    ("foreign", "line"),
    [
        ("plain", "plain"),
        ("two\nlines", "two lines"),
        ("carriage\r\nreturn", "carriage return"),
        ("\x1b[31mred\x1b[0m", "[31mred [0m"),
        ("bell\x07 null\x00", "bell null"),
        ("right\u202eto left", "right to left"),
        ("next\u0085line\u2028and\u2029paragraph", "next line and paragraph"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("  blanks  ", "blanks"),
        (None, "None"),
    ],
)
def test_foreign_text_is_quoted_on_one_line(foreign: object, line: str) -> None:
    assert quoted(foreign) == line


@given(st.text())
def test_quoted_text_is_always_printable_and_bounded(foreign: str) -> None:
    assert quoted(foreign).isprintable()
    assert len(quoted(foreign * 100)) <= 501


def test_a_subject_from_outside_stays_on_one_line() -> None:
    assert "\n" not in str(Subject("Get Orchestration", orchestration_id="a\nERROR forged"))
