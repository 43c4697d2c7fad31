"""Histories: submits, faults, crashes, rivals and time, in any order, each step judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from airflow_provider_paxos.api.errors import (
    CreatedByAnother,
    InsufficientFunds,
    OrchestrationUnsuccessful,
    OutcomeUnknown,
    PaxosError,
    RefIdConflict,
)
from airflow_provider_paxos.emulator.lifecycle import AlreadyTerminal
from airflow_provider_paxos.emulator.settings import EmulatorSettings
from tests.chaos.callers import Attempt, Caller, Crashed, Interruption, Triggerer, Worker
from tests.chaos.invariants import Invariants, violated
from tests.chaos.payments import REF_IDS, Payment, payments
from tests.chaos.tally import TALLY
from tests.chaos.troubles import Trouble, troubles
from tests.chaos.wire import InProcess, Wire

KINDS: dict[str, type[Caller]] = {"worker": Worker, "triggerer": Triggerer}
UNPAYABLE = ("too many decimals", "a stranger's profile", "a float")

kinds = st.sampled_from(tuple(KINDS))
interruptions = st.builds(Interruption, step=st.integers(0, 12), after=st.booleans())
surroundings = st.fixed_dictionaries(
    {
        "conflict_shape": st.sampled_from(("whole", "partial", "none")),
        "list_lag_seconds": st.sampled_from((0, 0.3, 3, 20)),
        "list_key": st.sampled_from(("items", "former", "both")),
        "problem_style": st.sampled_from(("developer", "api")),
        "problem_media": st.sampled_from(("problem", "json")),
        "normalize_amounts": st.booleans(),
        "token_lifetime": st.sampled_from((3599, 10, 1, 0)),
        "rate_limits": st.booleans(),
        # So few that a throttle comes about by itself.
        "api_rate": st.sampled_from((50, 0.02)),
    }
)


class Histories(RuleBasedStateMachine):
    """One history, over a wire that lives longer."""

    wire: ClassVar[Wire]

    def __init__(self) -> None:
        super().__init__()
        self.wire.begin()
        self.checks = Invariants(self.wire.paxos, self.wire.twins)
        self.callers = {name: kind(self.wire) for name, kind in KINDS.items()}
        TALLY.count("histories", "over real HTTP" if self.wire.real else "in process")

    @initialize(changes=surroundings)
    def begin(self, changes: dict[str, object]) -> None:
        """Decide how the emulator is."""
        self.wire.paxos.settings = self.wire.paxos.settings.changed(changes)

    @rule(kind=kinds, payment=payments, faults=st.lists(troubles, max_size=3))
    def submit(self, kind: str, payment: Payment, faults: list[Trouble]) -> None:
        """Submit, with faults."""
        self._order(faults)
        self._judged(kind, payment)

    @rule(kind=kinds, payment=payments, faults=st.lists(troubles, max_size=2), at=interruptions)
    def crash(self, kind: str, payment: Payment, faults: list[Trouble], at: Interruption) -> None:
        """Submit, and crash at a step."""

        def happen() -> None:
            raise Crashed

        self._order(faults)
        try:
            self._judged(kind, payment, at, happen)
        except Crashed:
            TALLY.count("callers", f"{kind} crashed")
            self.restart(kind)

    @rule(kind=kinds, payment=payments, rival=payments, faults=st.lists(troubles, max_size=2), at=interruptions)
    def overtake(self, kind: str, payment: Payment, rival: Payment, faults: list[Trouble], at: Interruption) -> None:
        """Submit, and let another process submit between two steps."""

        def happen() -> None:
            TALLY.count("callers", f"{kind} overtaken by another")
            other = Worker(self.wire)
            self._judge(other, "rival", rival)
            other.stop()

        self._order(faults)
        self._judged(kind, payment, at, happen)

    @rule(seconds=st.sampled_from((0.1, 1, 5, 61, 301, 4000)))
    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.wire.sleep(seconds)
        self.wire.paxos.run_due_steps()

    @rule()
    def revoke_tokens(self) -> None:
        """Make all tokens worthless."""
        TALLY.count("faults", "tokens revoked")
        self.wire.paxos.tokens.revoke()

    @rule(ref_id=st.sampled_from(REF_IDS), status=st.sampled_from(("COMPLETED", "FAILED", "REJECTED", "ON_HOLD")))
    def decide(self, ref_id: str, status: str) -> None:
        """Let an orchestration come to a status, a new one included."""
        paxos = self.wire.paxos
        if held := paxos.store.by_ref_id(ref_id):
            try:
                paxos.store.set_status(held, status, None, paxos.clock.now())
            except AlreadyTerminal:
                return

    @rule(kind=kinds)
    def restart(self, kind: str) -> None:
        """Start a process again, from nothing."""
        TALLY.count("callers", f"{kind} started again")
        self.callers[kind].stop()
        self.callers[kind].start()

    @invariant()
    def books_are_right(self) -> None:
        """Judge the book and the ledger after every step."""
        self.checks.books_are_right()

    def teardown(self) -> None:
        """End well: once nothing goes wrong any more, every payment that was asked for comes to a definite end."""
        wire = self.wire
        wire.settle()
        wire.calm()
        first = EmulatorSettings()
        wire.paxos.settings = first
        wire.sleep(4000)
        self.checks.books_are_right()
        resolver = Worker(wire)
        for payment in dict.fromkeys(attempt.payment for attempt in list(self.checks.attempts.values())):
            self._resolve(resolver, payment)
        self.checks.books_are_right()
        TALLY.count("histories", "orchestrations accepted", len(wire.paxos.store.orchestrations))
        for entry in wire.paxos.journal.entries:
            TALLY.count("histories", "requests that arrived")
            if entry.fault:
                TALLY.count("faults", entry.fault)
        for caller in (resolver, *self.callers.values()):
            caller.stop()

    def _resolve(self, resolver: Worker, payment: Payment) -> None:
        held = self.wire.paxos.store.by_ref_id(payment.ref_id)
        outcome = self._judge(resolver, "resolver", payment)
        if held is None:
            fair = outcome is None or isinstance(outcome, InsufficientFunds | OrchestrationUnsuccessful)
            fair = fair or payment.variant in UNPAYABLE
        elif payment.variant == "a float":
            fair = outcome is not None
        elif payment.differs_from(held):
            fair = isinstance(outcome, RefIdConflict)
        elif not payment.missing_in(held) and self.checks.is_strange(payment, held):
            fair = isinstance(outcome, CreatedByAnother)
        elif missing := payment.missing_in(held):
            # Not shown is not known, even when nothing goes wrong: the error names what is missing.
            fair = isinstance(outcome, OutcomeUnknown) and all(path in str(outcome) for path in missing)
        else:
            fair = outcome is None or isinstance(outcome, OrchestrationUnsuccessful)
        if not fair:
            raise violated("unresolved", f"{payment}: {outcome!s}; the book has {held}")

    def _order(self, faults: list[Trouble]) -> None:
        for trouble in faults:
            self.wire.order(trouble)

    def _judged(
        self,
        kind: str,
        payment: Payment,
        at: Interruption | None = None,
        happen: Callable[[], None] = lambda: None,
    ) -> None:
        self._judge(self.callers[kind], kind, payment, at, happen)

    def _judge(
        self,
        caller: Caller,
        name: str,
        payment: Payment,
        at: Interruption | None = None,
        happen: Callable[[], None] = lambda: None,
    ) -> PaxosError | None:
        attempt = Attempt(len(self.checks.attempts) + 1, payment, began=self.wire.now())
        replays = self.wire.replays
        self.checks.attempts[attempt.number] = attempt
        TALLY.count("submits", name)
        try:
            submitted = caller.submit(attempt, at, happen)
        except PaxosError as error:
            self.wire.settle() if self.wire.real else None
            attempt.replayed = self.wire.replays > replays
            TALLY.count("outcomes", type(error).__name__)
            TALLY.count("reported of the money", error.acceptance.name)
            self.checks.failed(attempt, error)
            return error
        attempt.replayed = self.wire.replays > replays
        TALLY.count("outcomes", "adopted" if submitted.adopted else "created")
        self.checks.succeeded(attempt, submitted)
        return None


def over(wire: Wire) -> type[Histories]:
    """Return the machine over a wire."""
    return type("HistoriesOver" + type(wire).__name__, (Histories,), {"wire": wire})


def in_process() -> type[Histories]:
    """Return the machine over a wire without sockets."""
    return over(InProcess())
