"""The chain of a payment: the one that was FAILED or REJECTED, and those that pay it again, one after the other.

Each link has the ref_id that follows from the ref_id before it, and names that one in its metadata. The ref_id follows
from nothing else, so all who repair a payment send the same ref_id, and Paxos accepts it once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID, uuid5

REPLACES = "replaces"
"""Name of the metadata that holds the ref_id of the payment that is paid again."""

_NAMESPACE = UUID("c1d3b0a6-94ce-4d0b-8c55-2f0f7a1e6b48")
"""Never change it: two versions that repair one payment would pay it twice."""

_NUMBERED = re.compile(r"(?P<first>.+)-r(?P<number>[1-9][0-9]*)", re.DOTALL)


def next_ref_id(ref_id: str) -> str:
    """Return the ref_id of the payment that replaces another one.

    ``settle-7`` is followed by ``settle-7-r1``, and that by ``settle-7-r2``. A UUID v5, as a task instance derives it,
    is followed by a UUID v5. Two ref_ids never have the same one next.

    :param ref_id: of the payment that is replaced.
    """
    if _is_derived(ref_id):
        return str(uuid5(_NAMESPACE, f"{ref_id}-r1"))
    numbered = _NUMBERED.fullmatch(ref_id)
    return f"{numbered['first']}-r{int(numbered['number']) + 1}" if numbered else f"{ref_id}-r1"


def replaced_ref_id(metadata: Mapping[str, str] | None) -> str | None:
    """Return the ref_id of the payment that an orchestration replaces, as its metadata names it."""
    return (metadata or {}).get(REPLACES) or None


def _is_derived(ref_id: str) -> bool:
    try:
        uuid = UUID(ref_id)
    except ValueError:
        return False
    return uuid.version == 5 and str(uuid) == ref_id
