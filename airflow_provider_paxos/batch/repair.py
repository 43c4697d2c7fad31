"""Decide what a repair pays: payments whose orchestration is read afresh as FAILED or REJECTED, and only those.

A link of a chain is created only once the one before it was read as FAILED or REJECTED, which stays so, and under the
ref_id that follows from it, which Paxos accepts once. So at most one orchestration of a chain is not FAILED or
REJECTED, however many repair it at once, and wherever one of them is killed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_paxos.api.errors import Acceptance, NotRepairable, OrchestrationMissing, quoted, with_more
from airflow_provider_paxos.api.models import METADATA_LENGTH, Orchestration
from airflow_provider_paxos.api.repair_chain import next_ref_id
from airflow_provider_paxos.api.statuses import Meaning, Status, meaning_of
from airflow_provider_paxos.batch.repair_chains import Chain
from airflow_provider_paxos.batch.repair_content import content_of, metadata_of, shows_content
from airflow_provider_paxos.batch.repair_selection import REPAIR, Selected, invalid

NOT_ACCEPTED = (
    "Paxos shows no orchestration under this ref_id: it was not accepted, and keeps its ref_id. Run the task that pays "
    "it again"
)
_ON_ITS_WAY = frozenset({Status.PROCESSING, Status.COMPLETED})
"""Statuses of a destination transfer that contradict the failure of its orchestration. PENDING has not begun."""

_SHOWN = 50

IsOwn = Callable[[str, Orchestration], bool]
"""Returns whether this very task instance has created an orchestration for a key, in an earlier attempt."""


@dataclass(frozen=True, slots=True)
class Repair:
    """A payment that replaces another one: one that is to be sent, or one that exists.

    :param replaced: the FAILED or REJECTED orchestration before it.
    :param values: the API's fields, with ``key``, ``ref_id`` and the metadata without a stamp.
    :param exists: whether Paxos shows it already.
    :param without_room: names of metadata of the replaced payment for which there is no room.
    """

    selected: Selected
    replaced: Orchestration
    values: Mapping[str, Any]
    exists: bool
    without_room: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A payment that is not repaired.

    :param reason: what stands against it.
    :param orchestration: the last one of its chain, if Paxos shows one.
    """

    selected: Selected
    reason: str
    orchestration: Orchestration | None = None

    @property
    def is_completed(self) -> bool:
        """True if there is nothing to repair."""
        return self.orchestration is not None and meaning_of(self.orchestration.status) is Meaning.COMPLETED

    def __str__(self) -> str:
        name, ref_id = quoted(self.selected.key), quoted(self.selected.ref_id)
        return f"{name}{'' if name == ref_id else f' ({ref_id})'}: {self.reason}."


@dataclass(frozen=True, slots=True)
class Repairs:
    """Hold what a repair pays, and what it leaves out."""

    repairs: list[Repair] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


def repairs_of(
    selected: Sequence[Selected],
    chains: Mapping[str, Chain],
    changes: Mapping[Selected, Mapping[str, Any]],
    *,
    is_own: IsOwn,
    waited_for: Mapping[str, str] | None = None,
) -> Repairs:
    """Return what a repair pays, and what it leaves out.

    :param chains: by the ref_id of each selected payment.
    :param changes: what is to differ from the payment that is replaced.
    :param waited_for: after a wait, by key the ref_ids that were sent or adopted before it; then no other is sent.
    :raises NotRepairable: names every payment that its author named, and that is not FAILED or REJECTED.
    :raises InvalidRequest: if two selected payments are of one chain.
    """
    result = Repairs()
    for each in selected:
        decided = _decided(each, chains[each.ref_id], changes.get(each), is_own, waited_for)
        if isinstance(decided, Repair):
            result.repairs.append(decided)
        else:
            result.left_out.append(decided)
    _require_chains_apart(result.repairs)
    refused = [each for each in result.left_out if each.selected.named or each.selected in changes]
    if refused and waited_for is None:
        raise _not_repairable(refused, len(selected))
    return result


def _not_repairable(refused: Sequence[LeftOut], total: int) -> NotRepairable:
    joint = " " if len(refused) == 1 else "\n  "
    lines = [str(each) for each in refused[:_SHOWN]]
    shown = with_more(joint.join(lines), len(refused) - len(lines), joint)
    what = f"{len(refused):,} of {total:,} payments cannot be paid again, and so none is:{joint}{shown}"
    return NotRepairable(what, subject=REPAIR, acceptance=Acceptance.NOT_SENT)


