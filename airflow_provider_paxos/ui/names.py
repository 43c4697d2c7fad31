"""Names of profiles and accounts, which people state in the Airflow Variable ``paxos_names``.

The Variable is a JSON object of names by id: ``{"7c4e8f2a-…": "Treasury"}``. It is read from Airflow's database alone.
What is not readable is no name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from airflow_provider_paxos.ui.query import variable
from airflow_provider_paxos.ui.receipt_values import text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

VARIABLE = "paxos_names"
_LARGEST = 1024 * 1024
_LONGEST_NAME = 100


class Names:
    """The names, by id without regard to case.

    :param stated: the Variable's value.
    """

    def __init__(self, stated: str | None) -> None:
        self.version = stated
        self._by_id: dict[str, str] = {}
        for each, name in _object(stated).items():
            if shown := text(name, longest=_LONGEST_NAME):
                self._by_id[each.casefold()] = shown

    def of(self, each: object) -> str | None:
        """Return the name of an id or an address."""
        return self._by_id.get(each.casefold()) if self._by_id and isinstance(each, str) else None

    def of_end(self, end: object) -> str | None:
        """Return the name of a source or destination.

        :param end: the API's ``source`` or ``destination``.
        """
        for details in end.values() if self._by_id and isinstance(end, Mapping) else ():
            for value in details.values() if isinstance(details, Mapping) else ():
                if name := self.of(value):
                    return name
        return None

    def ids(self, part: str | None) -> frozenset[str]:
        """Return the ids of all names that hold a text, in lower case."""
        if not part:
            return frozenset()
        wanted = part.casefold()
        return frozenset(each for each, name in self._by_id.items() if wanted in name.casefold())


def read_names(session: Session) -> Names:
    """Return the names that Airflow's database has now."""
    return Names(variable(session, VARIABLE))


def _object(stated: str | None) -> dict[str, object]:
    if stated is None or len(stated) > _LARGEST:
        return {}
    try:
        value = json.loads(stated)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
