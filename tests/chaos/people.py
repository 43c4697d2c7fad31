"""Histories of people: Dags whose lists, names, keys and dates change between runs, clears and retries.

The oracle is the list of invoices that were meant. Each has a number of its own, which travels in the metadata, where
no rule of the product looks at it; so the book of Paxos shows which invoice each orchestration pays.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from airflow_provider_paxos.api.errors import PaxosError
from airflow_provider_paxos.operators.orchestration import CreateOrchestrationOperator
from airflow_provider_paxos.operators.orchestration_batch import CreateOrchestrationBatchOperator
from airflow_provider_paxos.receipts import receipts_in
from airflow_provider_paxos.version_compat import AirflowFailException
from tests.chaos.invariants import violated
from tests.chaos.tally import TALLY
from tests.fake_paxos import Answer, FakePaxos
from tests.payments import PAYMENT
from tests.task_instance import TaskInstance, run

SHAPES = ("single", "mapped", "batch", "mapped batch")
TEMPLATES: dict[str, str | None] = {
    "default": None,
    "key": "pay-{{ key }}",
    "date and key": "pay-{{ ds }}-{{ key }}",
    "run and key": "pay-{{ run_id }}-{{ key }}",
}
AMOUNTS = ("10.00", "20.00")
DAG = "settlement"
_DESKS = st.tuples(st.sampled_from(SHAPES), st.sampled_from(tuple(TEMPLATES)))


@dataclass(frozen=True)
class Invoice:
    """A payment that somebody means.

    :param number: its identity; nothing but this model looks at it.
    :param key: its name in the author's list.
    """

    number: int
    key: str
    amount: str


@dataclass
class Run:
    """A run of the Dag: the list that the upstream task returns in it, which people change.

    :param only: the number of the invoice that a task for one payment pays in this run
    :param former_keys: of invoices that were taken off the list, or got another key
    """

    run_id: str
    ds: str
    invoices: list[Invoice] = field(default_factory=list)
    only: int | None = None
    former_keys: set[str] = field(default_factory=set)


@dataclass
class Desk:
    """A task that pays.

    :param shape: one of ``SHAPES``
    :param ref_id: one of ``TEMPLATES``
    """

    task_id: str
    shape: str
    ref_id: str
    runs: list[Run] = field(default_factory=list)

    @property
    def is_mapped(self) -> bool:
        """True if a position in a list distinguishes the task's instances."""
        return self.shape.startswith("mapped")

    def instances(self, run: Run) -> list[tuple[int, list[Invoice]]]:
        """Return the map index and the invoices of each task instance.

        A task for one payment means the same one in each attempt: it has no list.
        """
        invoices = run.invoices
        match self.shape:
            case "single":
                if run.only is None and invoices:
                    run.only = invoices[0].number
                return [(-1, [each]) for each in invoices if each.number == run.only]
            case "mapped":
                return [(index, [invoice]) for index, invoice in enumerate(invoices)]
            case "batch":
                return [(-1, invoices)]
        middle = (len(invoices) + 1) // 2
        return [(index, part) for index, part in enumerate((invoices[:middle], invoices[middle:])) if part]

    def meaning(self, run: Run, invoice: Invoice) -> tuple[str, ...] | None:
        """Return what the documentation says that a ref_id stands for; None where there is none.

        Two of them are two payments, even of one invoice: these are the rows of the README that say "yes".
        """
        key = "" if self.shape == "single" and self.ref_id == "default" else invoice.key
        match self.ref_id:
            case "default":
                return None if self.is_mapped else (self.task_id, run.run_id, key)
            case "key":
                return (key,)
            case "date and key":
                return (run.ds, key)
        return (run.run_id, key)


@dataclass(frozen=True)
class Maker:
    """The task instance that an orchestration was accepted from, and the key in its batch."""

    task_id: str
    run_id: str
    map_index: int
    key: str | None


class Outage(FakePaxos):
    """A Paxos whose answers are lost from some request on, though it does the work of that one."""

    lost_after: int | None = None

    def answer(self, *request: Any) -> Answer:
        """Answer, unless the answer is lost."""
        if self.lost_after is not None:
            self.lost_after -= 1
            if self.lost_after < 0:
                raise ConnectionResetError(104, "Connection reset by peer")
        answer = super().answer(*request)
        if self.lost_after == 0:
            raise ConnectionResetError(104, "Connection reset by peer")
        return answer


