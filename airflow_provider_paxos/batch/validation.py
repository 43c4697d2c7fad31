"""Validate the payments of a batch as a whole, before any of them moves money."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from airflow_provider_paxos.api.creators import Creator
from airflow_provider_paxos.api.errors import (
    Acceptance,
    HoldsSecret,
    InvalidRequest,
    NotAllowed,
    Subject,
    quoted,
    with_more,
)
from airflow_provider_paxos.api.fields import Text
from airflow_provider_paxos.api.models import METADATA_LENGTH, OrchestrationRequest
from airflow_provider_paxos.api.orchestrations import RequireAllowed
from airflow_provider_paxos.api.validation import wrong_fields

BATCH = Subject("Batch of orchestrations")
"""What the errors of a batch are about."""

_KEY = TypeAdapter(Text)
_SHOWN = 20

RefIdOf = Callable[[str, Mapping[str, Any]], str]
CreatorOf = Callable[[str], Creator | None]
Stamp = Callable[[Any, Any], Any]


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment of a batch.

    :param key: its name, unique in the batch.
    :param request: what Paxos is asked for.
    :param creator: the task instance that asks for it, and the key.
    :param duplicate_of_ok: keys, ref_ids or ids of payments whose content it may have, although duplicates are refused.
    """

    key: str
    request: OrchestrationRequest
    creator: Creator | None = None
    duplicate_of_ok: frozenset[str] = frozenset()


def checked_payments(
    values: object,
    *,
    defaults: Mapping[str, Any] | None = None,
    ref_id_of: RefIdOf,
    creator_of: CreatorOf,
    stamp: Stamp,
    require_allowed: RequireAllowed | None = None,
) -> list[Payment]:
    """Return the author's values as payments, all of them or none.

    :param values: mappings of the API's fields and a ``key``; or such a list as JSON, as a template renders it.
    :param defaults: fields of every payment that does not name them itself.
    :param ref_id_of: makes the ref_id of a payment that has none, from its key and fields.
    :param creator_of: makes the creator of a payment, from its key.
    :param stamp: makes the metadata to send, from the author's and the creator.
    :param require_allowed: the connection's limits; raises ``NotAllowed`` for a request that they forbid, and
        ``HoldsSecret`` for one with a secret of the connection.
    :raises InvalidRequest: names every payment that is wrong; ``NotAllowed``, if the limits are all that is wrong.
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
            payment = _payment({**(defaults or {}), **_mapping(row)}, ref_id_of, creator_of, stamp)
        except _InvalidPayment as found:
            wrong[name], limits_alone = found.lines, False
            continue
        if duplicate := _duplicate(payment, name, by_key, by_ref_id):
            wrong[name], limits_alone = [duplicate], False
            continue
        try:
            if require_allowed:
                require_allowed(payment.request)
        except HoldsSecret as secret:
            # Its key is not quoted, which may hold the secret, too.
            wrong[f"payment {number}"] = [str(secret.args[0])]
        except NotAllowed as limit:
            wrong[name] = [str(limit.args[0])]
        payments.append(payment)
    if wrong:
        raise invalid_payments(wrong, len(rows), NotAllowed if limits_alone else InvalidRequest)
    return payments


def _duplicate(payment: Payment, name: str, by_key: dict[str, str], by_ref_id: dict[str, str]) -> str | None:
    """Return a line if an earlier payment has the same key or ref_id; keep both for the later ones."""
    if (first := by_key.setdefault(alike(payment.key), name)) != name:
        return f"key: duplicate of {first}"
    ref_id = payment.request.ref_id
    if (first := by_ref_id.setdefault(alike(ref_id), name)) != name:
        return f"ref_id: {quoted(ref_id)} is a duplicate of {first}; a template for it has to contain the key"
    return None


def alike(name: str) -> str:
    """Return a key or ref_id as duplicates are looked for: without regard to case and Unicode form.

    Two that differ so mean the same to a person, and whether Paxos distinguishes them is not documented.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


class _InvalidPayment(Exception):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(lines)
        self.lines = lines


