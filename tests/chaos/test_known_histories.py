"""Histories in which an earlier version was wrong, at their smallest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chaos.callers import Interruption
from tests.chaos.histories import Histories, in_process
from tests.chaos.payments import REF_IDS, Payment
from tests.chaos.tally import TALLY
from tests.chaos.troubles import CREATE, GRANT, LIST, REPLAY, SPARSE, Trouble

PAYMENT = Payment(REF_IDS[0], "as it is")
ANSWER_IS_LOST = Interruption(step=1, after=True)
"""The first step fetches a token, the second one sends."""


@pytest.fixture
def history() -> Iterator[Histories]:
    """A history in which a 409 shows nothing, and List everything at once."""
    with TALLY.paused():
        state = in_process()()
        state.begin(changes={"conflict_shape": "none"})
        yield state
        state.teardown()


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble("unauthorized", CREATE, times=2),
        Trouble("throttle", CREATE),
        Trouble("problem", CREATE, more={"status": 403, "cause": "insufficient-funds"}),
        Trouble("unconnected", CREATE, times=5),
        Trouble("unauthorized", GRANT),
    ],
)
def test_a_refusal_after_a_crash_does_not_deny_what_the_crashed_attempt_has_paid(
    history: Histories, trouble: Trouble
) -> None:
    history.crash(kind="worker", payment=PAYMENT, faults=[], at=ANSWER_IS_LOST)
    history.submit(kind="worker", payment=PAYMENT, faults=[trouble])


def test_a_list_that_leaves_out_the_source_shows_of_no_conflict(history: Histories) -> None:
    history.submit(kind="worker", payment=PAYMENT, faults=[])
    history.submit(kind="worker", payment=PAYMENT, faults=[Trouble(SPARSE, LIST, times=6, more={"lacks": {"source"}})])


def test_a_list_that_leaves_out_the_status_makes_no_success_of_a_failure(history: Histories) -> None:
    failing = Payment(REF_IDS[0], "will fail")
    history.submit(kind="worker", payment=failing, faults=[])
    history.wait(seconds=61)
    history.submit(kind="worker", payment=failing, faults=[Trouble(SPARSE, LIST, times=6, more={"lacks": {"status"}})])


def test_a_proxy_s_409_for_the_token_is_no_conflict_of_the_payment(history: Histories) -> None:
    history.submit(kind="worker", payment=PAYMENT, faults=[Trouble("html", GRANT, times=6, more={"status": 409})])


@pytest.mark.parametrize("lacks", ["destination.fiat.memo", "identity_id", "account_id"])
def test_a_list_that_leaves_out_an_inner_field_shows_of_no_conflict(history: Histories, lacks: str) -> None:
    paid = Payment(REF_IDS[0], "all that a bank takes")
    history.submit(kind="worker", payment=paid, faults=[])
    history.submit(kind="worker", payment=paid, faults=[Trouble(SPARSE, LIST, times=6, more={"lacks": {lacks}})])


@pytest.mark.parametrize(
    "payment", [Payment(REF_IDS[0], "another amount"), Payment(REF_IDS[0], "as it is", "another task")]
)
def test_a_replayed_answer_is_no_success_of_another_payment(history: Histories, payment: Payment) -> None:
    history.submit(kind="worker", payment=PAYMENT, faults=[])
    history.submit(kind="worker", payment=payment, faults=[Trouble(REPLAY, CREATE)])
