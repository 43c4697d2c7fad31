"""Judge what Paxos shows under the ref_id of a payment, by the one rule of adoption."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from airflow_provider_paxos.api.adoption import Adoption
from airflow_provider_paxos.api.creators import Adopt
from airflow_provider_paxos.api.errors import CreatedByAnother, RefIdConflict
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.statuses import Meaning, meaning_of
from airflow_provider_paxos.batch.validation import Payment
from airflow_provider_paxos.planning.plan import LookUp


@dataclass(frozen=True, slots=True)
class LookedUp:
    """Hold what was found.

    :param id: of the orchestration that exists.
    :param reason: why it cannot be adopted.
    """

    found: LookUp
    id: str | None = None
    reason: str | None = None


def by_ref_id(existing: Iterable[Orchestration]) -> Mapping[str, Sequence[Orchestration]]:
    """Return orchestrations by their ref_ids."""
    shown: dict[str, list[Orchestration]] = defaultdict(list)
    for each in existing:
        if each.ref_id:
            shown[each.ref_id].append(each)
    return shown


def look_up(payment: Payment, shown: Mapping[str, Sequence[Orchestration]], adopt: Adopt) -> LookedUp:
    """Return what a payment meets at Paxos.

    :param shown: orchestrations by their ref_ids.
    :param adopt: whose orchestrations the batch adopts.
    """
    theirs = shown.get(payment.request.ref_id, ())
    if not theirs:
        return LookedUp(LookUp.NEW)
    try:
        match = Adoption(payment.request, payment.creator, adopt).choose(theirs)
    except CreatedByAnother as another:
        return LookedUp(LookUp.CREATED_BY_ANOTHER, another.orchestration_id, str(another.args[0]))
    except RefIdConflict as conflict:
        return LookedUp(LookUp.CONFLICT, conflict.orchestration_id, str(conflict.args[0]))
    if match is None:
        return LookedUp(LookUp.UNKNOWN, theirs[0].id)
    unsuccessful = meaning_of(match.orchestration.status) is Meaning.UNSUCCESSFUL
    return LookedUp(LookUp.UNSUCCESSFUL if unsuccessful else LookUp.EXISTS, match.orchestration.id)
