"""The example that sweeps deposits, while triggerers are killed and events are late, doubled and out of order."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.crashes.payment_run import PATIENCE
from tests.crashes.sweeping import (
    BOOKS,
    POLL_SECONDS,
    RULE,
    SECOND,
    TREASURY,
    Booked,
    ahead,
    booked,
    made_by_rule,
    next_run_of_the_clock,
    polls,
)

if TYPE_CHECKING:
    from tests.crashes.crash_site import CrashSite

DISORDER = {
    "event_lag_seconds": 1,
    "event_jitter_seconds": 10,
    "event_order": "arrival",
    "event_duplicates": "new_id",
    "settle_seconds": 1,
}
FOLDERS = {"COMPLETED": "booked", "FAILED": "needs_attention"}


@pytest.fixture(scope="module")
def treasury(shared_site: CrashSite) -> None:
    """Let Paxos have the profile that the rule's deposits are credited to."""
    shared_site.paxos.add_profile("treasury", TREASURY)


@pytest.fixture
def stormy(site: CrashSite, treasury: None) -> Iterator[CrashSite]:
    """The site with the rule, the example's Dag and a second watcher at work, and a Paxos with events in disorder."""
    before = site.paxos.settings()
    site.paxos.configure(**DISORDER)
    for dag_id in (BOOKS, SECOND):
        site.airflow.wait_for_dag(dag_id)
        site.airflow.api.set_paused(dag_id, False)
        # A watcher's trigger is made when Airflow reads the file of a Dag that is not paused.
        site.airflow.api.read_again(dag_id)
    yield site
    for dag_id in (BOOKS, SECOND):
        site.airflow.api.set_paused(dag_id, True)
    site.paxos.configure(**{name: before[name] for name in DISORDER})


def wait_for_polls(site: CrashSite, more: int) -> None:
    """Wait until Paxos' events were polled some more times."""
    wanted = len(polls(site)) + more
    site.airflow.wait(lambda: len(polls(site)) >= wanted, f"{more} polls", seconds=PATIENCE)


def storm(site: CrashSite, bursts: Sequence[int], *, kills: int, chance: random.Random) -> None:
    """Let deposits arrive, and kill the triggerer at random moments; then look at what was booked."""
    made_before, booked_before, polled_before = made_by_rule(site), booked(site), len(polls(site))
    site.run("sweep_rules", f"rules_{len(bursts)}").wait_for("success", "rules")
    wait_for_polls(site, 1)
    struck = set(chance.sample(range(len(bursts)), kills))
    for number, burst in enumerate(bursts):
        if number == 1:
            site.paxos.outcome("FAILED", reason="the chain refused it")
        site.paxos.deposit(RULE, f"{number + 1}.25", times=burst)
        wait_for_polls(site, chance.choice([0, 1, 2]))
        if number in struck:
            site.kill("triggerer")
            site.start("triggerer")
        wait_for_polls(site, chance.choice([0, 1, 4]))

    made = made_by_rule(site) - made_before
    assert len(made) == sum(bursts)
    site.airflow.wait(lambda: len(booked(site)) - len(booked_before) >= len(made), "the books", seconds=PATIENCE)
    new = {id_: each for id_, each in booked(site).items() if id_ not in booked_before}
    assert set(new) == made
    assert all(each.folder == FOLDERS[each.status] for each in new.values())
    assert Counter(each.status for each in new.values()) == {"COMPLETED": len(made) - 1, "FAILED": 1}
    require_in_time(site, new)
    require_booked_once(site, len(made) + len(booked_before))
    require_polls_of_one(site, polled_before, kills=kills)


def require_in_time(site: CrashSite, new: dict[str, Booked]) -> None:
    """Require that each was booked by the end of the first run of the clock that began after it had ended."""
    moved = ahead(site)
    ended = {id_: each.completed - moved for id_, each in new.items()}
    last = max(ended.values())
    api = site.airflow.api
    site.airflow.wait(
        lambda: next_run_of_the_clock(api.runs(BOOKS), last) is not None, "a run of the clock", seconds=PATIENCE
    )
    runs = api.runs(BOOKS)
    for id_, each in new.items():
        run = next_run_of_the_clock(runs, ended[id_])
        assert run is not None
        assert run.ended is not None
        assert each.written <= run.ended, f"{id_} was booked after {run}"


def require_booked_once(site: CrashSite, number: int) -> None:
    """Require that the runs together say so, of which events have started some and the clock others."""
    api = site.airflow.api
    counted: dict[str, int] = {}

    def enough() -> bool:
        for each in api.runs(BOOKS):
            if each.state == "success" and each.run_id not in counted:
                counts = api.xcom(BOOKS, each.run_id, "book_all", "return_value")
                counted[each.run_id] = sum(counts.values())
        return sum(counted.values()) >= number

    site.airflow.wait(enough, "the runs that have booked", seconds=PATIENCE)
    assert sum(counted.values()) == number
    assert {"asset_triggered", "scheduled"} <= {each.run_type for each in api.runs(BOOKS) if each.run_id in counted}


def require_polls_of_one(site: CrashSite, before: int, *, kills: int) -> None:
    """Require that the two watchers have polled as one does: from one poll to the next it pauses."""
    assert site.airflow.api.runs(SECOND), "the second watcher has rung"
    times = polls(site)[before:]
    # A new triggerer does not know when the last one has polled.
    too_soon = [
        later - earlier for earlier, later in pairwise(times) if (later - earlier).total_seconds() < POLL_SECONDS
    ]
    assert len(times) > 2 * kills
    assert len(too_soon) <= kills


def bursts_of(deposits: int, chance: random.Random) -> list[int]:
    """Return how many deposits arrive at once, time after time."""
    bursts: list[int] = []
    while (left := deposits - sum(bursts)) > 0:
        bursts.append(min(left, chance.choice([1, 5, 30])))
    return bursts


@pytest.mark.quick
def test_20_deposits_are_booked_once_though_the_triggerer_is_killed(stormy: CrashSite) -> None:
    storm(stormy, [1, 14, 5], kills=1, chance=random.Random(1))


def test_200_deposits_are_booked_once_though_the_triggerer_is_killed_five_times(stormy: CrashSite) -> None:
    chance = random.Random(os.environ.get("CHAOS_SEED", "1"))
    bursts = bursts_of(200, chance)
    storm(stormy, bursts, kills=5, chance=chance)
