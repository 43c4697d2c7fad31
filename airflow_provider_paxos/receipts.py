"""Make receipts, which tasks leave in XCom and the web UI shows, and read them back.

A receipt is the orchestration as last read, as JSON values with amounts as strings, and in addition

    ref_id     also where Paxos left it out
    read_at    when it was read, RFC 3339
    adopted    of a create: whether the orchestration existed before
    creator    of an adopted one: the task instance that created it, if that is another one; ``unknown`` if no stamp
               is shown
    approval   the plan's code, who approved it and when, if the task asked for that
    key        of a payment of a batch: its key
    acceptance what is known of the money: ``accepted``, ``refused``, ``unknown`` or ``not_sent``
    dropped    true for a payment that is no longer in the list of its batch
    error      instead of an id and a status, if the attempt failed: the error's text, which says what is known of the
               money; the values that were asked for stand beside it

A task of one orchestration leaves one receipt; a batch leaves one for each payment, in the form of ``xcom.packed``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from airflow_provider_paxos.api.errors import Acceptance, OrchestrationUnsuccessful, PaxosError
from airflow_provider_paxos.xcom import NotCompact, unpacked

if TYPE_CHECKING:
    from airflow_provider_paxos.api.models import Orchestration, OrchestrationRequest

Known = Literal["accepted", "refused", "unknown", "not_sent"]
"""What is known of the money of a payment."""

RECEIPT_KEY = "orchestration"
"""The XCom that holds a task's receipts."""

HOOK_RECEIPTS_KEY = "paxos_receipts"
"""The XCom that holds the receipts of what a task's own code has submitted by a hook, in the form of a batch's."""

RECEIPT_KEYS = (RECEIPT_KEY, HOOK_RECEIPTS_KEY)
"""All XComs that hold receipts."""

DASHBOARD_KEY = "paxos_dashboard"
"""The XCom that holds the connection's pattern of a payment's address in Paxos' dashboard, beside the receipts."""

RECONCILIATION_KEY = "reconciliation"
"""The XCom that holds the summary of a reconciliation; see ``reconciliation.report``."""

PROGRESS_KEY = "paxos_progress"
"""The XCom that holds the progress record of a wait; see ``waiting.progress``."""

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""NUL, which PostgreSQL refuses in JSON, and lone surrogates, which UTF-8 refuses."""

_LONGEST_TEXT = 1000
_LONGEST_RECEIPT = 16_000
_ALWAYS = (
    "key",
    "id",
    "ref_id",
    "status",
    "source_amount",
    "source_asset",
    "destination_asset",
    "created_at",
    "updated_at",
    "fail_reason",
    "adopted",
    "creator",
    "approval",
    "acceptance",
    "read_at",
)
_ASKED_FOR = ("ref_id", "source_amount", "source_asset", "destination_asset", "source", "destination", "metadata")


_KNOWN: Mapping[Acceptance, Known] = {
    Acceptance.NOT_SENT: "not_sent",
    Acceptance.REFUSED: "refused",
    Acceptance.NEVER: "refused",
    Acceptance.EXISTS: "refused",
    Acceptance.ACCEPTED: "accepted",
}


def acceptance_of(error: PaxosError) -> Known:
    """Return in a word what is known of the money after an error; an error that says nothing leaves it unknown."""
    return _KNOWN.get(error.acceptance, "unknown")


def receipt_of(
    orchestration: Orchestration,
    *,
    ref_id: str | None = None,
    adopted: bool | None = None,
    creator: str | None = None,
    approval: str | None = None,
    key: str | None = None,
    read_at: datetime | None = None,
) -> dict[str, Any]:
    """Return the receipt of an orchestration, as JSON values: texts are cut at 1,000 characters, and can be stored.

    :param orchestration: as last read.
    :param ref_id: that was asked for, in case the answer leaves it out.
    :param adopted: of a create, whether the orchestration existed before.
    :param creator: of an adopted one, who created it, if that is another task instance.
    :param approval: who approved it, and when.
    :param key: of a payment of a batch.
    :param read_at: when it was read; now by default.
    """
    own = {
        "ref_id": orchestration.ref_id or ref_id,
        "read_at": (read_at or datetime.now(UTC)).isoformat(timespec="seconds"),
        "adopted": adopted,
        "creator": creator,
        "approval": approval,
        "acceptance": "accepted",
        "key": key,
    }
    receipt = {**orchestration.to_dict(), **{name: value for name, value in own.items() if value is not None}}
    receipt = {_storable(name): _cut(value) for name, value in receipt.items()}
    if len(json.dumps(receipt)) > _LONGEST_RECEIPT:
        # Paxos may add fields of any size; a database is no place for them.
        receipt = {name: receipt[name] for name in _ALWAYS if name in receipt}
    return receipt


def receipt_of_error(
    values: Mapping[str, Any], error: object, *, acceptance: Known, key: str | None = None
) -> dict[str, Any]:
    """Return the receipt of an attempt that failed, and has no orchestration to show.

    :param values: the API's fields that were asked for, as JSON values.
    :param error: its text says what happened, and what is known of the money.
    :param acceptance: what is known of the money, in a word.
    :param key: of a payment of a batch.
    """
    asked_for = {name: values.get(name) for name in _ASKED_FOR}
    own = {
        "error": str(error),
        "acceptance": acceptance,
        "read_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "key": key,
    }
    return {name: _cut(value) for name, value in {**asked_for, **own}.items() if value is not None}


def receipt_of_failure(request: OrchestrationRequest, error: PaxosError) -> dict[str, Any]:
    """Return the receipt of a submission that ended with an error: of the orchestration, if the error has it."""
    if isinstance(error, OrchestrationUnsuccessful) and error.orchestration:
        return receipt_of(error.orchestration, ref_id=request.ref_id)
    values = request.model_dump(mode="json", exclude_none=True)
    return receipt_of_error(values, error, acceptance=acceptance_of(error))


def receipts_in(value: Any) -> list[dict[str, Any]]:
    """Return the receipts in an XCom ``orchestration``: one, or a batch's; none if the value is something else."""
    if isinstance(value, dict) and "packed" not in value:
        value = [value]
    try:
        found = unpacked(value)
    except NotCompact:
        return []
    return [receipt for receipt in found if is_receipt(receipt)]


def is_receipt(record: Mapping[str, Any]) -> bool:
    """Return whether a record of an XCom shows which payment it is of."""
    return _is_name(record.get("id")) or _is_name(record.get("ref_id"))


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _cut(value: Any) -> Any:
    if isinstance(value, str):
        return _storable(value if len(value) <= _LONGEST_TEXT else value[:_LONGEST_TEXT] + "…")
    if isinstance(value, dict):
        return {_storable(name): _cut(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_cut(each) for each in value]
    return value


def _storable(text: str) -> str:
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)
