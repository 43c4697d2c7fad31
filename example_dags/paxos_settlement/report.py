"""Report a settlement: the outcome of every payment, as Paxos shows it, and the totals."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from dataclasses import asdict, dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation, localcontext
from typing import TYPE_CHECKING, Any

from airflow_provider_paxos.api.models import OrchestrationRequest
from airflow_provider_paxos.api.same_payment import compare
from paxos_settlement.payment import NOT_SENT
from paxos_settlement.table import render_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from airflow_provider_paxos.api.models import Orchestration

COMPLETED = "COMPLETED"
NOT_SUBMITTED = "NOT SUBMITTED"
CONFLICT = "CONFLICT"
"""Paxos holds another payment under the payment's ref_id. Not a status of Paxos, like NOT SUBMITTED."""

# Sums of money are exact or they are refused: the default context would round them to 28 digits in silence.
_EXACT = Context(prec=100, traps=[Inexact, InvalidOperation])


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one payment."""

    payment: str
    ref_id: str
    id: str | None
    status: str
    reason: str | None
    source_asset: str
    destination_asset: str
    amount: str


@dataclass(frozen=True, slots=True)
class Total:
    """The payments of one asset pair that share a status; the amount is of the source asset."""

    source_asset: str
    destination_asset: str
    status: str
    payments: int
    amount: str


@dataclass(frozen=True, slots=True)
class Report:
    """The outcomes of a settlement file's payments."""

    business_date: str
    settlement_file: str
    run_id: str
    written_at: str
    outcomes: tuple[Outcome, ...]

    @property
    def payments_by_status(self) -> dict[str, int]:
        """How many payments there are of each status."""
        return dict(sorted(Counter(outcome.status for outcome in self.outcomes).items()))

    @property
    def totals(self) -> list[Total]:
        """Payments and exact amounts by asset pair and status."""
        amounts: dict[tuple[str, str, str], list[Decimal]] = {}
        for outcome in self.outcomes:
            key = (outcome.source_asset, outcome.destination_asset, outcome.status)
            amounts.setdefault(key, []).append(Decimal(outcome.amount))
        with localcontext(_EXACT):
            return [Total(*key, len(parts), format(sum(parts), "f")) for key, parts in sorted(amounts.items())]

    def to_json(self) -> str:
        """Return the report for machines. Amounts are decimal strings."""
        document = {
            "business_date": self.business_date,
            "settlement_file": self.settlement_file,
            "run_id": self.run_id,
            "written_at": self.written_at,
            "payments_by_status": self.payments_by_status,
            "totals": [asdict(total) for total in self.totals],
            "payments": [asdict(outcome) for outcome in self.outcomes],
        }
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"

    def to_text(self) -> str:
        """Return the report for people: the counts, the payments in the file's order, the totals."""
        counts = ", ".join(f"{payments} {status}" for status, payments in self.payments_by_status.items())
        parts = [
            f"Settlement of {self.business_date}: {counts}\n"
            f"File {self.settlement_file}, run {self.run_id}, written {self.written_at}",
            outcomes_table(self.outcomes),
            render_table(
                ("from", "to", "status", "payments", "amount"),
                [(t.source_asset, t.destination_asset, t.status, t.payments, t.amount) for t in self.totals],
            ),
        ]
        if self.unsettled:
            # First, because nobody should have to look for it among hundreds of payments.
            parts.insert(1, "Not settled:\n" + outcomes_table(self.unsettled))
        return "\n\n".join(parts) + "\n"

    @property
    def unsettled(self) -> list[Outcome]:
        """The payments that are not COMPLETED."""
        return [outcome for outcome in self.outcomes if outcome.status != COMPLETED]

    def write(self, folder: Path) -> Path:
        """Write ``<run_id>.json`` and ``<run_id>.txt`` below the folder, and return the path without its ending."""
        folder.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^A-Za-z0-9._-]", "_", self.run_id)
        for ending, content in ((".json", self.to_json()), (".txt", self.to_text())):
            _replace(folder / f"{name}{ending}", content)
        return folder / name


def outcomes_table(outcomes: Sequence[Outcome]) -> str:
    """Return one line per payment, for people."""
    return render_table(
        ("payment", "status", "amount", "from", "to", "ref_id", "id", "reason"),
        [
            (o.payment, o.status, o.amount, o.source_asset, o.destination_asset, o.ref_id, o.id or "-", o.reason or "-")
            for o in outcomes
        ],
    )


def outcome_of(request: Mapping[str, Any], found: Sequence[Orchestration], refusal: str | None) -> Outcome:
    """Return the outcome of a payment.

    :param request: the arguments of the operator that was to create the payment.
    :param found: what Paxos holds under the payment's ref_id: one orchestration, or none.
    :param refusal: how the payment's create ended, if it failed.
    """
    one = found[0] if len(found) == 1 else None
    if not found:
        status, reason = NOT_SUBMITTED, refusal or "Paxos has no orchestration with this ref_id"
    elif one is None:
        ids = ", ".join(orchestration.id for orchestration in found)
        status, reason = CONFLICT, f"Paxos has {len(found)} orchestrations with this ref_id: {ids}"
    elif differing := _differing(request, one):
        status, reason = CONFLICT, f"Paxos has another payment with this ref_id: {differing}"
    else:
        status = one.status or "UNKNOWN"
        detail = one.fail_reason.detail if one.fail_reason else None
        reason = None if status == COMPLETED else detail or refusal
    return Outcome(
        payment=request["metadata"]["payment"],
        ref_id=request["ref_id"],
        id=one.id if one else None,
        status=status,
        reason=reason,
        source_asset=request["source_asset"],
        destination_asset=request["destination_asset"],
        amount=request["source_amount"],
    )


def _differing(request: Mapping[str, Any], existing: Orchestration) -> str:
    """Return how the orchestration differs from the payment; empty if it does not.

    The create compares, too; but where it was refused, what Paxos holds must not pass for this payment's settlement.
    A field that Paxos does not show is no difference, because no field of its answers is promised.
    """
    meant = {name: value for name, value in request.items() if name not in NOT_SENT}
    differences = compare(OrchestrationRequest.model_validate(meant), existing).differences
    return "; ".join(
        f"{field} is {theirs} there and {ours} in the file" for field, (ours, theirs) in differences.items()
    )


def _replace(path: Path, content: str) -> None:
    # By way of a draft: no one reads half a report, and a full disk leaves the earlier one whole.
    draft = path.with_name(f".draft-{os.getpid()}")
    try:
        draft.write_text(content, encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
