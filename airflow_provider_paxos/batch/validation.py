"""The payments of a batch: checked as a whole, before any of them moves money."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from airflow_provider_paxos.api.errors import Acceptance, InvalidRequest, NotAllowed, Subject, quoted, with_more
from airflow_provider_paxos.api.models import METADATA_LENGTH, OrchestrationRequest, Text
from airflow_provider_paxos.api.orchestrations import Allow
from airflow_provider_paxos.api.validation import wrong_fields

BATCH = Subject("Batch of orchestrations")
"""What the errors of a batch are about."""

_KEY = TypeAdapter(Text)
_SHOWN = 20

RefIdOf = Callable[[str, Mapping[str, Any]], str]
MetadataOf = Callable[[Any, str], Any]


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment of a batch.

    :param key: its name, unique in the batch.
    :param request: what Paxos is asked for.
    """

    key: str
    request: OrchestrationRequest


def payments_of(
    values: object,
    *,
    defaults: Mapping[str, Any] | None = None,
    ref_id_of: RefIdOf,
    metadata_of: MetadataOf,
    allow: Allow | None = None,
) -> list[Payment]:
    """Return the author's values as payments, all of them or none.

    :param values: mappings of the API's fields and a ``key``; or such a list as JSON, as a template renders it.
    :param defaults: fields of every payment that does not name them itself.
    :param ref_id_of: tells the ref_id of a payment that brings none, by its key and values.
    :param metadata_of: tells the metadata to send, by the author's and the key.
    :param allow: lets a request pass, or raises NotAllowed.
    :raises InvalidRequest: names every payment that is wrong; ``NotAllowed``, if all are so by the limits.
    """
    rows = _listed(values)
    payments: list[Payment] = []
    wrong: dict[str, list[str]] = {}
    limits_alone = True
    by_key: dict[str, str] = {}
    by_ref_id: dict[str, str] = {}
    for number, row in enumerate(rows, 1):
        name = _name(number, row)
        try:
            payment = _payment({**(defaults or {}), **_mapping(row)}, ref_id_of, metadata_of)
        except _Wrong as found:
            wrong[name], limits_alone = found.lines, False
            continue
        if twice := _twice(payment, name, by_key, by_ref_id):
            wrong[name], limits_alone = [twice], False
            continue
        try:
            if allow:
                allow(payment.request)
        except NotAllowed as limit:
            wrong[name] = [str(limit.args[0])]
        payments.append(payment)
    if wrong:
        raise refused(wrong, len(rows), NotAllowed if limits_alone else InvalidRequest)
    return payments


def _twice(payment: Payment, name: str, by_key: dict[str, str], by_ref_id: dict[str, str]) -> str | None:
    """Return what says that an earlier payment has this one's key or ref_id, and note both."""
    if (first := by_key.setdefault(payment.key, name)) != name:
        return f"key: it is that of {first}, too"
    # Whether Paxos tells ref_ids apart that differ in case alone is not documented.
    if (first := by_ref_id.setdefault(payment.request.ref_id.casefold(), name)) != name:
        return (
            f"ref_id: it is {quoted(payment.request.ref_id)}, as that of {first}; a template for it has to name the key"
        )
    return None


class _Wrong(Exception):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(lines)
        self.lines = lines


def _listed(values: object) -> list[Any]:
    if isinstance(values, str):
        text = values
        try:
            values = json.loads(text)
        except ValueError:
            raise _no_list(
                f"payments is the text {quoted(text[:80])!r}, which is no JSON; take the other task's .output, or "
                "render it with | tojson"
            ) from None
    if isinstance(values, Iterable) and not isinstance(values, str | Mapping):
        return list(values)
    raise _no_list(f"payments is of the type {type(values).__name__}; it is a list of mappings")


def _no_list(what: str) -> InvalidRequest:
    return InvalidRequest(f"{what}.", subject=BATCH, acceptance=Acceptance.NOT_SENT)


def _name(number: int, row: Any) -> str:
    key = row.get("key") if isinstance(row, Mapping) else None
    return (
        f"payment {number} ({quoted(key[:METADATA_LENGTH])})" if isinstance(key, str) and key else f"payment {number}"
    )


def _mapping(row: object) -> Mapping[str, Any]:
    if not isinstance(row, Mapping):
        raise _Wrong([f"it is of the type {type(row).__name__}; it is a mapping of the API's fields"])
    return row


def key_problems(fields: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a payment's key: it is a string, since ``7`` and ``"7"`` must not be two payments."""
    if "key" not in fields:
        return ["key: it is missing"]
    try:
        _KEY.validate_python(fields["key"], strict=True)
    except ValidationError as invalid:
        return [f"key: {line}" for line in wrong_fields(invalid)]
    # It travels in the metadata, too.
    length = len(fields["key"])
    return [f"key: it has {length} characters; {METADATA_LENGTH} are allowed"] if length > METADATA_LENGTH else []


def _payment(fields: dict[str, Any], ref_id_of: RefIdOf, metadata_of: MetadataOf) -> Payment:
    if problems := key_problems(fields):
        raise _Wrong(problems)
    key = fields.pop("key")
    if fields.get("ref_id") is None:
        try:
            fields["ref_id"] = ref_id_of(key, fields)
        except InvalidRequest as invalid:
            raise _Wrong([str(invalid.args[0])]) from invalid
    fields["metadata"] = metadata_of(fields.get("metadata"), key)
    try:
        return Payment(key, OrchestrationRequest.model_validate(fields))
    except ValidationError as invalid:
        lines = wrong_fields(invalid)
    raise _Wrong(lines)


def refused(wrong: Mapping[str, list[str]], total: int, kind: type[InvalidRequest] = InvalidRequest) -> InvalidRequest:
    """Return the error for payments that are wrong.

    :param wrong: per payment what is wrong with it.
    """
    each = [f"  {name}: {'; '.join(lines)}" for name, lines in list(wrong.items())[:_SHOWN]]
    shown = with_more("\n".join(each), len(wrong) - len(each), "\n  ")
    what = f"{len(wrong):,} of {total:,} payments are wrong:\n{shown}\nSo none is submitted."
    return kind(what, subject=BATCH, acceptance=Acceptance.NOT_SENT)
