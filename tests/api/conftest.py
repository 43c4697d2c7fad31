"""What holds for all tests of the API part."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is no reason to fail: time is no part of what these properties say.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
