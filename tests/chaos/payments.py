"""The payments that histories submit, and an oracle of its own for when two of them are the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from airflow_provider_paxos.api.creators import Creator
from airflow_provider_paxos.emulator.lifecycle import FAILED_DESTINATION, PENDING_DESTINATION, REJECTED_DESTINATION
from airflow_provider_paxos.emulator.models import PAYOUTS_PROFILE, TREASURY_PROFILE, Orchestration
from tests.payments import payment, profile

REF_IDS = ("settle-1", "settle-2", "settle-3")
_ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


def _bank(account: str, **more: str) -> dict[str, Any]:
    return {"destination": {"fiat": {"bank_account_id": account, **more}}, "destination_asset": "USDC"}


def _address(address: str, network: str = "BASE") -> dict[str, Any]:
    return {"destination": {"crypto": {"address": address, "network": network}}}


_FOR_SOMEBODY = {"identity_id": "identity-1", "account_id": "account-1"}
BASE: Mapping[str, Any] = payment(source=profile(TREASURY_PROFILE), destination=profile(PAYOUTS_PROFILE))
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "as it is": {},
    "the same amount": {"source_amount": "100.2500"},
    "another amount": {"source_amount": "100.26"},
    "another asset": {"destination_asset": "PYUSD"},
    "another source": {"source": profile(PAYOUTS_PROFILE)},
    "an identity": {"identity_id": "identity-1"},
    "another identity": {"identity_id": "identity-2"},
    "a bank": _bank("bank-1"),
    "a bank and a memo": _bank("bank-1", memo="invoice 7"),
    "another memo": _bank("bank-1", memo="invoice 8"),
    "all that a bank takes": {**_bank("bank-1", memo="invoice 7"), **_FOR_SOMEBODY},
    "all that an address takes": {**_address(_ADDRESS), **_FOR_SOMEBODY},
    "an address": _address(_ADDRESS),
    "the same address": _address(_ADDRESS.lower()),
    "another network": _address(_ADDRESS, "ETHEREUM"),
    "will fail": _bank(FAILED_DESTINATION),
    "will be rejected": _bank(REJECTED_DESTINATION),
    "awaits an approval": _bank(PENDING_DESTINATION),
    "most of the funds": {"source_amount": "9999999.00"},
    "too many decimals": {"source_amount": "100.255"},
    "a stranger's profile": {"source": profile("nobody")},
    "a float": {"source_amount": 100.25},
}


MANY_FIELDS = ("all that a bank takes", "all that an address takes", "a bank and a memo", "an identity", "an address")
"""Payments with fields that an answer may leave out."""

CREATORS: Mapping[str, Creator | None] = {
    "the task": Creator("pay", "monday", "create"),
    "the task on Tuesday": Creator("pay", "tuesday", "create"),
    "another task": Creator("pay", "monday", "bonus"),
    "another Dag": Creator("payroll", "tuesday", "create"),
    "another payment of a batch": Creator("pay", "monday", "create", key="b"),
    "another map index": Creator("pay", "monday", "create", map_index=1),
    "a map index on Tuesday": Creator("pay", "tuesday", "create", map_index=1),
    "another installation": Creator("pay", "monday", "create", namespace="eu"),
    "nobody": None,
}


@dataclass(frozen=True)
class Payment:
    """What somebody wants paid.

    :param variant: one of ``VARIANTS``
    :param by: who wants it, one of ``CREATORS``
    """

    ref_id: str
    variant: str
    by: str = "the task"

    @property
    def creator(self) -> Creator | None:
        """Who wants it."""
        return CREATORS[self.by]

    def is_of_a_stranger(self, other: Payment) -> bool:
        """Return whether another one is not to be taken for this one by default; without the client's rules."""
        mine, theirs = self.creator, other.creator
        if mine is None or theirs is None:
            return False
        task, their_task = ((each.namespace, each.dag_id, each.task_id, each.key) for each in (mine, theirs))
        return task != their_task or (mine.run_id == theirs.run_id and mine.map_index != theirs.map_index)

    @property
    def values(self) -> dict[str, Any]:
        """The fields of a create request."""
        return {**BASE, "ref_id": self.ref_id, **VARIANTS[self.variant]}

    def differs_from(self, orchestration: Orchestration) -> set[str]:
        """Return what the orchestration has otherwise, by paths; written without the client's rules.

        Only what both have can differ; another rail counts as one difference, of the whole end.
        """
        shown = orchestration.to_json()
        ends = {end for end in ("source", "destination") if _rail(self.values, end) != _rail(shown, end)}
        return ends | {
            path
            for path, wanted in self._compared(ends)
            if (found := _at(shown, path)) is not None and _canonical(path, wanted) != _canonical(path, found)
        }

    def missing_in(self, orchestration: Orchestration) -> set[str]:
        """Return what the payment names and the orchestration does not have at all."""
        shown = orchestration.to_json()
        ends = {end for end in ("source", "destination") if _rail(self.values, end) != _rail(shown, end)}
        return {path for path, _ in self._compared(ends) if _at(shown, path) is None}

    def is_paid_by(self, orchestration: Orchestration) -> bool:
        """Return whether the orchestration is this payment."""
        return not self.differs_from(orchestration) and not self.missing_in(orchestration)

    def _compared(self, without: set[str]) -> Iterator[tuple[str, Any]]:
        for path, wanted in _leaves(self.values):
            if path != "ref_id" and path.partition(".")[0] not in without:
                yield path, wanted


def _rail(values: Mapping[str, Any], end: str) -> str:
    return next(iter(values[end]))


def _leaves(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _at(values: Any, path: str) -> Any:
    for name in path.split("."):
        values = values.get(name) if isinstance(values, Mapping) else None
    return values


def _canonical(path: str, value: Any) -> Any:
    if path == "source_amount" and value is not None:
        return Decimal(value)
    return value.lower() if path == "destination.crypto.address" and value is not None else value


# One payment is submitted again and again much more often than a second one under its ref_id.
payments = st.builds(
    Payment,
    ref_id=st.sampled_from((REF_IDS[0], REF_IDS[0], *REF_IDS)),
    variant=st.one_of(st.just("as it is"), st.sampled_from(MANY_FIELDS), st.sampled_from(tuple(VARIANTS))),
    by=st.one_of(st.just("the task"), st.sampled_from(tuple(CREATORS))),
)
