"""Paxos' book: the orchestrations and transfers that a reconciliation has read, found by id and by ref_id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from airflow_provider_paxos.api.canonical import canonical_id
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.repair_chain import next_ref_id, replaced_ref_id
from airflow_provider_paxos.api.statuses import Meaning, meaning_of
from airflow_provider_paxos.api.transfers import Transfer


@dataclass
class PaxosBook:
    """Keeps what was read, each orchestration and each transfer once.

    :param unread_ids: what was to be read by id, and was not.
    :param unread_ref_ids: what was to be looked up by ref_id, and was not.
    :param transfers: by id; None if they were not read.
    :param incomplete: why something was not read, in sentences.
    :param not_checked: what the connection's scopes do not cover, in sentences.
    :param fault: the error that ended the reading.
    """

    orchestrations: dict[str, Orchestration] = field(default_factory=dict)
    unread_ids: set[str] = field(default_factory=set)
    unread_ref_ids: set[str] = field(default_factory=set)
    transfers: dict[str, Transfer] | None = None
    incomplete: list[str] = field(default_factory=list)
    not_checked: list[str] = field(default_factory=list)
    fault: Exception | None = None
    _by_ref_id: dict[str, list[str]] = field(default_factory=dict)
    _replacing: dict[str, list[str]] = field(default_factory=dict)

    def add(self, found: Iterable[Orchestration]) -> None:
        """Keep orchestrations; one that is there already is replaced by what was read later."""
        for each in found:
            if each.id not in self.orchestrations:
                if each.ref_id:
                    self._by_ref_id.setdefault(each.ref_id, []).append(each.id)
                if replaced := replaced_ref_id(each.metadata):
                    self._replacing.setdefault(replaced, []).append(each.id)
            self.orchestrations[each.id] = each

    def by_ref_id(self, ref_id: str) -> list[Orchestration]:
        """Return the orchestrations of a ref_id: one, or none, as Paxos promises."""
        return [self.orchestrations[each] for each in self._by_ref_id.get(ref_id, ())]

    def has_ref_id(self, ref_id: str) -> bool:
        """Return whether an orchestration of the ref_id was read."""
        return ref_id in self._by_ref_id

    def repairs_of(self, orchestration: Orchestration) -> list[Orchestration]:
        """Return the orchestrations that pay again what this one has not paid."""
        return [self.orchestrations[each] for each in self._replacing.get(orchestration.ref_id or "", ())]

    def pays_again(self, orchestration: Orchestration) -> bool:
        """Return whether it replaces another one that Paxos has; True as well where that was not looked up."""
        replaced = replaced_ref_id(orchestration.metadata)
        return replaced is not None and (self.has_ref_id(replaced) or replaced in self.unread_ref_ids)

    def is_to_be_repaired(self, orchestration: Orchestration) -> bool:
        """Return whether nothing pays an unsuccessful one again; False as well where that was not looked up."""
        ref_id = orchestration.ref_id
        unread = ref_id is not None and next_ref_id(ref_id) in self.unread_ref_ids
        return not unread and not self.repairs_of(orchestration)

    def transfers_of(self, orchestration: Orchestration) -> Iterator[Transfer]:
        """Yield the transfers of an orchestration that were read: source, destination."""
        for transfer_id in transfer_ids_of(orchestration):
            if self.transfers and transfer_id in self.transfers:
                yield self.transfers[transfer_id]


def transfer_ids_of(orchestration: Orchestration) -> list[str]:
    """Return the ids of an orchestration's transfers, as far as it shows them: source, destination."""
    both = (orchestration.source_transfer, orchestration.destination_transfer)
    return [canonical_id(each.transfer_id) for each in both if each and each.transfer_id]


def is_unsuccessful(orchestration: Orchestration) -> bool:
    """Return whether an orchestration is FAILED or REJECTED, so that it moves no money."""
    return meaning_of(orchestration.status) is Meaning.UNSUCCESSFUL


def is_in_progress(orchestration: Orchestration) -> bool:
    """Return whether the status of an orchestration is not terminal."""
    return meaning_of(orchestration.status) is Meaning.IN_PROGRESS


def is_completed(orchestration: Orchestration) -> bool:
    """Return whether an orchestration is COMPLETED."""
    return meaning_of(orchestration.status) is Meaning.COMPLETED
