"""Bind a person's approval to exactly what will be sent.

The option to approve carries half of the plan's digest, and so does the answer. What is about to be sent is computed
anew when the task resumes: only an answer with its very digits, given by a person, lets it pay. Where the connection
wants duplicates approved, the option carries a code of those, too: one that was made since was not on the form.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from airflow.sdk import Context

from airflow_provider_paxos.api.amounts import exact_sum, plain
from airflow_provider_paxos.api.errors import Acceptance, NotApproved, Subject, quoted
from airflow_provider_paxos.batch.validation import Payment
from airflow_provider_paxos.execution.human_input import ask, await_answer
from airflow_provider_paxos.execution.rendering import rendered
from airflow_provider_paxos.execution.task import ApprovedTask
from airflow_provider_paxos.hooks.paxos import PaxosHook
from airflow_provider_paxos.planning.digest import binding_code_of, code_of, digest_of
from airflow_provider_paxos.planning.plan import Plan
from airflow_provider_paxos.planning.text import in_markdown

STORED = "paxos_approval"
"""The key in Airflow's task state store."""

REJECT = "Reject"
_WITH_DUPLICATES = " with duplicates "
_TRIGGER_USER = "triggering_user_name"
_YES, _NO = {"true", "1", "yes", "on"}, {"false", "0", "no", "off", ""}
_AGAIN = (
    "Airflow keeps the first form of a task instance. To be asked anew, delete this task instance in Airflow, and "
    "clear its Dag run with run_on_latest_version; what exists at Paxos is adopted."
)
_CLEAR = "If the task is cleared, it asks again."


@dataclass(frozen=True)
class Approved:
    """An approval that was given.

    :param digest: of the plan.
    :param by: the name of the person.
    :param at: when, RFC 3339.
    :param duplicates: the code of those that the form showed, where the connection wants them approved; else empty.
    """

    digest: str
    code: str
    by: str
    at: str
    duplicates: str

    def __str__(self) -> str:
        return f"{self.code} approved by {quoted(self.by)} at {self.at}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return asdict(self)

    @classmethod
    def of(cls, stored: Any) -> Self | None:
        """Return what the task state store holds; None if it is nothing that this class has stored."""
        names = [each.name for each in fields(cls)]
        if not isinstance(stored, Mapping) or not all(isinstance(stored.get(name), str) for name in names):
            return None
        return cls(*(stored[name] for name in names))


def given_approval(
    task: ApprovedTask,
    context: Context,
    hook: PaxosHook,
    payments: Iterable[Payment],
    answer: Mapping[str, Any] | None,
) -> Approved | None:
    """Return the approval of exactly these payments: from the answer that the task resumes with, or an earlier attempt.

    It sends nothing to Paxos, so that an outage there loses no answer.

    :param payments: what will be sent, and what was sent already.
    :param answer: Airflow's event, if the task resumes after the question.
    :returns: the approval; None if there is none so far.
    :raises NotApproved: if the answer is a rejection, or not one to exactly these payments.
    """
    store = context.get("task_state_store")
    digest = digest_of(hook.get_conn().settings.environment, (each.request for each in payments))
    if answer is not None:
        approved = _answered(task, context, digest, answer)
        if store is not None:
            store.set(STORED, approved.to_dict())
        task.log.info("Plan %s", approved)
        return approved
    if task.approval is None or store is None:
        return None
    stored = Approved.of(store.get(STORED))
    if stored is None or stored.digest != digest:
        return None
    task.log.info("Plan %s, before this attempt", stored)
    return stored


def require_approval(task: ApprovedTask, context: Context, plan: Plan, approved: Approved | None) -> None:
    """Let a plan pass that is approved, or for which the author wants no approval; otherwise ask, and leave the worker.

    :param plan: of what will be sent, made just now.
    :param approved: what was given so far.
    :raises NotApproved: if Airflow cannot ask for this very plan.
    """
    covers = approved and (approved.digest, approved.duplicates) == (plan.digest, plan.code_of_duplicates)
    if covers or not _is_needed(task, context, plan):
        return
    _ask(task, context, plan)


def _is_needed(task: ApprovedTask, context: Context, plan: Plan) -> bool:
    approval = task.approval
    if approval is None or not plan.new:
        return False
    if plan.with_duplicates and plan.duplicates_to_approve:
        # The connection demands it, whatever the author says.
        return True
    if not _wanted(task, context):
        return False
    if approval.above is None:
        return True
    thresholds, amounts = approval.thresholds, _amounts(plan)
    return any(asset not in thresholds or amount > thresholds[asset] for asset, amount in amounts.items())


