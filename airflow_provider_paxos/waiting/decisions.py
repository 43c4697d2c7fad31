"""Watch what people approve at Paxos, such as saved addresses and rules, until each is decided on. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Generic, Protocol, TypeVar

from airflow_provider_paxos.api.errors import quoted, with_more

_SHOWN = 20


class Decidable(Protocol):
    """Has a status that people decide on."""

    @property
    def id(self) -> str: ...
    @property
    def status(self) -> str | None: ...


Decided = TypeVar("Decided", bound=Decidable)


def named(names: Sequence[str], noun: str, nouns: str) -> str:
    """Return the beginning of a sentence about one or more, of which the first are named: ``rule a is``.

    :param noun: what one is.
    :param nouns: what several are.
    """
    if len(names) == 1:
        return f"{noun} {names[0]} is"
    shown = with_more(", ".join(names[:_SHOWN]), len(names) - _SHOWN)
    return f"{len(names):,} {nouns} ({shown}) are"


class DecisionWatch(Generic[Decided]):
    """Keeps which of many are not decided on. An unknown status means to wait.

    :param ids: of what is watched.
    :param statuses: those that are decisions.
    :param name_of: returns what one is called in the log.
    """

    def __init__(self, ids: Iterable[str], statuses: Collection[str], name_of: Callable[[Decided], str]) -> None:
        self._undecided = dict.fromkeys(ids)
        self._statuses = statuses
        self._name_of = name_of

    @property
    def undecided(self) -> Sequence[str]:
        """The ids that are not decided on, or that Paxos does not show."""
        return list(self._undecided)

    def observe(self, found: Iterable[Decided]) -> list[str]:
        """Take in what Paxos shows, and return a line for the log for each that is decided on."""
        lines = []
        for each in found:
            if each.id in self._undecided and each.status in self._statuses:
                del self._undecided[each.id]
                lines.append(f"{self._name_of(each)} is {quoted(each.status)}")
        return lines
