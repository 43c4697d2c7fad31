"""Read what was meant, and what Airflow has recorded of it, from the rows that an author gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from airflow_provider_paxos.api.errors import InvalidRequest, quoted, with_more
from airflow_provider_paxos.api.models import OrchestrationRequest
from airflow_provider_paxos.api.validation import wrong_fields
from airflow_provider_paxos.batch.validation import duplicates_meant
from airflow_provider_paxos.reconciliation.window import invalid

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Meant:
    """A payment that was meant.

    :param request: what Paxos was to be asked for.
    :param key: its name in the batch.
    :param duplicate_of_ok: keys, ref_ids or ids of payments whose content it may have.
    """

    request: OrchestrationRequest
    key: str | None = None
    duplicate_of_ok: frozenset[str] = frozenset()

    @property
    def ref_id(self) -> str:
        """Its idempotency key."""
        return self.request.ref_id


@dataclass(frozen=True, slots=True)
class Recorded:
    """Holds what a task of Airflow has left about a payment: a receipt, or a record of a batch's result.

    :param status: of the orchestration, when the task last read it.
    :param acceptance: what was known of the money: ``accepted``, ``refused``, ``unknown`` or ``not_sent``.
    :param reason: why the payment was not accepted, or failed.
    """

    ref_id: str | None = None
    id: str | None = None
    key: str | None = None
    status: str | None = None
    acceptance: str | None = None
    reason: str | None = None

    @property
    def was_not_accepted(self) -> bool:
        """Return whether Airflow itself has recorded that there is no orchestration."""
        return self.id is None and self.acceptance in ("refused", "not_sent")


def recorded_payments(rows: Iterable[Mapping[str, Any]]) -> list[Recorded]:
    """Return receipts and records as recorded payments; what names no payment is left out."""
    found = []
    for row in rows:
        names = {name: _text(row.get(name)) for name in ("ref_id", "id", "key", "status", "acceptance")}
        if names["ref_id"] or names["id"]:
            found.append(Recorded(**names, reason=_text(row.get("error") or row.get("reason"))))
    return found


def meant_payments(rows: object, recorded: Sequence[Recorded]) -> list[Meant]:
    """Return the rows of what was meant as payments, all of them or none.

    :param rows: mappings of the API's fields, as a batch takes them, with a ``ref_id``; or without one, but with the
        ``key`` of a recorded payment.
    :param recorded: gives a ref_id to rows with a key alone.
    :raises InvalidRequest: names every row that is wrong.
    """
    if isinstance(rows, str | Mapping) or not isinstance(rows, Iterable):
        raise invalid(f"expected is of the type {type(rows).__name__}; a list of mappings is expected.")
    ref_ids = {each.key: each.ref_id for each in recorded if each.key and each.ref_id}
    meant: dict[str, Meant] = {}
    wrong: dict[str, str] = {}
    for number, row in enumerate(rows, 1):
        name = f"row {number}"
        try:
            payment = _meant(row, ref_ids)
        except ValidationError as error:
            wrong[name] = "; ".join(wrong_fields(error))
            continue
        except InvalidRequest as error:
            wrong[name] = str(error.args[0])
            continue
        if payment.ref_id in meant:
            wrong[name] = f"ref_id: {quoted(payment.ref_id)} is that of an earlier row, too"
        meant[payment.ref_id] = payment
    if wrong:
        lines = [f"  {name}: {line}" for name, line in list(wrong.items())[:_SHOWN]]
        shown = with_more("\n".join(lines), len(wrong) - len(lines), "\n  ")
        raise invalid(f"{len(wrong):,} rows of what was expected are not valid:\n{shown}")
    return list(meant.values())


def _meant(row: object, ref_ids: Mapping[str, str]) -> Meant:
    if not isinstance(row, Mapping):
        raise invalid(f"it is of the type {type(row).__name__}; a mapping of the API's fields is expected")
    fields = dict(row)
    key = _text(fields.pop("key", None))
    names = duplicates_meant(fields.pop("duplicate_of_ok", None))
    if fields.get("ref_id") is None:
        if key is None or key not in ref_ids:
            raise invalid("it has no ref_id, and no record has its key")
        fields["ref_id"] = ref_ids[key]
    return Meant(OrchestrationRequest.model_validate(fields), key, names)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
