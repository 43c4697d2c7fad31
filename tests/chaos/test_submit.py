"""Submit, in histories of faults, crashes, rivals and time: paid once, and reported as it is."""

from __future__ import annotations

from hypothesis.stateful import run_state_machine_as_test

from tests.chaos.histories import in_process, over
from tests.chaos.profiles import PROFILE, share
from tests.chaos.sockets import Sockets

OVER_HTTP = 0.05
"""The share of histories that goes over real HTTP, in addition."""


def test_no_history_pays_twice_or_shows_what_is_not_so() -> None:
    run_state_machine_as_test(in_process(), settings=PROFILE)


def test_no_history_over_real_http_does_either() -> None:
    wire = Sockets()
    try:
        run_state_machine_as_test(over(wire), settings=share(OVER_HTTP))
    finally:
        wire.stop()
