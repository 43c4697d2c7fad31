"""Shapes of what the JSON API of the web UI answers: values only, never markup. See ``routes`` for the routes.

All texts are as Paxos, a Dag's author or an error wrote them: whoever shows them must escape them. Amounts are exact
decimals as strings; times are RFC 3339 in UTC, or null. ``static/types.d.ts`` has the same names.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

Group = Literal["needs_attention", "in_progress", "repaired", "settled"]
Concern = Literal["failed", "rejected", "error", "approval", "late", "differs"]


class Task(BaseModel):
    """A task instance that holds a receipt."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    """-1 if it is not mapped."""
    dag_path: str
    """Of the Dag's page, for the UI's router: ``/dags/…``, every id encoded. Links outside of it need the base."""
    run_path: str
    task_path: str
    """Of the task instance's tab of this plugin."""
    instance_path: str
    """Of the task instance, whose log is there."""


class DifferingReceipt(BaseModel):
    """The newest receipt of another Dag, which shows other values of the same orchestration."""

    task: Task
    read_at: str | None
    label: str
    """Its status in words."""
    amount: str | None
    differs: list[str]
    """The API's names of the values that differ."""


class Reference(BaseModel):
    """Another payment, and the address of its page."""

    id: str | None
    ref_id: str | None
    label: str
    """Its status in words."""
    payment_path: str


class Receipt(BaseModel):
    """The newest receipt of one orchestration, or of one attempt that found none."""

    id: str | None
    """None for an attempt that was refused, or whose outcome is unknown."""
    ref_id: str | None
    key: str | None
    """Of a payment of a batch."""
    status: str
    """As Paxos answered it; ERROR for an attempt that found no orchestration; UNKNOWN without a status."""
    group: Group
    concern: Concern | None
    """Why it needs attention; None in the other groups."""
    label: str
    """Status and concern in words: Settled, Failed, Awaiting approval, In progress, …"""
    reason: str | None
    """Of a failure: Paxos' own words, or the error's."""
    amount: str | None
    source_asset: str | None
    destination_asset: str | None
    source: str | None
    """In words: ``profile 7b0c…``, and the name that people gave it, in parentheses."""
    destination: str | None
    created_at: str | None
    updated_at: str | None
    read_at: str | None
    """When it was read from Paxos. Of what is not terminal, show it: as of then."""
    adopted: bool | None
    creator: str | None
    """Of an adopted one, the task instance that created it, if that is another one; ``unknown`` without a stamp."""
    acceptance: str | None
    """What is known of the money: accepted, refused, unknown or not_sent; None in an older receipt."""
    dropped: bool
    """Whether it is a payment that is no longer in the list of its batch."""
    task: Task
    """Holds the newest receipt; in the tab of a task, the task of the tab."""
    read_by: Task
    """Holds the newest receipt, whose values are shown."""
    differing: list[DifferingReceipt]
    """Receipts of other Dags that show other values, as far as the user may see them; 5 at most."""
    related: list[Task]
    """Other tasks that touched the same orchestration, as far as the user may see them; 20 at most."""
    beside: list[Task]
    """Tasks that asked for another payment under the same ref_id; 20 at most."""
    replaces: Reference | None
    """The unsuccessful one that this one pays again."""
    replaced_by: Reference | None
    """The one that pays this unsuccessful one again."""
    payment_path: str
    """Of the payment's own page, for the UI's router."""


class TimelineEvent(BaseModel):
    """A point of an orchestration's time line."""

    name: Literal["created", "source", "destination", "end"]
    label: str
    state: Literal["done", "in_progress", "failed", "waiting", "unknown"]
    at: str | None
    detail: str | None
    """Of a transfer: its status and transfer id; of the end: the status."""


class ReceiptField(BaseModel):
    """One value of a receipt, under the API's name, nested names joined with a point."""

    name: str
    value: str


class Explanation(BaseModel):
    """Meaning of a payment's state for a person, in three parts."""

    happened: str
    money: str | None
    """What is known of the money."""
    advice: str | None
    """What can be done."""


class HistoryEvent(BaseModel):
    """One task's receipt of a payment."""

    at: str
    """When it was read from Paxos."""
    did: Literal["created", "adopted", "attempted", "read"]
    label: str
    """The status in words, as of then."""
    task: Task


class PersonsNote(BaseModel):
    """A note that somebody left in Airflow on a Dag run or a task instance."""

    task: Task
    of: Literal["run", "task"]
    text: str


