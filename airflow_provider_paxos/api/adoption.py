"""Which of the orchestrations under a ref_id may be adopted as the payment that was asked for, and which may not.

One rule for a single submit, a batch and whoever resumes after a wait: it is the same payment (``same_payment``), it
shows all that was asked for, and its creator (``creators``) is one that the author adopts from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from airflow_provider_paxos.api.creators import Adopt, Creator, Relation, creator_named_in
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

    def choose(self, shown: Iterable[Orchestration]) -> Match | None:
        """Return the orchestration to adopt; None if those that are shown do not show enough to decide.

        Others under the same ref_id do not matter once the very payment is among them.

        :raises RefIdConflict: if every one of them shows another payment.
        :raises CreatedByAnother: if the payment is there, and none of its creators is one to adopt from.
        """
        candidates = [each for each in shown if each.ref_id in (None, self.request.ref_id)]
        compared = [(each, compare(self.request, each)) for each in candidates]
        matches = [self._match(each) for each, found in compared if found.same and each.ref_id and each.status]
        if matches:
            # Of several, one's own first, and a stranger's only if there is no other.
            best = min(matches, key=lambda match: (not self._allows(match), list(Relation).index(match.relation)))
            return self._allowed(best)
        if compared and all(found.differences for _, found in compared):
            raise self.conflict(candidates[0])
        return None

    def lacking(self, shown: Orchestration) -> list[str]:
        """Return what an orchestration does not show of what is needed to adopt it."""
        own = [name for name in ("ref_id", "status") if not getattr(shown, name)]
        return [*own, *compare(self.request, shown).absent]

    def lacks_creator(self, match: Match) -> bool:
        """Return whether an orchestration leaves out the metadata by which its creator would be known."""
        return self.creator is not None and match.orchestration.metadata is None

    def require_same(self, shown: Orchestration) -> Match:
        """Return an answer about one's own orchestration, which may leave fields out.

        :raises RefIdConflict: if it shows another payment.
        :raises CreatedByAnother: if it shows a creator not to adopt from.
        """
        if self._differs(shown) or shown.ref_id not in (None, self.request.ref_id):
            raise self.conflict(shown, Acceptance.EXISTS)
        return self._allowed(self._match(shown), unknown_allowed=True)

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

    def _differs(self, shown: Orchestration) -> bool:
        return bool(compare(self.request, shown).differences)

    def _match(self, shown: Orchestration) -> Match:
        relation = self.creator.relation_to(shown.metadata) if self.creator else Relation.UNKNOWN
        return Match(shown, relation, creator_named_in(shown.metadata))

    def _allows(self, match: Match) -> bool:
        return self.adopt.allows(match.relation)

    def _allowed(self, match: Match, *, unknown_allowed: bool = False) -> Match:
        if self._allows(match) or (unknown_allowed and match.relation is Relation.UNKNOWN):
            return match
        by = f"was created by {quoted(match.creator)}" if match.creator else "shows no creator"
        raise CreatedByAnother(
            f"orchestration {quoted(match.orchestration.id)} has this ref_id and asks for the same, but {by}, "
            f"and this task is {quoted(self.creator)}.",
            subject=self._subject(match.orchestration),
            acceptance=Acceptance.EXISTS,
        )

    def _subject(self, existing: Orchestration) -> Subject:
        return Subject("Create Orchestration", self.request.ref_id, existing.id, amount_of(self.request))
