"""Which of the orchestrations under a ref_id may be adopted as the payment that was asked for, and which may not.

One rule for a single submit, a batch and whoever resumes after a wait: it is the same payment (``same_payment``), it
shows all that was asked for, and its creator (``creators``) is one that the author adopts from.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from airflow_provider_paxos.api.creators import STAMP, Adopt, Creator, Relation, creator_named_in
from airflow_provider_paxos.api.errors import Acceptance, CreatedByAnother, RefIdConflict, Subject, quoted
from airflow_provider_paxos.api.models import Orchestration, OrchestrationRequest
from airflow_provider_paxos.api.same_payment import compare, describe_differences
from airflow_provider_paxos.api.statuses import amount_of


@dataclass(frozen=True, slots=True)
class Match:
    """An orchestration that may be adopted.

    :param relation: of its creator to whoever adopts it.
    :param creator: as far as the stamp names it.
    """

    orchestration: Orchestration
    relation: Relation
    creator: str | None = None


@dataclass(frozen=True, slots=True)
class Adoption:
    """Decides on the orchestrations that Paxos shows under the ref_id of a request.

    :param creator: the task instance that is about to adopt; None outside of Airflow's tasks.
    :param adopt: whose orchestrations it adopts.
    """

    request: OrchestrationRequest
    creator: Creator | None = None
    adopt: Adopt = Adopt.SAME_TASK

    def find(self, shown: Iterable[Orchestration]) -> Match | None:
        """Return the orchestration to adopt, if it is among those that are shown."""
        allowed = [match for match in self._matches(shown) if self._allows(match)]
        return min(allowed, key=_nearness, default=None)

    def choose(self, shown: Collection[Orchestration]) -> Match | None:
        """Return the orchestration to adopt; None if those that are shown do not show enough to decide.

        Others under the same ref_id do not matter once the very payment is among them.

        :raises RefIdConflict: if every one of them shows another payment.
        :raises CreatedByAnother: if the payment is there, and none of its creators is one to adopt from.
        """
        if found := self.find(shown):
            return found
        if matches := self._matches(shown):
            return self.require_allowed(min(matches, key=_nearness))
        candidates = self._candidates(shown)
        if candidates and all(map(self._differs, candidates)):
            raise self.conflict(candidates[0])
        return None

    def lacking(self, shown: Orchestration) -> list[str]:
        """Return what an orchestration does not show of what is needed to adopt it."""
        own = [name for name in ("ref_id", "status") if not getattr(shown, name)]
        return [*own, *compare(self.request, shown).absent]

    def lacks_creator(self, match: Match) -> bool:
        """Return whether an orchestration leaves out the metadata by which its creator would be known."""
        return self.creator is not None and match.orchestration.metadata is None

    def may_be_created_by_it(self, match: Match) -> bool:
        """Return whether an answer to Create may be about an orchestration that this very request has created.

        The metadata of another one is not its own. An answer may leave the metadata out.
        """
        if match.relation is Relation.UNKNOWN:
            return not (match.orchestration.metadata and STAMP in (self.request.metadata or {}))
        return match.relation is Relation.OWN

    def require_same(self, shown: Orchestration) -> Match:
        """Return an answer about one's own orchestration, which may leave fields out.

        :raises RefIdConflict: if it shows another payment.
        :raises CreatedByAnother: if it shows a creator not to adopt from.
        """
        if self._differs(shown) or shown.ref_id not in (None, self.request.ref_id):
            raise self.conflict(shown, Acceptance.EXISTS)
        match = self._match(shown)
        return match if match.relation is Relation.UNKNOWN else self.require_allowed(match)

    def require_allowed(self, match: Match) -> Match:
        """Let an orchestration pass whose creator is one to adopt from.

        :raises CreatedByAnother: if it is not.
        """
        if self._allows(match):
            return match
        by = f"was created by {quoted(match.creator)}" if match.creator else "shows no creator"
        raise CreatedByAnother(
            f"orchestration {quoted(match.orchestration.id)} has this ref_id and asks for the same, but {by}, "
            f"and this task is {quoted(self.creator)}.",
            subject=self._subject(match.orchestration),
            acceptance=Acceptance.EXISTS,
        )

    def conflict(self, existing: Orchestration, acceptance: Acceptance = Acceptance.NEVER) -> RefIdConflict:
        """Return the error for a ref_id that belongs to another payment.

        :param acceptance: what is known of the money.
        """
        differences = dict(compare(self.request, existing).differences)
        if existing.ref_id not in (None, self.request.ref_id):
            differences["ref_id"] = (self.request.ref_id, str(existing.ref_id))
        error = RefIdConflict(
            f"the ref_id belongs to orchestration {quoted(existing.id)} ({quoted(existing.status)}), "
            f"which differs: {describe_differences(differences)}.",
            subject=self._subject(existing),
            acceptance=acceptance,
        )
        error.differences = differences
        return error

    def _candidates(self, shown: Iterable[Orchestration]) -> list[Orchestration]:
        return [each for each in shown if each.ref_id in (None, self.request.ref_id)]

    def _matches(self, shown: Iterable[Orchestration]) -> list[Match]:
        return [
            self._match(each)
            for each in self._candidates(shown)
            if each.ref_id and each.status and compare(self.request, each).same
        ]

    def _differs(self, shown: Orchestration) -> bool:
        return bool(compare(self.request, shown).differences)

    def _match(self, shown: Orchestration) -> Match:
        relation = self.creator.relation_to(shown.metadata) if self.creator else Relation.UNKNOWN
        return Match(shown, relation, creator_named_in(shown.metadata))

    def _allows(self, match: Match) -> bool:
        return self.adopt.allows(match.relation)

    def _subject(self, existing: Orchestration) -> Subject:
        return Subject("Create Orchestration", self.request.ref_id, existing.id, amount_of(self.request))


def _nearness(match: Match) -> int:
    return list(Relation).index(match.relation)
