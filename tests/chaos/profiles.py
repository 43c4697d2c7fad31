"""How much is tried: a little and always the same in `make test`, much and always something else in `make chaos`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

NIGHTLY = os.environ.get("CHAOS") == "nightly"
HISTORIES = int(os.environ.get("CHAOS_HISTORIES", "10000"))
MINUTES = float(os.environ.get("CHAOS_MINUTES", "2"))
"""How long `make chaos` tries the parsers."""

_ALWAYS = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)

settings.register_profile(
    "chaos-test", _ALWAYS, max_examples=250, stateful_step_count=8, derandomize=True, database=None
)
settings.register_profile("chaos-nightly", _ALWAYS, max_examples=HISTORIES, stateful_step_count=10)

# Not loaded for the whole run: other tests have settings of their own.
PROFILE = settings.get_profile("chaos-nightly" if NIGHTLY else "chaos-test")


def share(part: float) -> settings:
    """Return the settings for a part of the histories."""
    return settings(PROFILE, max_examples=max(1, round(PROFILE.max_examples * part)))


def without_shrinking(histories: int) -> settings:
    """Return the settings for a search that only has to find something."""
    return settings(
        PROFILE,
        max_examples=histories,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        print_blob=False,
        report_multiple_bugs=False,
    )
