"""The description of an orchestration, for a task's log and the web UI."""

from __future__ import annotations

from collections.abc import Mapping

from airflow_provider_paxos.api.errors import quoted
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.statuses import amount_of

_WORDS = {
    "profile_id": "profile",
    "bank_account_id": "bank account",
    "deposit_instructions_id": "deposit instructions",
    "address_id": "saved address",
    "address": "",
    "network": "",
}


def describe(orchestration: Orchestration, *, origin: str | None = None, page: str | None = None) -> str:
    """Return several lines about an orchestration: ref_id, id, amount, from, to, status and its reason.

    :param origin: after a submit, where it is from.
    :param page: address of a page that shows it.
    """
    reason = orchestration.fail_reason.detail if orchestration.fail_reason else None
    lines = {
        "ref_id": orchestration.ref_id,
        "id": orchestration.id,
        "amount": amount_of(orchestration),
        "from": describe_end(orchestration.source and orchestration.source.model_dump(exclude_none=True)),
        "to": describe_end(orchestration.destination and orchestration.destination.model_dump(exclude_none=True)),
        "status": orchestration.status,
    }
    shown = [f"  {name:<8}{quoted(value or 'unknown')}" for name, value in lines.items()]
    if reason:
        shown.append(f"  reason  {quoted(reason)}")
    if origin:
        shown.append(f"  origin  {quoted(origin)}")
    if page:
        # Not quoted: an address that is cut leads nowhere.
        shown.append(f"  page    {page}")
    return "\n".join(["Paxos orchestration", *shown])


def describe_end(end: object) -> str | None:
    """Return a source or destination in words: ``bank account fa11…``, ``ETHEREUM 0x5aAe…``.

    :param end: the API's ``source`` or ``destination``; for anything else None is returned.
    """
    for rail, details in end.items() if isinstance(end, Mapping) else ():
        if isinstance(details, Mapping) and details:
            names = sorted(details, key=lambda name: name != "network")
            parts = [_in_words(name, details[name]) for name in names if name != "memo"]
            return " ".join(part for part in parts if part) or str(rail)
    return None


def _in_words(name: str, value: object) -> str:
    return f"{_WORDS.get(name, name)} {value}".strip() if isinstance(value, str) and value else ""
