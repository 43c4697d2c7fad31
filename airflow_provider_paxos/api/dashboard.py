"""The address of a payment in Paxos' dashboard, by the pattern that a connection states.

The pattern travels to the web UI by XCom, which any task can write. So it is checked where it is stated and where it is
shown, and leads to Paxos' own hosts alone.
"""

from __future__ import annotations

import re
from urllib.parse import quote

_PATTERN = re.compile(r"https://(?:[a-z0-9-]+\.)*paxos\.com/[!#$%&'()*+,./0-9:;=?@A-Z_a-z~{}-]*", re.ASCII)
_PLACES = ("{id}", "{ref_id}")
_LONGEST = 500


def is_dashboard_pattern(pattern: object) -> bool:
    """Return whether a value is an https address of Paxos with ``{id}`` or ``{ref_id}``, or both, in its path."""
    if not isinstance(pattern, str) or len(pattern) > _LONGEST or not _PATTERN.fullmatch(pattern):
        return False
    rest = pattern
    for place in _PLACES:
        rest = rest.replace(place, "")
    return rest != pattern and "{" not in rest and "}" not in rest


def dashboard_link(pattern: object, orchestration_id: str | None, ref_id: str | None) -> str | None:
    """Return the address of a payment; None by a value that is no pattern, and without what the pattern asks for.

    :param pattern: as ``is_dashboard_pattern`` wants it.
    """
    if not isinstance(pattern, str) or not is_dashboard_pattern(pattern):
        return None
    link = pattern
    for place, value in zip(_PLACES, (orchestration_id, ref_id), strict=True):
        if place in pattern:
            if not value:
                return None
            # What is put in holds no brace: it is encoded.
            link = link.replace(place, quote(value, safe=""))
    return link
