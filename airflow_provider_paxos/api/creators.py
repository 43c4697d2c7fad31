"""The creator of an orchestration: its stamp in the metadata, and its relation to the task that adopts.

A ref_id identifies a payment only as long as nobody else uses it for another one. So every orchestration carries the
coordinates of the task instance that created it, and adoption compares them with its own.

The stamp is one pair of metadata, since the author's own pairs may take the other five places::

    airflow_creator: settlement.pay[3] invoice-7 scheduled__2026-11-21T0… #9f86d08188.1ba3c47e02.3

It is readable as far as 100 characters go. What counts is at its end: a digest of namespace, Dag, task and key, a
digest of the run, and the map index of a mapped task. Knows nothing of Airflow.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum

STAMP = "airflow_creator"
"""The name of the pair."""

STAMPED = frozenset(
    {STAMP, "airflow_payment_key", "airflow_dag_id", "airflow_run_id", "airflow_task_id", "airflow_map_index"}
)
"""The names of all pairs that may name the creator; the others are the author's."""

STAMP_LENGTH = 100
"""Characters: as many as a value of metadata holds elsewhere in Paxos' v2 API."""

_DIGEST = 10
_COORDINATES = re.compile(
    rf"(?P<text>.*) #(?P<task>[0-9a-f]{{{_DIGEST}}})\.(?P<run>[0-9a-f]{{{_DIGEST}}})"
    r"(?:\.(?P<map_index>[0-9]{1,10}))?",
    re.ASCII | re.DOTALL,
)


class Relation(Enum):
    """How the creator of an orchestration is related to whoever is about to adopt it."""

    OWN = "own"
    """This very task instance, in an earlier attempt."""
    SAME_TASK = "same task"
    """The same task in another run."""
    OTHER = "other"
    """Another task, another payment of a batch, or another map index in the same run."""
    UNKNOWN = "unknown"
    """No stamp is shown: made by hand, by another program, or crowded out by the author's metadata."""


class Adopt(StrEnum):
    """Whose orchestrations may be adopted; each value includes those before it."""

    OWN = "own"
    SAME_TASK = "same_task"
    ANY = "any"

    def allows(self, relation: Relation) -> bool:
        """Return whether an orchestration of such a creator may be adopted."""
        return relation in _ALLOWED[self]


_ALLOWED: Mapping[Adopt, frozenset[Relation]] = {
    Adopt.OWN: frozenset({Relation.OWN}),
    Adopt.SAME_TASK: frozenset({Relation.OWN, Relation.SAME_TASK, Relation.UNKNOWN}),
    Adopt.ANY: frozenset(Relation),
}


@dataclass(frozen=True, slots=True)
class Creator:
    """A task instance that creates orchestrations, and the payment of a batch that it creates one for.

    :param map_index: None for a task that is not mapped.
    :param key: of a payment of a batch.
    :param namespace: distinguishes Airflow installations with equal Dag ids that share a Paxos account.
    """

    dag_id: str
    run_id: str
    task_id: str
    map_index: int | None = None
    key: str | None = None
    namespace: str | None = None

    def __str__(self) -> str:
        index = "" if self.map_index is None else f"[{self.map_index}]"
        key = "" if self.key is None else f" {self.key}"
        return f"{self.dag_id}.{self.task_id}{index}{key} {self.run_id}"

    def stamp(self) -> str:
        """Return the value of the pair ``airflow_creator``."""
        index = "" if self.map_index is None else f".{self.map_index}"
        end = f" #{self._task_digest()}.{_digest(self.run_id)}{index}"
        room, text = STAMP_LENGTH - len(end), str(self)
        return (text if len(text) <= room else f"{text[: room - 1]}…") + end

    def relation_to(self, metadata: Mapping[str, str] | None) -> Relation:
        """Return how the creator that an orchestration's metadata names is related to this one."""
        stamped = _COORDINATES.fullmatch((metadata or {}).get(STAMP, ""))
        if not stamped:
            return Relation.UNKNOWN
        if stamped["task"] != self._task_digest():
            return Relation.OTHER
        if stamped["run"] != _digest(self.run_id):
            return Relation.SAME_TASK
        own_index = None if self.map_index is None else str(self.map_index)
        return Relation.OWN if stamped["map_index"] == own_index else Relation.OTHER

    def _task_digest(self) -> str:
        return _digest(self.namespace, self.dag_id, self.task_id, self.key)


def creator_named_in(metadata: Mapping[str, str] | None) -> str | None:
    """Return the creator that an orchestration's metadata names, as far as it is readable; None without a stamp."""
    stamped = _COORDINATES.fullmatch((metadata or {}).get(STAMP, ""))
    return stamped["text"] if stamped else None


def is_of_dags(metadata: Mapping[str, str] | None, dag_ids: Iterable[str]) -> bool:
    """Return whether the creator that an orchestration's metadata names is a task of one of these Dags.

    The stamp is readable as far as 100 characters go; of a longer Dag id, that much is compared.
    """
    named = creator_named_in(metadata)
    if named is None:
        return False
    whole = (metadata or {}).get("airflow_dag_id")
    readable = named.removesuffix("…")
    return any(
        dag_id == whole if whole else f"{dag_id}.".startswith(readable) or readable.startswith(f"{dag_id}.")
        for dag_id in dag_ids
    )


def _digest(*parts: str | None) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:_DIGEST]