class ReceiptDetails(Receipt):
    """A receipt with all that its task's tab shows."""

    timeline: list[TimelineEvent]
    """Created, source transfer, destination transfer, end, in this order; empty without an orchestration."""
    explanation: Explanation | None
    """None of what is settled."""
    history: list[HistoryEvent]
    """Newest first, 50 at most."""
    dashboard_url: str | None
    """Of the payment in Paxos' dashboard, if a task's connection has stated the pattern."""
    persons_notes: list[PersonsNote]
    """Of the tasks that hold a receipt, and of their runs, as far as the user may see them."""
    fields: list[ReceiptField]


class Total(BaseModel):
    """Orchestrations of one asset pair and status."""

    source_asset: str | None
    destination_asset: str | None
    status: str
    label: str
    group: Group
    concern: Concern | None
    count: int
    amount: str
    """Of the source asset, exact."""
    without_amount: int
    """Counted, but with no readable amount."""


class AssetAmounts(BaseModel):
    """Amounts of one source asset on one day."""

    asset: str
    settled: str
    in_progress: str
    failed: str


class Day(BaseModel):
    """Numbers and amounts of the orchestrations of one day."""

    day: str
    settled: int
    in_progress: int
    failed: int
    amounts: list[AssetAmounts]


class ProfileFlow(BaseModel):
    """Amounts of one asset that left a profile and reached it, settled."""

    profile: str
    name: str | None
    """That people gave it."""
    asset: str
    out: str
    into: str
    """The source amount, too: Paxos publishes no other one."""


class GroupCounts(BaseModel):
    """Number of orchestrations in each group."""

    needs_attention: int = 0
    in_progress: int = 0
    repaired: int = 0
    settled: int = 0


class StatusFacet(BaseModel):
    """A status that can be filtered by."""

    status: str
    label: str
    """In words."""


class Facets(BaseModel):
    """Values that can be filtered by, among all that the user may see."""

    dag_ids: list[str]
    assets: list[str]
    statuses: list[StatusFacet]


class Notes(BaseModel):
    """Limits of the answer: what could not be read, and what was left out."""

    unreadable: int
    """XComs that hold no receipt: a custom XCom backend keeps their values elsewhere, or another writer left them."""
    complete: bool
    """False if only the newest XComs were read."""
    xcoms_read: int
    as_of: str
    """When the database was read."""


class Listed(BaseModel):
    """A page of a list, and the sums of the whole list."""

    total_items: int
    offset: int
    limit: int
    groups: GroupCounts
    """Of the page: also of the groups that are filtered out."""
    totals: list[Total]
    notes: Notes
    live: bool
    """True if a status of what is listed may still change, or the run has not ended."""


class Overview(Listed):
    """The page. All but ``facets`` are of what is filtered."""

    items: list[Receipt]
    days: list[Day]
    """Contiguous, oldest first, 92 at most; in the zone that was asked for."""
    profiles: list[ProfileFlow]
    facets: Facets


class RunReceipts(Listed):
    """The tab of a Dag run. ``items`` are in order: what needs attention, what is in progress, what is settled."""

    items: list[Receipt]


class TaskReceipts(Listed):
    """The tab of a task instance: one item, or the payments of a batch."""

    items: list[ReceiptDetails]
    run_groups: GroupCounts
    """Of all payments of the Dag run."""


class PaymentReceipts(Listed):
    """The page of one payment: one item, or all that were asked for under one ref_id."""

    items: list[ReceiptDetails]


class ReconciliationException(BaseModel):
    """A mismatch between what was meant, what Airflow has and what Paxos has."""

    kind: str
    """Its class: ``missing``, ``differs``, …"""
    what: str
    what_to_do: str | None
    ref_id: str | None
    id: str | None
    profile_id: str | None
    asset: str | None
    amount: str | None
    status: str | None
    payment_path: str | None
    """Of the payment's page; None for an exception about no payment."""


class ReconciliationTotal(BaseModel):
    """The amounts of one asset of one profile in each book; None for a book that is not there."""

    profile_id: str
    asset: str
    meant: str | None
    paxos: str | None
    completed: str | None
    transferred: str | None
    reported: str | None
    fees: str | None


class ReconciliationReport(BaseModel):
    """The summary that a reconciliation has left."""

    task: Task
    written_at: str
    clean: bool
    complete: bool
    """False if something was not read: such a report is never clean."""
    environment: str | None
    since: str | None
    until: str | None
    orchestrations: int
    exceptions: int
    """How many there are; ``first_exceptions`` holds 100 of them at most."""
    incomplete: list[str]
    not_checked: list[str]
    files: list[str]
    first_exceptions: list[ReconciliationException]
    totals: list[ReconciliationTotal]


class Reconciliations(BaseModel):
    """The newest reports, newest first."""

    items: list[ReconciliationReport]
    unreadable: int
    """XComs that hold no summary: a custom XCom backend keeps their values elsewhere, or another writer left them."""
    live: bool
    """Always False: a report does not change."""