def _wanted(task: ApprovedTask, context: Context) -> bool:
    when = task.approval.when if task.approval else False
    if isinstance(when, str):
        environment = dag.get_template_env(force_sandboxed=True) if (dag := task.get_dag()) else task.get_template_env()
        when = str(rendered(when, context, environment, name="approval.when", may_be_empty=True)).strip().lower()
        if when not in _YES | _NO:
            raise NotApproved(
                f"approval.when renders to {quoted(when)}, which is neither true nor false.",
                subject=Subject("Approval"),
                acceptance=Acceptance.NOT_SENT,
            )
        return when in _YES
    return bool(when)


def _amounts(plan: Plan) -> dict[str, Decimal]:
    parts: dict[str, list[Decimal]] = {}
    for each in plan.new:
        parts.setdefault(each.payment.request.source_asset, []).append(each.payment.request.source_amount)
    return {asset: exact_sum(amounts) for asset, amounts in parts.items()}


def _ask(task: ApprovedTask, context: Context, plan: Plan) -> None:
    approval, ti = task.approval, context["ti"]
    if approval is None:
        return
    if approval.forbid_trigger_user and not hasattr(context["dag_run"], _TRIGGER_USER):
        raise _refused(
            plan.code,
            "this Airflow does not show a task who triggered its Dag run (3.1.3 and later do), and so the approval of "
            "that person cannot be refused. Upgrade Airflow, or give forbid_trigger_user=False.",
        )
    largest_first = sorted(_amounts(plan).items(), key=lambda each: each[1], reverse=True)
    amounts = ", ".join(f"{plain(amount)} {asset}" for asset, amount in largest_first)
    users = [
        {"id": user, "name": user} if isinstance(user, str) else {"id": user["id"], "name": user["name"]}
        for user in approval.assigned_users
    ]
    options = [_option(plan.digest, plan.code_of_duplicates), REJECT]
    count = len(plan.new)
    shown = ask(
        ti.id,
        subject=f"Plan {plan.code} ({plan.environment}): {count:,} new payment{'s'[: count > 1]}, {amounts}",
        body=in_markdown(plan),
        options=options,
        assigned_users=users,
    )
    if shown.options != options:
        raise _refused(
            plan.code, f"Airflow still shows the form of another plan ({quoted(shown.options[0])}). {_AGAIN}"
        )
    if sorted(shown.users) != sorted(user["id"] for user in users):
        raise _refused(
            plan.code, f"Airflow still shows a form that others may answer ({quoted(shown.users)}). {_AGAIN}"
        )
    task.log.info("Waiting for the approval of plan %s in Airflow's Required Actions", plan.code)
    await_answer(task, ti.id, options=options, timeout=approval.response_timeout)


def _answered(task: ApprovedTask, context: Context, digest: str, answer: Mapping[str, Any]) -> Approved:
    code = code_of(digest)
    if "error" in answer:
        raise _refused(code, f"nobody answered: {quoted(answer['error'])} {_CLEAR}")
    chosen, user = answer.get("chosen_options"), answer.get("responded_by_user")
    if answer.get("timedout") or not isinstance(user, Mapping) or not user.get("id"):
        raise _refused(code, f"no person answered. {_CLEAR}")
    name, user_id = str(user.get("name") or user["id"]), str(user["id"])
    who = name if name == user_id else f"{name} (id {user_id})"
    if chosen == [REJECT]:
        raise _refused(code, f"{quoted(who)} rejected it. {_CLEAR}")
    _, _, duplicates = str(chosen[0] if chosen else "").partition(_WITH_DUPLICATES)
    if chosen != [_option(digest, duplicates)]:
        raise _refused(
            code,
            f"{quoted(who)} chose {quoted(chosen)}, which is for another plan: the payments have changed. {_AGAIN}",
        )
    trigger_user = getattr(context["dag_run"], _TRIGGER_USER, None)
    if task.approval and task.approval.forbid_trigger_user and trigger_user in (name, user_id):
        raise _refused(code, f"{quoted(who)} triggered this Dag run, and may not approve it too. {_CLEAR}")
    at = answer.get("responded_at")
    return Approved(digest, code, who, at.isoformat() if isinstance(at, datetime) else str(at), duplicates)


def _option(digest: str, duplicates: str = "") -> str:
    return f"Approve {binding_code_of(digest)}" + (f"{_WITH_DUPLICATES}{duplicates}" if duplicates else "")


def _refused(code: str, what: str) -> NotApproved:
    return NotApproved(what, subject=Subject(f"Approval of plan {code}"), acceptance=Acceptance.NOT_SENT)