def _decided(
    selected: Selected,
    chain: Chain,
    change: Mapping[str, Any] | None,
    is_own: IsOwn,
    waited_for: Mapping[str, str] | None,
) -> Repair | LeftOut:
    links = chain.links
    if waited_for is not None and selected.key in waited_for:
        position = _position(selected, links, waited_for[selected.key])
    else:
        position, reason = _last_link(selected, chain, is_own)
        if reason is None and waited_for is not None and position == len(links):
            reason = "it has failed since this repair began"
        if reason is not None:
            return LeftOut(selected, reason, links[-1] if links else None)
    replaced, exists = links[position - 1], position < len(links)
    # A repair that exists is taken as it is, unless this author asks for something of his own.
    as_it_is = exists and not change and not is_own(selected.key, links[position])
    content = content_of(links[position] if as_it_is else replaced)
    metadata, without_room = metadata_of(replaced)
    values = {
        **content,
        **(change or {}),
        "key": selected.key,
        "ref_id": next_ref_id(str(replaced.ref_id)),
        "metadata": metadata,
    }
    return Repair(selected, replaced, values, exists, without_room)


def _require_chains_apart(repairs: Sequence[Repair]) -> None:
    first: dict[str, Selected] = {}
    for each in repairs:
        one = first.setdefault(each.values["ref_id"], each.selected)
        if one is not each.selected:
            raise invalid(
                f"{quoted(one.ref_id)} and {quoted(each.selected.ref_id)} are of one chain, whose next ref_id is "
                f"{quoted(each.values['ref_id'])}: name one of them."
            )


def _position(selected: Selected, links: Sequence[Orchestration], ref_id: str) -> int:
    """Return the place in its chain of the link that this attempt has sent or adopted."""
    for position, before in enumerate(links, 1):
        if next_ref_id(str(before.ref_id)) == ref_id:
            return position
    raise OrchestrationMissing(
        f"Paxos does not show the payment that {quoted(ref_id)} replaces, {quoted(selected.ref_id)}.", subject=REPAIR
    )


def _last_link(selected: Selected, chain: Chain, is_own: IsOwn) -> tuple[int, str | None]:
    """Return the place of the link to send or to adopt, and what stands against it."""
    links = chain.links
    if chain.obstacle:
        return 0, chain.obstacle
    if not links:
        return 0, NOT_ACCEPTED
    last, at = links[-1], len(links) - 1
    if meaning_of(last.status) is not Meaning.UNSUCCESSFUL:
        # A link that replaces another one is adopted, and waited for.
        return at, _not_shown(last) if at else _not_failed(last)
    own = [position for position in range(1, len(links)) if is_own(selected.key, links[position])]
    if own:
        # One repair pays a payment again once: a retry or a clear of it finds what it has paid.
        return own[-1], None
    return len(links), _unfit(last)


def _not_failed(orchestration: Orchestration) -> str:
    name = f"orchestration {quoted(orchestration.id)}"
    if orchestration.status is None:
        return f"Paxos shows no status of {name}"
    if orchestration.status == Status.COMPLETED:
        return f"{name} is COMPLETED: it is paid"
    return f"{name} is {quoted(orchestration.status)}: it is in progress, and may yet pay"


def _not_shown(orchestration: Orchestration) -> str | None:
    if shows_content(orchestration):
        return None
    return f"Paxos does not show all of orchestration {quoted(orchestration.id)} that it takes to ask for the same"


def _unfit(failed: Orchestration) -> str | None:
    """Return why a FAILED or REJECTED orchestration cannot be asked for again as it is."""
    name = f"orchestration {quoted(failed.id)}"
    if failed.orchestration_rule_id:
        return f"{name} was made by rule {quoted(failed.orchestration_rule_id)} of Paxos, from a deposit"
    if (transfer := failed.destination_transfer) and transfer.status in _ON_ITS_WAY:
        return (
            f"{name} is {failed.status}, but its destination transfer is {transfer.status}: ask Paxos what has arrived"
        )
    if reason := _not_shown(failed):
        return reason
    if len(str(failed.ref_id)) > METADATA_LENGTH:
        return (
            f"its ref_id is longer than {METADATA_LENGTH} characters, which metadata cannot name: pay it under a "
            "ref_id of your own"
        )
    return None
