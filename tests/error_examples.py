"""An example of every error, made by the code that raises it: what ``docs/errors.md`` shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.api.auth import grant
from airflow_provider_paxos.api.creators import STAMP, Creator
from airflow_provider_paxos.api.credentials import Credentials
from airflow_provider_paxos.api.errors import PaxosError
from airflow_provider_paxos.api.flow import Loss, Response
from airflow_provider_paxos.api.limits import Limits
from airflow_provider_paxos.api.limits_over_time import LimitsOverTime
from airflow_provider_paxos.api.models import Orchestration, OrchestrationRequest
from airflow_provider_paxos.api.orchestrations import Submission
from airflow_provider_paxos.api.own_secrets import OwnSecrets
from airflow_provider_paxos.api.rule_models import OrchestrationRule
from airflow_provider_paxos.api.rules import OrchestrationRules
from airflow_provider_paxos.api.saved_addresses import CryptoDestinationAddress
from airflow_provider_paxos.api.secrecy import Secret
from airflow_provider_paxos.api.settings import checked_settings
from airflow_provider_paxos.api.statuses import require_completed
from airflow_provider_paxos.api.stopping import UntilStopped
from airflow_provider_paxos.batch.outcome import submission_error
from airflow_provider_paxos.batch.repair import repairs_of
from airflow_provider_paxos.batch.repair_chains import Chain
from airflow_provider_paxos.batch.repair_selection import Selected
from airflow_provider_paxos.batch.state import BatchState
from airflow_provider_paxos.batch.validation import Payment
from airflow_provider_paxos.execution.approval import given_approval
from airflow_provider_paxos.hooks.paxos import PaxosHook
from airflow_provider_paxos.operators.approval import Approval
from airflow_provider_paxos.planning.facts import Facts
from airflow_provider_paxos.planning.plan import Plan
from airflow_provider_paxos.planning.planner import plan_of
from airflow_provider_paxos.planning.refusal import refusal_of
from airflow_provider_paxos.triggers.events import terminal_id
from airflow_provider_paxos.waiting.destination_watch import not_approved_in_time, require_not_rejected
from airflow_provider_paxos.waiting.rule_watch import not_active_in_time
from airflow_provider_paxos.waiting.watch import Watch
from tests.api.script import Outcome, Script, answer, payment, problem

CREATED = {**payment(), "id": "5b1c2f60", "status": "PROCESSING"}


RUN = "scheduled__2026-11-21T06:00:00+00:00"
PAYROLL, BONUS = Creator("salaries", RUN, "payroll"), Creator("salaries", RUN, "bonus")


def _submitted(*outcomes: Outcome, creator: Creator | None = None) -> Callable[[], object]:
    script = Script(*outcomes)
    return lambda: script.run(script.calls().submit(payment(), creator=creator))


def _granted(*outcomes: Outcome) -> Callable[[], object]:
    script = Script(*outcomes)
    who = Credentials("my-client", Secret("s3cr3t"), "https://oauth.paxos.com/oauth2/token")
    return lambda: script.run(grant(who, script.exchange()))


def _got(*outcomes: Outcome) -> Callable[[], object]:
    script = Script(*outcomes)
    return lambda: script.run(script.calls().get("5b1c2f60"))


def _created(*outcomes: Outcome) -> Callable[[], object]:
    script = Script(*outcomes)
    return lambda: script.run(script.calls().create(payment()))


def _ended(status: str, reason: str) -> Callable[[], object]:
    ended = Orchestration.model_validate({**CREATED, "status": status, "fail_reason": {"detail": reason}})
    return lambda: require_completed(ended)


def _missing() -> None:
    times = iter([0.0, 61.0])
    watch = Watch(ids=["5b1c2f60"], clock=lambda: next(times))
    for _ in range(2):
        watch.observe([])


def _beyond_a_limit() -> None:
    script = Script()
    require_allowed = Limits.of("paxos_default", {"max_source_amount": "USD=100"}).require_allowed
    calls = type(script.calls())("https://paxos.test/v2", script.exchange(), require_allowed)
    script.run(calls.submit(payment()))


def _stopped() -> None:
    script = Script(Loss.TIMED_OUT)
    until_stopped = UntilStopped(lambda: bool(script.sent))
    script.run(until_stopped.run(script.calls().submit(payment())))


def _with_a_secret() -> None:
    script = Script()
    own = OwnSecrets("paxos_default", Secret("the-client-secret"))
    calls = type(script.calls())("https://paxos.test/v2", script.exchange(), own.require_absent)
    script.run(calls.submit(payment(metadata={"note": "by the-client-secret"})))


def _payment() -> Payment:
    return Payment("invoice-7", OrchestrationRequest.model_validate(payment()))


def _plan() -> Plan:
    profile_id = _payment().request.source.profile.profile_id
    return plan_of(
        [_payment()],
        Facts(read_at=datetime(2026, 11, 21, tzinfo=UTC), balances={(profile_id, "USD"): Decimal("12.00")}),
        environment="sandbox",
        limits=LimitsOverTime("paxos_default"),
    )


def _short_of_funds() -> None:
    if refusal := refusal_of(_plan()):
        raise refusal


def _rejected() -> None:
    answer = {"chosen_options": ["Reject"], "responded_by_user": {"id": "treasurer", "name": "treasurer"}}
    hook = SimpleNamespace(get_conn=lambda: SimpleNamespace(settings=SimpleNamespace(environment="sandbox")))
    context = SimpleNamespace(get=lambda _: None)
    given_approval(SimpleNamespace(approval=Approval()), context, hook, [_payment()], answer)


def _not_failed() -> None:
    chain = Chain([Orchestration.model_validate(CREATED)])
    ref_id = CREATED["ref_id"]
    repairs_of([Selected("invoice-7", ref_id, named=True)], {ref_id: chain}, {}, is_own=lambda *_: False)


def _invalid() -> None:
    script = Script()
    script.run(script.calls().submit(payment(source_amount=0.1)))


def _undefined() -> None:
    PaxosHook("paxos_eu").get_conn()


def _settings() -> None:
    checked_settings(client_id="my-client", client_secret="s3cr3t", environment="prod")


def _batch() -> None:
    state = BatchState(
        [
            Payment(key, OrchestrationRequest.model_validate(payment(ref_id=f"settle-{key}")))
            for key in ("invoice-7", "rent")
        ]
    )
    paid, lacking = state
    state.record(paid, Submission(Orchestration.model_validate(CREATED), adopted=False))
    try:
        _submitted(problem(403, "insufficient-funds", "Not enough funds in account.", FUNDS))()
    except PaxosError as error:
        state.record(lacking, error)
    if incomplete := submission_error(state, stopped=False, retries_left=True):
        raise incomplete


def _saved(status: str) -> CryptoDestinationAddress:
    address = {"id": "31f20a34", "crypto_network": "ETHEREUM", "address": "0x5aAe", "status": status}
    return CryptoDestinationAddress.model_validate(address)


def _pending() -> None:
    raise not_approved_in_time([_saved("PENDING")])


def _rule(status: str) -> OrchestrationRule:
    return OrchestrationRule.model_validate({"id": "9e0d", "ref_id": "sweep-usdc", "status": status})


def _rule_conflict() -> None:
    asked = {
        "ref_id": "sweep-usdc",
        "profile_id": "prof-1",
        "source_asset": "USDC",
        "destination_asset": "USDG",
        "source": {"crypto": {"network": "BASE"}},
        "destination": {"profile": {"profile_id": "prof-1"}},
    }
    script = Script(answer({"items": [{**asked, "id": "9e0d", "destination_asset": "USD", "status": "ACTIVE"}]}))
    (error,) = script.run(script.part(OrchestrationRules).ensure([asked]))
    assert isinstance(error, PaxosError)
    raise error


def _not_active() -> None:
    raise not_active_in_time([_rule("PENDING")])


FUNDS = {"profile_id": "7c4e8f2a", "asset": "USD", "available": "12.00", "needed": "100.25"}
TRAVEL = {"address": "0x5aAe", "crypto_network": "ETHEREUM"}
SCOPE = "insufficient scopes: found '', required one of '[orchestration:write_orchestration]'"
PROXY_PAGE = Response(200, body=b"<html>Please log in</html>")

EXAMPLES: dict[type[PaxosError], Callable[[], object]] = {
    errors.InvalidConnection: _settings,
    errors.UndefinedConnection: _undefined,
    errors.InvalidRequest: _invalid,
    errors.NotAllowed: _beyond_a_limit,
    errors.NotReady: _short_of_funds,
    errors.NotApproved: _rejected,
    errors.NotRepairable: _not_failed,
    errors.HoldsSecret: _with_a_secret,
    errors.Unreachable: _submitted(*[Loss.TIMED_OUT] * 5),
    errors.UnreadableAnswer: _submitted(*[PROXY_PAGE] * 5),
    errors.Refused: _submitted(Response(302, {"location": "https://elsewhere.example"}), *[answer({"items": []})] * 9),
    errors.BadRequest: _submitted(problem(400, detail="source_asset is not supported")),
    errors.UnsupportedAddress: _submitted(
        problem(400, "unsupported-address", "address is not supported", {"address": "0x5aAe", "reason": "contract"})
    ),
    errors.ExceedsPrecision: _submitted(problem(400, "exceed-precision", "amount exceeds the asset's precision")),
    errors.BadCredentials: _granted(answer({"error": "invalid_client", "error_description": "unknown client"}, 401)),
    errors.Forbidden: _submitted(problem(403, detail="the request is not signed")),
    errors.MissingScope: _submitted(problem(403, detail=SCOPE)),
    errors.InsufficientFunds: _submitted(problem(403, "insufficient-funds", "Not enough funds in account.", FUNDS)),
    errors.TravelRuleInformationRequired: _submitted(
        problem(403, "travel-rule-information-required", "the address must be saved with it", TRAVEL)
    ),
    errors.NotFound: _got(problem(404, detail="orchestration not found")),
    errors.AlreadyExists: _created(problem(409, "already-exists", "ref_id settle-2026-11-21-7 already exists")),
    errors.RateLimited: _submitted(problem(429, detail="rate limit exceeded")),
    errors.TemporarilyRefused: _submitted(*[problem(423, detail="try again later")] * 5),
    errors.ServiceUnavailable: _submitted(*[problem(503, detail="try again later")] * 5),
    errors.RefIdConflict: _submitted(
        problem(409, "already-exists", meta={"existing": {**CREATED, "source_amount": "99.00"}}),
        answer({"items": []}),
    ),
    errors.CreatedByAnother: _submitted(
        problem(409, "already-exists", meta={"existing": {**CREATED, "metadata": {STAMP: BONUS.stamp()}}}),
        answer({"items": []}),
        creator=PAYROLL,
    ),
    errors.OutcomeUnknown: _submitted(problem(409, "already-exists"), *[answer({"items": []})] * 9),
    errors.OrchestrationMissing: _missing,
    errors.Stopped: _stopped,
    errors.StillInProgress: lambda: require_completed(Orchestration.model_validate(CREATED)),
    errors.WaitAborted: lambda: terminal_id({"error": "Paxos has returned no orchestration with this id for 60 s."}),
    errors.DestinationPending: _pending,
    errors.DestinationRejected: lambda: require_not_rejected([_saved("REJECTED")]),
    errors.RulePending: _not_active,
    errors.RuleConflict: _rule_conflict,
    errors.BatchIncomplete: _batch,
    errors.OrchestrationFailed: _ended("FAILED", "beneficiary bank returned the payment: account closed"),
    errors.OrchestrationRejected: _ended("REJECTED", "over the limit of the approver"),
}
BASES = {errors.PaxosError, errors.OrchestrationUnsuccessful}
"""Never raised themselves."""


def example(kind: type[PaxosError]) -> PaxosError:
    """Return the error that the code raises."""
    try:
        EXAMPLES[kind]()
    except PaxosError as error:
        return error
    raise AssertionError(f"no {kind.__name__} was raised")


def classes(of: type[PaxosError] = PaxosError) -> Iterator[type[PaxosError]]:
    """Yield a class and all below it."""
    yield of
    for each in of.__subclasses__():
        yield from classes(each)
