"""Tries a property: once in `make test`, again and again with other seeds until the time is over in `make chaos`."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from typing import Any

from hypothesis import given, seed, settings
from hypothesis import strategies as st

from tests.chaos.profiles import MINUTES, NIGHTLY, PROFILE
from tests.chaos.tally import TALLY

_PER_ROUND = 1000
_PROPERTIES = 5
"""Into so many the time is divided."""


def try_out(name: str, holds: Callable[..., None], **given_values: st.SearchStrategy[Any]) -> None:
    """Try a property.

    :param name: what is tried, for the summary
    :param holds: raises if the property does not hold
    """

    def prepared(*, examples: int) -> Callable[[], None]:
        # Anew for each round: a function takes settings once.
        def tried(**values: Any) -> None:
            TALLY.count("parsers tried", name)
            holds(**values)

        return given(**given_values)(settings(PROFILE, max_examples=examples)(tried))

    if not NIGHTLY:
        prepared(examples=200)()
        return
    seeds = random.Random(os.environ.get("CHAOS_SEED"))
    end = time.monotonic() + MINUTES * 60 / _PROPERTIES
    while time.monotonic() < end:
        # Hypothesis draws the same for the same seed, and a round more of the same finds nothing.
        seed(seeds.getrandbits(64))(prepared(examples=_PER_ROUND))()
