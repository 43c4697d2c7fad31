"""Books that disagree on purpose: a Paxos with planted holes, extras, changes, duplicates and late ends, and an oracle.

The oracle computes from what was planted alone: it reads no orchestration.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, get_args

from hypothesis import strategies as st

from airflow_provider_paxos.api.creators import STAMP, Creator
from airflow_provider_paxos.api.repair_chain import REPLACES
from airflow_provider_paxos.emulator.clock import Clock, SavedClock
from airflow_provider_paxos.emulator.lifecycle import QueuedOutcome
from airflow_provider_paxos.emulator.models import PAYOUTS_PROFILE, TREASURY_PROFILE, Orchestration, PlannedOutcome
from airflow_provider_paxos.emulator.validation import read_create
from airflow_provider_paxos.reconciliation.breaks import Kind
from tests.chaos.wire import InProcess
from tests.payments import payment, profile
from tests.planning.paxos_of_a_book import CountingWire
from tests.reconciliation.builders import NOW, WINDOW

Fate = Literal[
    "paid",
    "hole",
    "extra",
    "unmeant",
    "of another Dag",
    "changed",
    "hidden",
    "twin",
    "failed",
    "rejected",
    "repaired",
    "repaired without success",
    "paid again",
    "slow",
    "young",
    "transfer failed",
    "late failure",
    "late end",
    "late stranger",
    "repair of an earlier one",
    "overlap",
    "by a rule",
]
PROFILES = (TREASURY_PROFILE, PAYOUTS_PROFILE)
_NOT_MEANT = {
    "extra",
    "unmeant",
    "of another Dag",
    "late failure",
    "late end",
    "late stranger",
    "repair of an earlier one",
    "overlap",
    "by a rule",
}
DAGS = ["settlement"]
USUAL = {"profile": timedelta(hours=12)}
WIRE = CountingWire()
# Built once: an application takes longer than most examples.


@dataclass(frozen=True)
class Planted:
    """A payment, and what becomes of it in which book.

    :param number: makes its ref_id, and an amount that no other has.
    """

    number: int
    fate: Fate
    profile_id: str
    asset: str
    digits: str

    @property
    def ref_id(self) -> str:
        return f"settle-{self.number}"

    @property
    def amount(self) -> Decimal:
        return Decimal(f"{self.number + 1}.{self.digits}")

    @property
    def is_meant(self) -> bool:
        return self.fate not in _NOT_MEANT

    def request(self, ref_id: str | None = None, amount: Decimal | None = None) -> dict[str, Any]:
        return payment(
            ref_id or self.ref_id,
            source=profile(self.profile_id),
            destination=profile(PROFILES[1 - PROFILES.index(self.profile_id)]),
            source_asset=self.asset,
            destination_asset="USDG",
            source_amount=f"{amount or self.amount:f}",
        )


def plans() -> st.SearchStrategy[list[Planted]]:
    """Return lists of payments; most of what is planted is wrong."""
    fields = st.tuples(
        st.sampled_from(get_args(Fate)),
        st.sampled_from(PROFILES),
        st.sampled_from(("USDC", "PYUSD")),
        st.integers(1, 999_999).map(lambda number: f"{number:06d}"),
    )
    return st.lists(fields, max_size=25).map(lambda rows: [Planted(number, *row) for number, row in enumerate(rows)])


def plant(plan: list[Planted]) -> tuple[InProcess, list[str]]:
    """Make a Paxos whose books are as planned.

    :returns: it, and the ids of what was in progress in the window before.
    """
    WIRE.begin()
    WIRE.calls.clear()
    paxos = WIRE.paxos
    earlier = [_create(each, WINDOW.since - timedelta(hours=3)) for each in plan if each.fate.startswith("late")]
    for each in plan:
        if each.fate == "overlap":
            _create(each, WINDOW.since - timedelta(minutes=30))
    for each in plan:
        if not each.fate.startswith("late") and each.fate not in ("overlap", "hole"):
            _in_window(each)
    paxos.clock = Clock(saved=SavedClock(frozen_at=NOW))
    paxos.run_due_steps()
    for each in plan:
        found = paxos.store.by_ref_id(each.ref_id)
        if found and each.fate == "transfer failed":
            transfer = paxos.transfers.get(str(found.source_transfer and found.source_transfer.transfer_id))
            assert transfer
            transfer.status = "FAILED"
    WIRE.calls.clear()
    return WIRE, [each.id for each in earlier]


def _in_window(planted: Planted) -> None:
    at = WINDOW.since + timedelta(hours=1, seconds=planted.number)
    match planted.fate:
        case "changed":
            _create(planted, at).altered["source_amount"] = f"{_changed(planted):f}"
        case "hidden":
            _create(planted, at).altered["destination"] = None
        case "twin":
            _create(planted, at)
            _create(planted, at + timedelta(minutes=1), ref_id=f"{planted.ref_id}-twin")
        case "repaired" | "repaired without success" | "paid again":
            _create(planted, at)
            _repair(planted, at + timedelta(minutes=2), planted.ref_id)
        case "repair of an earlier one":
            _create(planted, WINDOW.since - timedelta(hours=2))
            _repair(planted, at, planted.ref_id)
        case "young":
            _create(planted, NOW - USUAL["profile"] + timedelta(minutes=30))
        case "by a rule":
            _create(planted, at).rule_id = "rule-1"
        case _:
            _create(planted, at)


def _repair(planted: Planted, at: datetime, replaced: str) -> None:
    failed = planted.fate == "repaired without success"
    _create(planted, at, ref_id=f"{replaced}-r1", replaces=replaced, status="FAILED" if failed else "COMPLETED")


def _create(
    planted: Planted, at: datetime, *, ref_id: str | None = None, replaces: str | None = None, status: str | None = None
) -> Orchestration:
    paxos = WIRE.paxos
    paxos.clock = Clock(saved=SavedClock(frozen_at=at))
    paxos.outcomes.append(QueuedOutcome(_outcome(planted, status)))
    request = planted.request(ref_id)
    if planted.fate not in ("extra", "late stranger", "by a rule"):
        metadata = metadata_of("elsewhere" if planted.fate == "of another Dag" else DAGS[0])
        request["metadata"] = metadata | ({REPLACES: replaces} if replaces else {})
    return paxos.create(read_create(request))


def metadata_of(dag_id: str) -> dict[str, str]:
    """Return the stamp of a Dag's task."""
    return {STAMP: Creator(dag_id, "run-1", "pay").stamp()}


