"""Check arguments of operators without the API: light enough for every parse of a Dag file."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from airflow_provider_paxos.version_compat import conf

_MAY_CHANGE = re.compile(
    "clear_number|duration|end_date|expanded_ti_count|get_previous|hostname|inlet_events|job_id|lipsum|log_url|macros|"
    "map_index|max_tries|note|pid|prev_|queued|random|reschedule|start_date|state|try_number|"
    r"\b(ti|task_instance)\W+id\b"
)
"""What a template has to contain so that its syntax tree is worth a look."""

_EXPRESSIONS = re.compile(r"\{[{%].*?(?:[}%]\}|\Z)", re.DOTALL)
"""What a template computes; of one that is not closed, rendering says what is wrong with it."""
_OF_A_PAYMENT = re.compile(r"""(?<![.\w'"])(?:key|payment)(?![\w'"])""")
"""The variables that differ from payment to payment: neither an attribute, as ``params.key``, nor a text."""

_ADOPTED = ("own", "same_task", "any")
_METADATA_PAIRS = 6
_PREFLIGHT: tuple[Literal["fail", "warn", "off"], ...] = ("fail", "warn", "off")


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


def deferring(deferrable: bool | None) -> bool:
    """Return whether an operator waits in the triggerer; if its author does not say, Airflow's setting does."""
    return conf.getboolean("operators", "default_deferrable", fallback=False) if deferrable is None else deferrable


def adoption(adopt: str, metadata: object = None) -> str:
    """Return whose orchestrations an operator adopts.

    :param metadata: the author's, as far as it is known when the Dag is parsed.
    :raises ValueError: for a word that is none of the three; for ``own`` with metadata that leaves no room for the
        stamp by which the task would know its own.
    """
    if adopt not in _ADOPTED:
        raise ValueError(f"adopt is {adopt!r}; it is one of {', '.join(map(repr, _ADOPTED))}.")
    if adopt == "own" and isinstance(metadata, Mapping) and len(metadata) >= _METADATA_PAIRS:
        raise ValueError("adopt='own' needs a pair of metadata for the stamp of the creator: give 5 pairs at most.")
    return adopt


def preflight_mode(preflight: str) -> Literal["fail", "warn", "off"]:
    """Return what a preflight comes to.

    :raises ValueError: for a word that is none of the three.
    """
    for mode in _PREFLIGHT:
        if preflight == mode:
            return mode
    raise ValueError(f"preflight is {preflight!r}; it is one of {', '.join(map(repr, _PREFLIGHT))}.")


def require_batch_ref_id(ref_id: object) -> None:
    """Check that the ref_id of a batch distinguishes its payments.

    :raises ValueError: unless it is a template with the key or the payment in it.
    """
    if ref_id is None:
        return
    if not isinstance(ref_id, str) or not any(map(_OF_A_PAYMENT.search, _EXPRESSIONS.findall(ref_id))):
        raise ValueError(f"ref_id is {ref_id!r}; it is a template that contains the key: 'settle-{{{{ key }}}}'.")


def require_stable_ref_id(ref_id: object) -> None:
    """Check that a ref_id is the same in every attempt of a task.

    :raises ValueError: for a template that uses what changes between attempts; names it.
    """
    if isinstance(ref_id, str) and _MAY_CHANGE.search(ref_id):
        from airflow_provider_paxos.operators.stable_templates import require_stable

        require_stable(ref_id)
