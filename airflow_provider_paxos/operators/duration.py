"""Durations, as operators take them: seconds, or a timedelta."""

from __future__ import annotations

import math
from datetime import timedelta


def seconds(name: str, value: timedelta | float) -> float:
    """Return a duration in seconds.

    :param name: the argument's, for the error.
    :raises ValueError: if it is not positive, or endless.
    """
    number = value.total_seconds() if isinstance(value, timedelta) else value
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 < number < math.inf:
        raise ValueError(f"{name} is {value!r}; it is a positive number of seconds, or a timedelta.")
    return float(number)
