"""What the JSON API of the web UI answers: values only, never markup. See ``api`` for the routes.

All texts are as Paxos, a Dag's author or an error told them: whoever shows them must escape them. Amounts are exact
decimals as strings; times are RFC 3339 in UTC, or null.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

Group = Literal["needs_attention", "in_progress", "settled"]
Concern = Literal["failed", "rejected", "error", "approval", "late"]


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


class Receipt(BaseModel):
    """One orchestration as last known, or one attempt that knows of none."""

    id: str | None
    """None for an attempt that was refused, or whose outcome is unknown."""
    ref_id: str | None
    key: str | None
    """Of a payment of a batch."""
    status: str
    """As Paxos told it; ERROR for an attempt that knows of no orchestration; UNKNOWN where none was told."""
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
    """In words: ``profile 7b0c…``."""
    destination: str | None
    created_at: str | None
    updated_at: str | None
    read_at: str | None
    """When Paxos told it. Of what is not at its end, show it: as of then."""
    adopted: bool | None
    task: Task
    """Whose receipt is the newest."""
    related: list[Task]
    """Other tasks that touched the same orchestration, as far as the reader may see them; 20 at most."""


class Event(BaseModel):
    """A point of an orchestration's time line."""

    name: Literal["created", "source", "destination", "end"]
    label: str
    state: Literal["done", "in_progress", "failed", "waiting", "unknown"]
    at: str | None
    detail: str | None
    """Of a transfer: its status and transfer id; of the end: the status."""


class Field(BaseModel):
    """One value of a receipt, under the API's name, nested names joined with a point."""

    name: str
    value: str


class WholeReceipt(Receipt):
    """A receipt with all that its task's tab shows."""

    timeline: list[Event]
    """Created, source transfer, destination transfer, end, in this order; empty without an orchestration."""
    advice: str | None
    """What it means and what can be done: the error's own text."""
    fields: list[Field]


class Total(BaseModel):
    """Orchestrations of one asset pair and status."""

    source_asset: str | None
    destination_asset: str | None
    status: str
    label: str
    group: Group
    count: int
    amount: str
    """Of the source asset, exact."""
    without_amount: int
    """Counted, but with no readable amount."""


class Day(BaseModel):
    """What ended on one day, in UTC."""

    day: str
    settled: int
    failed: int


class Groups(BaseModel):
    """How many are at each group."""

    needs_attention: int = 0
    in_progress: int = 0
    settled: int = 0


class Facets(BaseModel):
    """What can be filtered by, among all that the reader may see."""

    dag_ids: list[str]
    assets: list[str]
    statuses: list[str]


class Notes(BaseModel):
    """What keeps the answer from being the whole truth."""

    unreadable: int
    """XComs that hold no receipt: a custom XCom backend keeps their values elsewhere, or another writer left them."""
    complete: bool
    """False if only the newest XComs were looked at."""
    looked_at: int
    """XComs that were looked at."""
    as_of: str
    """When the database was read."""


class _Listed(BaseModel):
    """One part of a list, and what sums up all of it."""

    total_items: int
    offset: int
    limit: int
    groups: Groups
    totals: list[Total]
    notes: Notes


class Overview(_Listed):
    """The page. All but ``facets`` are of what is filtered."""

    items: list[Receipt]
    days: list[Day]
    """Contiguous, oldest first, 92 at most; empty if nothing has ended."""
    facets: Facets


class Run(_Listed):
    """The tab of a Dag run. ``items`` are in order: what needs attention, what is in progress, what is settled."""

    items: list[Receipt]


class TaskReceipts(_Listed):
    """The tab of a task instance: one item, or those of a batch."""

    items: list[WholeReceipt]
