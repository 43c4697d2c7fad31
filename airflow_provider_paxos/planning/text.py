"""A plan in words: for a log, and as Markdown for notes, notifications and the person who approves it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from airflow_provider_paxos.api.amounts import plain
from airflow_provider_paxos.api.errors import quoted, with_more
from airflow_provider_paxos.api.repair_chain import replaced_ref_id
from airflow_provider_paxos.api.statuses import amount_of
from airflow_provider_paxos.batch.tables import table
from airflow_provider_paxos.planning.plan import Plan, PlannedPayment

_MOST_LINES = 100
_LARGEST = 10
_TOTALS = ("from", "to", "found", "payments", "amount")


def in_log(plan: Plan, *, whole: bool = False) -> str:
    """Return a plan as text.

    :param whole: whether to name every problem, however many there are.
    """
    return "\n".join(
        [
            f"Plan {plan.code} ({plan.environment}): {len(plan.payments):,} payments, {len(plan.new):,} of them new",
            table(_TOTALS, _totals(plan)),
            *_section("Stands against it", [each.what for each in plan.problems], None if whole else _MOST_LINES),
            *_section("Warnings", plan.warnings, _MOST_LINES),
            *_section("Not checked", plan.not_checked, _MOST_LINES),
            f"Digest: {plan.digest}",
        ]
    )


def in_markdown(plan: Plan) -> str:
    """Return a plan as Markdown: totals, what stands against it, warnings, the ten largest new payments."""
    parts = [
        f"**Plan {plan.code}** ({_cell(plan.environment)}): {len(plan.payments):,} payments, {len(plan.new):,} new.",
        _markdown_table(_TOTALS, _totals(plan)),
        *_list("Stands against it", [each.what for each in plan.problems]),
        *_list("Warnings", plan.warnings),
        *_list("Not checked", plan.not_checked),
    ]
    if largest := _largest(plan):
        rows = [(_name(each), amount_of(each.payment.request), _destination(each)) for each in largest]
        parts += ["The largest new payments:", _markdown_table(("key", "amount", "destination"), rows)]
    return "\n\n".join(parts)


def _totals(plan: Plan) -> list[tuple[str, ...]]:
    return [(source, to, found, f"{count:,}", plain(amount)) for source, to, found, count, amount in plan.totals()]


def _largest(plan: Plan) -> list[PlannedPayment]:
    return sorted(plan.new, key=lambda each: each.payment.request.source_amount, reverse=True)[:_LARGEST]


def _name(planned: PlannedPayment) -> str:
    """Return the payment's key, and the ref_id of the failed payment that it pays again."""
    replaced = replaced_ref_id(planned.payment.request.metadata)
    return f"{planned.payment.key}, pays {replaced} again" if replaced else planned.payment.key


def _destination(planned: PlannedPayment) -> str:
    to = planned.payment.request.destination
    if to.fiat:
        return f"bank account {to.fiat.bank_account_id}"
    if to.crypto:
        return to.crypto.address_id or f"{to.crypto.address} ({to.crypto.network})"
    return f"profile {to.profile.profile_id}" if to.profile else ""


def _section(title: str, lines: Sequence[str], most: int | None) -> list[str]:
    if not lines:
        return []
    shown = [f"  {quoted(line)}" for line in lines[:most]]
    return [f"{title} ({len(lines):,}):", with_more("\n".join(shown), len(lines) - len(shown), "\n  ")]


def _list(title: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    shown = [f"- {_cell(line)}" for line in lines[:_LARGEST]]
    return [f"**{title}** ({len(lines):,}):", with_more("\n".join(shown), len(lines) - len(shown), "\n- ")]


def _markdown_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(_cell(value) for value in row)} |" for row in lines)


def _cell(value: object) -> str:
    """Return a text of the author's, or of a file, so that it forms no Markdown and no HTML."""
    text = quoted(value)
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>|#!~" else sign for sign in text)
