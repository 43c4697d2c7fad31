"""Histories of repairs: people repair at once, clear, change and start again, while answers get lost.

The real operator runs, in process, against a Paxos that loses answers, lags behind with its list, and lets another run
of the operator happen between any two requests.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import NAMESPACE_URL, uuid5

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from airflow_provider_paxos.api.errors import NotRepairable, PaxosError, RefIdConflict
from airflow_provider_paxos.hooks.connection import forget_shared
from airflow_provider_paxos.operators.repair import RepairOrchestrationsOperator
from airflow_provider_paxos.version_compat import AirflowFailException
from tests.chaos.invariants import LOST, violated
from tests.chaos.people import Outage
from tests.chaos.tally import TALLY
from tests.fake_paxos import Answer
from tests.payments import PAYMENT, profile
from tests.task_instance import TaskInstance, run

PAYMENTS = ("settle-1", str(uuid5(NAMESPACE_URL, "settle-2")), "room-r1")
STRANGER = "room-r2"
"""The ref_id of another payment of equal content, which would be the next one of ``room-r1``."""

STATUSES = ("PROCESSING", "COMPLETED", *LOST)
CHANGES: dict[str, dict[str, Any] | None] = {
    "none": None,
    "elsewhere": {"destination": profile("profile-c")},
    "less": {"source_amount": "99.00"},
}
DAGS = ("repair", "mend")
LIVELY = st.sampled_from(("FAILED", "FAILED", "FAILED", "REJECTED", "COMPLETED"))


@dataclass(frozen=True)
class Wish:
    """A run of a Dag that repairs one payment, as its form was filled in.

    :param number: of the run
    :param ref_id: of any link of a chain
    :param change: one of ``CHANGES``
    """

    dag_id: str
    number: int
    ref_id: str
    change: str


@dataclass(frozen=True)
class Disturbance:
    """What happens while a run is executed.

    :param lost_after: from that request on, no answer arrives
    :param overtaken_at: before that request another run is executed
    """

    lost_after: int | None = None
    overtaken_at: int | None = None


QUIET = Disturbance()
disturbances = st.one_of(
    st.just(QUIET),
    st.builds(
        Disturbance,
        lost_after=st.one_of(st.none(), st.integers(1, 8)),
        overtaken_at=st.one_of(st.none(), st.integers(0, 6)),
    ),
)


class Overtaken(Outage):
    """A Paxos that lets something happen before one of its requests."""

    overtaken_at: int | None = None
    overtake: Callable[[], object]

    def answer(self, *request: Any) -> Answer:
        """Answer, perhaps after something else."""
        _, url, *_ = request
        # Whoever fetches a token holds a lock, which another process would not wait for.
        if self.overtaken_at is not None and not url.endswith("/token"):
            self.overtaken_at -= 1
            if self.overtaken_at < 0:
                self.overtaken_at = None
                self.overtake()
        return super().answer(*request)


class Repairs(RuleBasedStateMachine):
    """One history. Each rule that executes a run may be disturbed by an outage, and by another run."""

    paxos: ClassVar[Overtaken]

    def __init__(self) -> None:
        super().__init__()
        # No time passes here: without it, the rate limit of all histories together would be used up.
        forget_shared()
        paxos = self.paxos
        paxos.book.clear()
        paxos.asked.clear()
        paxos.unlisted.clear()
        # The same tokens in each history: for each new one, Airflow's masking compiles a pattern of all before it.
        paxos.minted = 0
        paxos.lost_after = paxos.overtaken_at = None
        self.wishes: list[Wish] = []
        TALLY.count("histories", "of repairs")

    @initialize(statuses=st.lists(LIVELY, min_size=len(PAYMENTS), max_size=len(PAYMENTS)))
    def pay(self, statuses: list[str]) -> None:
        """Let payments be there, and a stranger."""
        for number, (ref_id, status) in enumerate(zip(PAYMENTS, statuses, strict=True), 1):
            self.paxos.add(number, ref_id=ref_id, status=status)
        self.paxos.add(len(PAYMENTS) + 1, ref_id=STRANGER, status="COMPLETED")

    @rule(
        dag_id=st.sampled_from(DAGS),
        payment=st.sampled_from((*PAYMENTS, PAYMENTS[0], PAYMENTS[0], PAYMENTS[1])),
        link=st.integers(0, 2),
        changes=st.tuples(*[st.sampled_from(("none", "none", *CHANGES))] * 2),
        disturbance=disturbances,
    )
    def repair(self, dag_id: str, payment: str, link: int, changes: tuple[str, str], disturbance: Disturbance) -> None:
        """Start a run that repairs a payment; perhaps another one starts in the middle of it."""
        links = self._chain(payment)
        wish = Wish(dag_id, len(self.wishes) + 1, links[min(link, len(links) - 1)]["ref_id"], changes[0])
        other = Wish(DAGS[0], len(self.wishes) + 2, payment, changes[1])
        self.wishes += [wish, other]
        self._disturbed(wish, disturbance, lambda: self._execute(other))

    @precondition(lambda self: self.wishes)
    @rule(which=st.integers(0, 9), rival=st.integers(0, 9), disturbance=disturbances)
    def clear(self, which: int, rival: int, disturbance: Disturbance) -> None:
        """Execute a run again; perhaps another one, or the same one, is cleared in the middle of it."""
        TALLY.count("repairs", "runs cleared")
        wish, other = (self.wishes[number % len(self.wishes)] for number in (which, rival))
        self._disturbed(wish, disturbance, lambda: self._execute(other))

    @rule(which=st.integers(0, 9), status=LIVELY)
    def decide(self, which: int, status: str) -> None:
        """Let an orchestration come to its end."""
        going_on = [each for each in self.paxos.book.values() if each["status"] == "PROCESSING"]
        if going_on:
            going_on[which % len(going_on)]["status"] = status

    @rule(lags=st.booleans())
    def lag(self, lags: bool) -> None:
        """Let the list lag behind: it does not show what was created last."""
        self.paxos.unlisted.clear()
        if lags:
            TALLY.count("repairs", "lists that lag")
            self.paxos.unlisted.update(list(self.paxos.book)[-2:])

    @invariant()
    def at_most_one_of_a_chain_has_not_failed(self) -> None:
        """Judge the chains, by what their links say of themselves."""
        for ref_id in PAYMENTS:
            links = self._chain(ref_id)
            live = [each for each in links if each["status"] not in LOST]
            if len(live) > 1:
                raise violated("chains that pay twice", str(links))
            if live and live[0] is not links[-1]:
                raise violated("repairs of what had not failed", str(links))
            makers = Counter(each["metadata"]["airflow_creator"] for each in links[1:])
            if makers and max(makers.values()) > 1:
                raise violated("repairs that pay more than once", str(links))

    @invariant()
    def every_orchestration_is_of_a_chain(self) -> None:
        """Judge what was created beside the chains."""
        known = {each["id"] for ref_id in PAYMENTS for each in self._chain(ref_id)}
        for each in self.paxos.book.values():
            if each["id"] not in known and each["ref_id"] != STRANGER:
                raise violated("unexplained", str(each))

    def teardown(self) -> None:
        """End well: once nothing goes wrong any more, a new run repairs what has failed, and refuses the rest.

        It does so where a run has been before: on the other chains, nothing has happened.
        """
        self.paxos.unlisted.clear()
        named = {wish.ref_id for wish in self.wishes}
        for payment in PAYMENTS if self.paxos.book else ():
            before = self._chain(payment)
            if named.isdisjoint(each["ref_id"] for each in before):
                continue
            wish = Wish("at last", len(self.wishes) + 1, payment, "none")
            outcome = self._execute(wish)
            self.at_most_one_of_a_chain_has_not_failed()
            refused = isinstance(outcome, Exception) and isinstance(outcome.__cause__, NotRepairable)
            repairable = payment != PAYMENTS[2] and (len(before) > 1 or before[0]["status"] in LOST)
            if refused == repairable or (isinstance(outcome, Exception) and not refused):
                raise violated("unresolved", f"{before}: {outcome!r}")
            TALLY.count("repairs", f"chains of {len(self._chain(payment))}")

    def _disturbed(self, wish: Wish, disturbance: Disturbance, deed: Callable[[], object]) -> None:
        paxos = self.paxos

        def overtake() -> None:
            lost_after, paxos.lost_after = paxos.lost_after, None
            TALLY.count("repairs", "runs overtaken by another")
            deed()
            paxos.lost_after = lost_after

        paxos.lost_after, paxos.overtaken_at, paxos.overtake = (
            disturbance.lost_after,
            disturbance.overtaken_at,
            overtake,
        )
        self._execute(wish)
        paxos.lost_after = paxos.overtaken_at = None

    def _execute(self, wish: Wish) -> Any:
        """Execute a run; return its result, or its error."""
        changes = {wish.ref_id: change} if (change := CHANGES[wish.change]) else None
        task = RepairOrchestrationsOperator(
            task_id="repair", ref_ids=[wish.ref_id], changes=changes, wait_for_completion=False
        )
        ti = TaskInstance(dag_id=wish.dag_id, run_id=f"run-{wish.number}", task_id="repair")
        try:
            (record,) = run(task, ti)
        except (PaxosError, AirflowFailException) as error:
            TALLY.count("repairs", f"ended by {type(error.__cause__ or error).__name__}")
            if isinstance(error.__cause__, RefIdConflict) and "exists with" not in str(error):
                raise violated("untrue conflicts", str(error)) from error
            return error
        self._judge(wish, record)
        return record

    def _judge(self, wish: Wish, record: dict[str, Any]) -> None:
        held = self.paxos.book[record["id"]]
        chains = [self._chain(ref_id) for ref_id in PAYMENTS]
        (links,) = [links for links in chains if wish.ref_id in [each["ref_id"] for each in links]]
        story = f"{wish} got {record}: {links}"
        if held not in links[1:]:
            raise violated("adopted from a stranger", story)
        if record["status"] in LOST:
            raise violated("lost payments reported as success", story)
        before = links[links.index(held) - 1]
        asked = {**{name: before[name] for name in PAYMENT}, **(CHANGES[wish.change] or {})}
        if wish.change != "none" and asked != {name: held[name] for name in PAYMENT}:
            raise violated("conflicts reported as success", story)
        TALLY.count("repairs", "adopted" if "creator" in record else "paid, or found by the same run")

    def _chain(self, ref_id: str) -> list[dict[str, Any]]:
        """Return a payment and those that replace it, by their metadata alone."""
        following: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for each in self.paxos.book.values():
            following[each["metadata"].get("replaces", "")].append(each)
        links = [each for each in following[""] if each["ref_id"] == ref_id]
        while after := following[links[-1]["ref_id"]]:
            if len(after) > 1:
                raise violated("chains that pay twice", str(after))
            links += after
        return links


def repairs_at(paxos: Overtaken) -> Callable[[], Repairs]:
    """Return the machine over a Paxos."""
    return type("HistoriesOfRepairs", (Repairs,), {"paxos": paxos})
