"""A day with 100,000 waiting orchestrations in a few minutes: ``python -m benchmarks.simulation``.

Runs the real shared poller, the real flow of a request and the real rate limiter on a virtual clock, against a
modelled Paxos with Paxos' rate limits: what the triggerer would do, without the network, JSON and Airflow.

Bank payments that take one to three days are most of what waits: as many are in progress at the beginning as there will
be at the end. Throughout the day, most of it in business hours, a batch arrives every five minutes: conversions (about
6 s), transfers on a blockchain (two minutes to three hours) and further bank payments.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from airflow_provider_paxos.api.snapshot import Snapshot
from airflow_provider_paxos.triggers.pollers import Pollers
from airflow_provider_paxos.waiting.waiter import Waiter
from airflow_provider_paxos.waiting.watch import Watch
from benchmarks.modelled_paxos import START, ModelledSource, Paxos, Payment
from benchmarks.own_memory import peak
from tests.virtual_time import run

HOUR, DAY = 3600.0, 86400.0
WINDOW = 300
"""Seconds over which Paxos averages."""

EVERY = 300.0
"""Seconds from one batch to the next."""

CONVERSION, CRYPTO, BANK = "conversion", "blockchain", "bank"
SHARES = {CONVERSION: 0.5, CRYPTO: 0.2, BANK: 0.3}
IN_BUSINESS_HOURS = 0.8
CREATES_PER_SECOND = 160.0
"""Of one task, with 16 requests at once that take 0.1 s."""


@dataclass
class Day:
    """A simulated day.

    :param waiting: orchestrations that wait from the beginning.
    :param arriving: orchestrations that are created in the course of a day.
    :param interval: seconds from one poll to the next; None for what the age of each asks for.
    :param rate: requests per second, as on a connection.
    """

    waiting: int
    arriving: int
    interval: float | None
    rate: float
    seconds: float
    random: Random = field(default_factory=lambda: Random(1))  # noqa: S311 - no secret
    made: Counter[str] = field(default_factory=Counter)

    async def pass_by(self) -> Paxos:
        """Let the day pass, and return what Paxos has seen."""
        loop = asyncio.get_running_loop()
        self.paxos = paxos = Paxos(loop.time)
        pollers = Pollers(lambda _: ModelledSource(paxos, self.rate), wall=lambda: START.timestamp() + loop.time())
        tasks = {loop.create_task(self._wait(pollers, batch)) for batch in self._from_before()}
        while loop.time() < self.seconds:
            ids = await self._submit()
            tasks.add(loop.create_task(self._wait(pollers, ids)))
            await asyncio.sleep(EVERY - loop.time() % EVERY)
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome
        return paxos

    async def _wait(self, pollers: Pollers, ids: list[str]) -> None:
        """Wait as ``OrchestrationTrigger`` does."""
        waiter = Waiter(Watch(ids=ids, clock=asyncio.get_running_loop().time), self.interval)
        async with pollers.polling("paxos_default", waiter):
            while not waiter.finished:
                await waiter.log_lines()
        if waiter.error:
            raise RuntimeError(waiter.error)

    def _from_before(self) -> Iterator[list[str]]:
        for first in range(0, self.waiting, 1000):
            batch = []
            for _ in range(first, min(first + 1000, self.waiting)):
                lifetime = self._lifetime(BANK)
                created = -self.random.random() * lifetime
                batch.append(self._payment(BANK, created, lifetime))
            yield batch

    async def _submit(self) -> list[str]:
        """Create the payments of one batch, as a task does, and return their ids."""
        hour = asyncio.get_running_loop().time() % DAY / HOUR
        a_day = IN_BUSINESS_HOURS if 8 <= hour < 18 else 1 - IN_BUSINESS_HOURS
        hours = 10 if 8 <= hour < 18 else 14
        ids = []
        for _ in range(round(self.arriving * a_day / hours / (HOUR / EVERY))):
            rail = self.random.choices(list(SHARES), list(SHARES.values()))[0]
            self.paxos.admit("POST")
            ids.append(self._payment(rail, asyncio.get_running_loop().time(), self._lifetime(rail)))
            await asyncio.sleep(1 / CREATES_PER_SECOND)
        return ids

    def _lifetime(self, rail: str) -> float:
        if rail == CONVERSION:
            return self.random.lognormvariate(1.8, 0.3)
        return self.random.uniform(120, 3 * HOUR) if rail == CRYPTO else self.random.uniform(DAY, 3 * DAY)

    def _payment(self, rail: str, created: float, lifetime: float) -> str:
        self.made[rail] += 1
        payment_id = f"{rail}-{self.made[rail]}"
        payment_state = Snapshot(payment_id, None, "PROCESSING", None, START + timedelta(seconds=created))
        now = asyncio.get_running_loop().time()
        self.paxos.create(payment_id, Payment(rail, created, created + lifetime, payment_state, self.interval, now))
        return payment_id


def report(day: Day, paxos: Paxos) -> Iterator[str]:
    """Yield the lines of the report, as Markdown."""
    yield "| | |"
    yield "| --- | --- |"
    yield f"| waiting at once, most | {paxos.most_waiting:,} |"
    yield f"| created meanwhile | {sum(paxos.requests['POST'].values()):,} |"
    total = sum(paxos.requests["GET"].values())
    yield f"| requests to poll | {total:,}, {total / day.seconds:.1f} a second |"
    for method, what in (("GET", "to poll"), ("POST", "to create")):
        yield f"| requests {what}, most in five minutes | {busiest(paxos.requests[method]):.1f} a second of 50 |"
    yield f"| answers 429 | {paxos.refused} |"
    for rail, delays in sorted(paxos.delays.items()):
        delays.sort()
        p50, p95, longest = (delays[int(share * (len(delays) - 1))] for share in (0.5, 0.95, 1))
        delay = f"p50 {p50:.1f} s, p95 {p95:.1f} s, longest {longest:.1f} s, of {len(delays):,}"
        yield f"| from the terminal status to its poll, {rail} | {delay} |"
    for rail, late in sorted(paxos.overdue.items()):
        yield f"| longest without a poll, {rail} | {paxos.gaps[rail]:.1f} s; never more than {late:.1f} s overdue |"


def busiest(by_second: Counter[int]) -> float:
    """Return the requests per second of the five minutes that had most of them."""
    window = most = 0
    for second in range(max(by_second, default=0) + 1):
        window += by_second[second] - by_second[second - WINDOW]
        most = max(most, window)
    return most / WINDOW


def main() -> None:
    """Simulate, and print the report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulation", description=__doc__)
    parser.add_argument("--waiting", type=int, default=100_000)
    parser.add_argument("--arriving", type=int, default=100_000, help="orchestrations a day (%(default)s)")
    parser.add_argument("--interval", type=float, help="seconds; by default polls follow the age")
    parser.add_argument("--rate", type=float, default=40.0, help="requests per second (%(default)s)")
    parser.add_argument("--hours", type=float, default=24.0, help="length of the simulation (%(default)s)")
    options = parser.parse_args()
    day = Day(options.waiting, options.arriving, options.interval, options.rate, options.hours * HOUR)
    begin = time.process_time()
    paxos = run(day.pass_by())
    for line in report(day, paxos):
        print(line)  # noqa: T201
    print(f"| memory of the whole process | {peak() / 2**20:.0f} MiB |")  # noqa: T201
    print(f"| CPU time of the simulation | {time.process_time() - begin:.0f} s |")  # noqa: T201


if __name__ == "__main__":
    main()