def _outcome(planted: Planted, status: str | None) -> PlannedOutcome:
    if status:
        return PlannedOutcome(status)  # type: ignore[arg-type]
    return _OUTCOMES.get(planted.fate, PlannedOutcome())


_OUTCOMES: dict[Fate, PlannedOutcome] = {
    "failed": PlannedOutcome("FAILED"),
    "repaired": PlannedOutcome("FAILED"),
    "repaired without success": PlannedOutcome("FAILED"),
    "rejected": PlannedOutcome("REJECTED", approval=True),
    # They are in progress when their own window ends.
    "late failure": PlannedOutcome("FAILED", settle_seconds=4 * 3600),
    "late end": PlannedOutcome("COMPLETED", settle_seconds=4 * 3600),
    "late stranger": PlannedOutcome("COMPLETED", settle_seconds=4 * 3600),
    "repair of an earlier one": PlannedOutcome("FAILED"),
    "slow": PlannedOutcome("COMPLETED", settle_seconds=30 * 24 * 3600),
    "young": PlannedOutcome("COMPLETED", settle_seconds=30 * 24 * 3600),
}


def _changed(planted: Planted) -> Decimal:
    return planted.amount + Decimal("0.000001")


def meant_rows(plan: list[Planted]) -> list[dict[str, Any]]:
    """Return the rows of what was meant."""
    rows = []
    for each in plan:
        if each.is_meant:
            rows.append(each.request())
            if each.fate == "twin":
                rows.append(each.request(f"{each.ref_id}-twin"))
    return rows


def expected_breaks(plan: list[Planted]) -> Counter[tuple[Kind, str]]:
    """Return class and ref_id of each exception about a payment, with how often it is to be reported."""
    return Counter((kind, ref_id) for each in plan for kind, ref_id in _breaks(each))


def _breaks(planted: Planted) -> list[tuple[Kind, str]]:
    return [(kind, f"{planted.ref_id}{suffix}") for kind, suffix in _BREAKS.get(planted.fate, ())]


_BREAKS: dict[Fate, list[tuple[Kind, str]]] = {
    "hole": [(Kind.MISSING, "")],
    "extra": [(Kind.UNKNOWN_TO_AIRFLOW, "")],
    "of another Dag": [(Kind.UNKNOWN_TO_AIRFLOW, "")],
    "unmeant": [(Kind.NOT_MEANT, "")],
    "changed": [(Kind.DIFFERS, "")],
    "hidden": [(Kind.NOT_SHOWN, "")],
    "twin": [(Kind.DUPLICATE, "")],
    "failed": [(Kind.UNSUCCESSFUL, "")],
    "rejected": [(Kind.UNSUCCESSFUL, "")],
    "late failure": [(Kind.UNSUCCESSFUL, "")],
    "repaired without success": [(Kind.UNSUCCESSFUL, "-r1")],
    # The first one is COMPLETED, and the second, which claims to pay it again, has the same content.
    "paid again": [(Kind.DUPLICATE, ""), (Kind.DUPLICATE, "-r1")],
    "slow": [(Kind.IN_PROGRESS_LONG, "")],
    "transfer failed": [(Kind.TRANSFER_FAILED, "")],
    "by a rule": [(Kind.RULE_MADE, "")],
}


_MOVE_NOTHING = {
    "hole",
    "failed",
    "rejected",
    "repaired without success",
    "by a rule",
    "overlap",
    "late failure",
    "late end",
    "late stranger",
    "repair of an earlier one",
}


def expected_totals(plan: list[Planted]) -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
    """Return by profile and asset what was meant, and what Paxos has of it and of others."""
    meant: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    moved: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for each in plan:
        place = each.profile_id, each.asset
        times = 2 if each.fate in ("twin", "paid again") else 1
        if each.is_meant:
            meant[place] += each.amount * (2 if each.fate == "twin" else 1)
        if each.fate not in _MOVE_NOTHING:
            moved[place] += (_changed(each) if each.fate == "changed" else each.amount) * times
    return {place: (meant[place], moved[place]) for place in {*meant, *moved}}
