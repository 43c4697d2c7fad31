"""Read which payments a repair is asked for: from a batch's records or receipts, or by their ref_ids."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_paxos.api.errors import Acceptance, InvalidRequest, Subject, quoted
from airflow_provider_paxos.xcom import NotCompact, unpacked

REPAIR = Subject("Repair of orchestrations")
"""What the errors of a repair are about."""

CHANGEABLE = frozenset({"destination", "source_amount", "duplicate_of_ok"})
"""What may differ from the payment that is replaced; ``duplicate_of_ok`` is no part of the payment."""


@dataclass(frozen=True, slots=True)
class Selected:
    """A payment that is to be paid again, if it has failed.

    :param key: its name in the repair; by default the ref_id.
    :param ref_id: of the payment itself, or of one that has replaced it.
    :param named: whether the author named this very payment, rather than all of a batch.
    """

    key: str
    ref_id: str
    named: bool


def selection(records: object = None, ref_ids: object = None, keys: object = None) -> list[Selected]:
    """Return the payments that an author has selected. Each argument may be JSON, as a template renders it.

    :param records: the records or receipts of a batch, in either form of ``xcom.packed``; or the receipt of one task.
    :param ref_ids: a list of ref_ids, instead of the records.
    :param keys: the keys of those of the records that are meant; an empty list is none of them, None all.
    :raises InvalidRequest: for values of another kind, both or neither of records and ref_ids, and an unknown key.
    """
    records, by_ref_id, by_key = _value("records", records), _names("ref_ids", ref_ids), _names("keys", keys)
    if (records is None) == (not by_ref_id):
        given = "both are" if records is not None else "neither is: a task that left no such XCom has none"
        raise invalid(f"give either records or ref_ids; {given}.")
    if by_ref_id:
        if by_key:
            raise invalid("keys select from records; with ref_ids there are none.")
        return [Selected(each, each, named=True) for each in by_ref_id]
    rows = dict.fromkeys(_row(each) for each in _listed(records))
    if unknown := [key for key in by_key or () if key not in {of for of, _ in rows}]:
        raise invalid(f"keys: the records hold none of {', '.join(map(quoted, unknown))}.")
    return [Selected(*each, named=by_key is not None) for each in rows if by_key is None or each[0] in by_key]


def changes_of(value: object, selected: Collection[Selected]) -> dict[Selected, dict[str, Any]]:
    """Return what an author changes of the selected payments.

    :param value: by key or ref_id a mapping with a new ``destination``, a new ``source_amount``, or both; or JSON.
    :raises InvalidRequest: for a name that is no selected payment's, and for another field.
    """
    changes = _value("changes", value) or {}
    if not isinstance(changes, Mapping):
        raise invalid(f"changes: it is of the type {type(changes).__name__}; a mapping by key or ref_id is expected.")
    by_name: dict[str, list[Selected]] = {}
    for each in selected:
        for name in dict.fromkeys((each.key, each.ref_id)):
            by_name.setdefault(name, []).append(each)
    changed: dict[Selected, dict[str, Any]] = {}
    for name, change in changes.items():
        those = by_name.get(name, [])
        if len(those) != 1 or those[0] in changed:
            found = "several of the payments have it" if those else "none of the payments to repair has it"
            raise invalid(f"changes: {quoted(name)} is to be the key or ref_id of one payment, once; {found}.")
        if not isinstance(change, Mapping) or not change or not {*change} <= CHANGEABLE:
            raise invalid(
                f"changes of {quoted(name)}: a mapping of {', '.join(sorted(CHANGEABLE))} is expected. Everything else "
                "stays as it is at Paxos."
            )
        changed[those[0]] = dict(change)
    return changed


def invalid(what: str) -> InvalidRequest:
    """Return the error for a wrong argument of a repair."""
    return InvalidRequest(what, subject=REPAIR, acceptance=Acceptance.NOT_SENT)


def _value(name: str, value: object) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise invalid(
            f"{name} is a string, but not valid JSON: {quoted(value[:80])!r}; pass the other task's .output, or render "
            "the value with | tojson."
        ) from None


def _names(name: str, value: object) -> list[str] | None:
    names = _value(name, value)
    if names is None:
        return None
    if isinstance(names, Iterable) and not isinstance(names, str | Mapping):
        listed = list(names)
        if all(isinstance(each, str) and each for each in listed):
            return list(dict.fromkeys(listed))
    raise invalid(f"{name}: a list of texts is expected.")


def _listed(records: object) -> list[dict[str, Any]]:
    alone = isinstance(records, Mapping) and "packed" not in records
    try:
        return unpacked([records] if alone else records)
    except NotCompact:
        raise invalid(
            f"records: it is of the type {type(records).__name__}, and not what a batch returns or leaves in the XCom "
            "'orchestration'."
        ) from None


def _row(record: Mapping[str, Any]) -> tuple[str, str]:
    ref_id = record.get("ref_id")
    key = record.get("key", ref_id)
    if not (isinstance(ref_id, str) and ref_id and isinstance(key, str) and key):
        raise invalid("records: one of them has no ref_id, or a key that is no text.")
    return key, ref_id