def _listed(values: object) -> list[Any]:
    if isinstance(values, str):
        text = values
        try:
            values = json.loads(text)
        except ValueError:
            raise _not_a_list(
                f"payments is a string, but not valid JSON: {quoted(text[:80])!r}; pass the other task's .output, or "
                "render the list with | tojson"
            ) from None
    if isinstance(values, Iterable) and not isinstance(values, str | Mapping):
        return list(values)
    raise _not_a_list(f"payments is of the type {type(values).__name__}; a list of mappings is expected")


def _not_a_list(what: str) -> InvalidRequest:
    return InvalidRequest(f"{what}.", subject=BATCH, acceptance=Acceptance.NOT_SENT)


def _name(number: int, row: Any) -> str:
    key = row.get("key") if isinstance(row, Mapping) else None
    return (
        f"payment {number} ({quoted(key[:METADATA_LENGTH])})" if isinstance(key, str) and key else f"payment {number}"
    )


def _mapping(row: object) -> Mapping[str, Any]:
    if not isinstance(row, Mapping):
        raise _InvalidPayment([f"it is of the type {type(row).__name__}; a mapping of the API's fields is expected"])
    return row


def key_problems(fields: Mapping[str, Any]) -> list[str]:
    """Return a line for each problem of a payment's key.

    It has to be a string, since ``7`` and ``"7"`` must not be two payments.
    """
    if "key" not in fields:
        return ["key: it is missing"]
    try:
        _KEY.validate_python(fields["key"], strict=True)
    except ValidationError as invalid:
        return [f"key: {line}" for line in wrong_fields(invalid)]
    # The metadata that is sent holds it as well.
    length = len(fields["key"])
    return [f"key: it has {length} characters; {METADATA_LENGTH} are allowed"] if length > METADATA_LENGTH else []


def _payment(fields: dict[str, Any], ref_id_of: RefIdOf, creator_of: CreatorOf, stamp: Stamp) -> Payment:
    if problems := key_problems(fields):
        raise _InvalidPayment(problems)
    key = fields.pop("key")
    creator = creator_of(key)
    try:
        meant = duplicates_meant(fields.pop("duplicate_of_ok", None))
        if fields.get("ref_id") is None:
            fields["ref_id"] = ref_id_of(key, fields)
        fields["metadata"] = stamp(fields.get("metadata"), creator)
    except InvalidRequest as invalid:
        raise _InvalidPayment([str(invalid.args[0])]) from invalid
    try:
        return Payment(key, OrchestrationRequest.model_validate(fields), creator, meant)
    except ValidationError as invalid:
        lines = wrong_fields(invalid)
    raise _InvalidPayment(lines)


def duplicates_meant(value: object) -> frozenset[str]:
    """Return the names in an author's ``duplicate_of_ok``: a key, ref_id or id, or a list of them.

    :raises InvalidRequest: for anything else. A mere ``True`` is refused: it would cover duplicates nobody has seen.
    """
    names = [value] if isinstance(value, str) else [] if value is None else value
    if isinstance(names, list | tuple | set | frozenset) and all(isinstance(each, str) for each in names):
        return frozenset(each for each in names if each)
    raise InvalidRequest(
        f"duplicate_of_ok: it is of the type {type(value).__name__}; a key, ref_id or id is expected, or a list of "
        "them",
        subject=BATCH,
        acceptance=Acceptance.NOT_SENT,
    )


def invalid_payments(
    wrong: Mapping[str, list[str]], total: int, kind: type[InvalidRequest] = InvalidRequest
) -> InvalidRequest:
    """Return the error for payments that are not valid.

    :param wrong: lines that say what is wrong, for each such payment.
    :param total: how many payments the batch has.
    :param kind: the error's class.
    """
    each = [f"  {name}: {'; '.join(lines)}" for name, lines in list(wrong.items())[:_SHOWN]]
    shown = with_more("\n".join(each), len(wrong) - len(each), "\n  ")
    what = f"{len(wrong):,} of {total:,} payments are not valid:\n{shown}\nA batch is validated as a whole."
    return kind(what, subject=BATCH, acceptance=Acceptance.NOT_SENT)