class People(RuleBasedStateMachine):
    """One history of what authors and operators do with two tasks that pay. After each change the task is cleared."""

    paxos: ClassVar[Outage]

    def __init__(self) -> None:
        super().__init__()
        self.paxos.book.clear()
        self.paxos.asked.clear()
        self.paxos.lost_after = None
        self.desks: list[Desk] = []
        self.makers: dict[str, Maker] = {}
        self.meant: dict[int, set[tuple[str, ...]]] = defaultdict(set)
        self._numbers = iter(range(1, 10**6))
        self._renamed = 0
        TALLY.count("histories", "of people")

    @initialize(
        desks=st.lists(st.tuples(st.sampled_from(SHAPES), st.sampled_from(tuple(TEMPLATES))), min_size=2, max_size=2)
    )
    def hire(self, desks: tuple[tuple[str, str], tuple[str, str]]) -> None:
        """Write two tasks, and start a run of each."""
        self.desks = [Desk(name, *desk) for name, desk in zip(("payroll", "bonus"), desks, strict=True)]
        for desk in self.desks:
            desk.runs = [Run("run-1", "2026-11-21", [self._new("a"), self._new("b")])]
        for of in range(len(self.desks)):
            self.execute(of, 0, None)

    @rule(of=st.integers(0, 1), next_day=st.booleans(), carried=st.sampled_from(("the same", "repeated", "new")))
    def start_run(self, of: int, next_day: bool, carried: str) -> None:
        """Start another run: with the same invoices by mistake, with keys that repeat, or with new ones."""
        desk = self.desks[of]
        last, number = desk.runs[-1], len(desk.runs) + 1
        invoices = list(last.invoices)
        if carried == "repeated":
            invoices = [replace(each, number=next(self._numbers)) for each in invoices]
        elif carried == "new":
            invoices = [self._new(amount=each.amount) for each in invoices]
        TALLY.count("people", f"a run with {carried} invoices")
        ds = f"2026-11-{20 + number}" if next_day else last.ds
        desk.runs.append(Run(f"run-{number}", ds, invoices))
        self.execute(of, 0, None)

    @rule(of=st.integers(0, 1), at=st.integers(0, 3), amount=st.sampled_from(AMOUNTS))
    def add(self, of: int, at: int, amount: str) -> None:
        """Let the list grow, at any place."""
        TALLY.count("people", "a list that grows")
        self._list(of).insert(at, self._new(amount=amount))
        self.execute(of, 0, None)

    @rule(of=st.integers(0, 1), at=st.integers(0, 3), amount=st.sampled_from(AMOUNTS))
    def add_with_a_key_in_use(self, of: int, at: int, amount: str) -> None:
        """Add an invoice under a key that the other task's list, or this one, holds.

        A key of an invoice that has left the list stands for that one in this run, as the documentation says.
        """
        former = self.desks[of].runs[-1].former_keys
        keys = [each.key for each in (*self._list(1 - of), *self._list(of)) if each.key.casefold() not in former]
        if keys:
            TALLY.count("people", "a key twice")
            self._list(of).append(Invoice(next(self._numbers), keys[at % len(keys)], amount))
            self.execute(of, 0, None)

    @rule(of=st.integers(0, 1), at=st.integers(0, 3))
    def remove(self, of: int, at: int) -> None:
        """Take an invoice off the list, unless another one has its key: then it would take its place."""
        invoices = self._list(of)
        if at < len(invoices) and Counter(each.key for each in invoices)[invoices[at].key] == 1:
            TALLY.count("people", "a list that shrinks")
            self.desks[of].runs[-1].former_keys.add(invoices[at].key.casefold())
            del invoices[at]
            self.execute(of, 0, None)

    @rule(of=st.integers(0, 1))
    def turn_round(self, of: int) -> None:
        """Sort the list otherwise."""
        TALLY.count("people", "a list in another order")
        self._list(of).reverse()
        self.execute(of, 0, None)

    @rule(of=st.integers(0, 1), at=st.integers(0, 3), change=st.sampled_from(("amount", "key", "case")))
    def edit(self, of: int, at: int, change: str) -> None:
        """Change an invoice of the list; not its key if another one has it, too: that would take its place."""
        invoices = self._list(of)
        if at >= len(invoices) or (change == "key" and [each.key for each in invoices].count(invoices[at].key) > 1):
            return
        TALLY.count("people", f"another {change}")
        each = invoices[at]
        changed = {"amount": {"amount": "30.00"}, "key": {"key": f"{each.key}-2"}, "case": {"key": each.key.swapcase()}}
        if change == "key":
            self.desks[of].runs[-1].former_keys.add(each.key.casefold())
        invoices[at] = replace(each, **changed[change])
        self.execute(of, 0, None)

    @rule(of=st.integers(0, 1))
    def rename(self, of: int) -> None:
        """Give a task another name."""
        TALLY.count("people", "a task renamed")
        self._renamed += 1
        self.desks[of].task_id = f"task_{self._renamed}"
        self.execute(of, 0, None)

    @rule(of=st.integers(0, 1), status=st.sampled_from(("COMPLETED", "FAILED")))
    def decide(self, of: int, status: str) -> None:
        """Let an orchestration come to its end."""
        for each in list(self.paxos.book.values())[of::2]:
            if each["status"] == "PROCESSING":
                each["status"] = status

    @precondition(lambda self: self.desks)
    @rule(of=st.integers(0, 1), back=st.integers(0, 1), outage=st.one_of(st.none(), st.none(), st.integers(1, 6)))
    def execute(self, of: int, back: int, outage: int | None) -> None:
        """Run a run, or clear one: its tasks are executed with the list as it is now."""
        desk = self.desks[of]
        run_of = desk.runs[-1 - min(back, len(desk.runs) - 1)]
        self.paxos.lost_after = outage
        silent: list[Invoice] = []
        failed: list[Invoice] = []
        for map_index, invoices in desk.instances(run_of):
            done = self._attempt(desk, run_of, map_index, invoices)
            if done is None:
                failed += invoices
            else:
                silent += [each for each in invoices if each.number not in done]
        self.paxos.lost_after = None
        loud = {each.key for each in failed}
        if lost := [each for each in silent if each.key not in loud]:
            raise violated("lost without a word", f"{lost}; {desk}; {self.paxos.book}")

    @invariant()
    def none_is_paid_twice(self) -> None:
        """Count the orchestrations of each invoice."""
        for number, paid in Counter(_number(each) for each in self.paxos.book.values()).items():
            if paid > len(self.meant[number]):
                raise violated("paid twice", f"invoice {number}: {self.meant[number]}; {self.paxos.book}")

    def teardown(self) -> None:
        """Count what the documentation allows."""
        for paid in Counter(_number(each) for each in self.paxos.book.values()).values():
            TALLY.count("invoices", "paid once" if paid == 1 else "paid again under another ref_id, as documented")

    def _attempt(self, desk: Desk, run_of: Run, map_index: int, invoices: list[Invoice]) -> set[int] | None:
        """Execute a task instance.

        :returns: the numbers of the invoices that are paid, or whose place a warning names; None if the task failed.
        """
        for invoice in invoices:
            if meaning := desk.meaning(run_of, invoice):
                self.meant[invoice.number].add(meaning)
        ti = TaskInstance(dag_id=DAG, run_id=run_of.run_id, task_id=desk.task_id, map_index=map_index)
        before = set(self.paxos.book)
        try:
            run(_operator(desk, invoices), ti, ds=run_of.ds)
        except (PaxosError, AirflowFailException) as error:
            TALLY.count("task instances", f"{desk.shape}: {type(error.__cause__ or error).__name__}")
            return None
        finally:
            self._note_makers(before, desk, run_of, map_index)
        TALLY.count("task instances", f"{desk.shape}: success")
        receipts = receipts_in(ti.xcom_pull(task_ids=ti.task_id, key="orchestration", map_indexes=map_index))
        return set(self._accounted_for(desk, run_of, map_index, invoices, receipts))

    def _note_makers(self, before: set[str], desk: Desk, run_of: Run, map_index: int) -> None:
        for orchestration_id in self.paxos.book.keys() - before:
            made = self.paxos.book[orchestration_id]
            key = made["metadata"]["key"] if "batch" in desk.shape else None
            self.makers[orchestration_id] = Maker(desk.task_id, run_of.run_id, map_index, key)

    def _accounted_for(
        self, desk: Desk, run_of: Run, map_index: int, invoices: list[Invoice], receipts: list[dict[str, Any]]
    ) -> Iterator[int]:
        for invoice, receipt in zip(invoices, receipts, strict=True):
            held, maker = self.paxos.book[receipt["id"]], self.makers[receipt["id"]]
            key = invoice.key if "batch" in desk.shape else None
            story = f"{invoice} of {desk} in {run_of} got {held}, made by {maker}"
            if (maker.task_id, maker.key) != (desk.task_id, key):
                raise violated("adopted from a stranger", story)
            if maker.run_id == run_of.run_id and maker.map_index != map_index:
                raise violated("adopted from a stranger", story)
            if (maker.run_id != run_of.run_id) != ("creator" in receipt):
                raise violated("creators that are not named", story)
            if held["source_amount"] != invoice.amount:
                raise violated("conflicts reported as success", story)
            if _number(held) == invoice.number or "creator" in receipt:
                yield invoice.number

    def _list(self, of: int) -> list[Invoice]:
        return self.desks[of].runs[-1].invoices

    def _new(self, key: str | None = None, amount: str = AMOUNTS[0]) -> Invoice:
        number = next(self._numbers)
        return Invoice(number, key or f"k{number}", amount)


def _number(orchestration: dict[str, Any]) -> int:
    return int(orchestration["metadata"]["invoice"])


def _operator(desk: Desk, invoices: list[Invoice]) -> CreateOrchestrationOperator | CreateOrchestrationBatchOperator:
    template = TEMPLATES[desk.ref_id]
    rows = [
        {**PAYMENT, "source_amount": each.amount, "metadata": {"invoice": str(each.number), "key": each.key}}
        for each in invoices
    ]
    if "batch" in desk.shape:
        return CreateOrchestrationBatchOperator(
            task_id=desk.task_id,
            payments=[{"key": each.key, **row} for each, row in zip(invoices, rows, strict=True)],
            ref_id=template,
            wait_for_completion=False,
        )
    named = {} if template is None else {"ref_id": template.replace("{{ key }}", invoices[0].key)}
    return CreateOrchestrationOperator(task_id=desk.task_id, **rows[0], **named)


def histories_of(paxos: Outage) -> Callable[[], People]:
    """Return the machine over a Paxos."""
    return type("HistoriesOfPeople", (People,), {"paxos": paxos})
