"""The error for a plan that something stands against."""

from __future__ import annotations

from collections.abc import Mapping

from airflow_provider_paxos.api.errors import Acceptance, NotAllowed, NotReady, PaxosError, Subject, quoted, with_more
from airflow_provider_paxos.planning.plan import Plan

PREFLIGHT = Subject("Preflight of orchestrations")
_SHOWN = 20


def refusal_of(plan: Plan) -> PaxosError | None:
    """Return the error for a plan, or None if nothing stands against it.

    :returns: ``NotAllowed`` if a limit of the connection forbids a payment, otherwise ``NotReady``, which a retry may
        find changed.
    """
    if plan.is_clear:
        return None
    forbidden = any(each.forbidden for each in plan.problems)
    if len(plan.problems) == 1:
        what = f"{quoted(plan.problems[0].what)} None of {len(plan.new):,} new payments is submitted."
    else:
        lines = [f"  {quoted(each.what)}" for each in plan.problems[:_SHOWN]]
        shown = with_more("\n".join(lines), len(plan.problems) - len(lines), "\n  ")
        what = f"{len(plan.problems):,} problems:\n{shown}\nNone of {len(plan.new):,} new payments is submitted."
    return (NotAllowed if forbidden else NotReady)(what, subject=PREFLIGHT, acceptance=Acceptance.NOT_SENT)


def reasons_by_key(plan: Plan) -> Mapping[str, str]:
    """Return for the key of each new payment what stands against it; the others are stopped by these."""
    reasons: dict[str, list[str]] = {}
    for problem in plan.problems:
        for key in problem.keys:
            reasons.setdefault(key, []).append(problem.what)
    return {key: " ".join(dict.fromkeys(whats)) for key, whats in reasons.items()}
