"""Check arguments of operators without the API: light enough for every parse of a Dag file."""

from __future__ import annotations

import math
from datetime import timedelta


def is_from_dag_file(operator: object) -> bool:
    """Return whether an operator was made in a Dag file, so that its values are to be checked at parse time.

    An instance of a mapped task is made when it runs. Its values are checked by ``execute``, which fails the task
    without retries.
    """
    return not getattr(operator, "_BaseOperator__from_mapped", False)


def seconds(name: str, value: timedelta | float) -> float:
    """Return a duration in seconds.

    :param name: the argument's name, for the error.
    :param value: seconds, or a timedelta.
    :raises ValueError: unless it is positive and finite.
    """
    number = value.total_seconds() if isinstance(value, timedelta) else value
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 < number < math.inf:
        raise ValueError(f"{name} is {value!r}; it is a positive number of seconds, or a timedelta.")
    return float(number)
