"""A process that waits as a triggerer does, for one measurement: prints what it took as a line of JSON.

Airflow's TriggerRunner iterates each trigger's ``run()`` in an asyncio task of its own, all in one loop; so does
this. Neither the runner's own rounds nor its database are in it: they are the same for everyone. The starts
are spread over one interval, as tasks do not all defer in the same instant.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import itertools
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.control import Control, difference
from benchmarks.local_server import allow_many_connections
from benchmarks.waiters import key_of, trigger

LAG_EVERY = 0.05
"""Seconds from one measurement of the loop's lag to the next."""


@dataclass
class Plan:
    """What to measure.

    :param kind: whose triggers.
    :param triggers: how many.
    :param ids_each: how many jobs each waits for.
    :param interval: seconds from one poll of a job to the next.
    :param warm_up: seconds from the last start to the measurement.
    :param seconds: length of the measurement, in which no job ends.
    :param ends_over: seconds over which all jobs then end, evenly; 0 if they do not.
    :param patience: seconds to wait for the events after the last end.
    :param watch_lag: whether to see how late the loop is, twenty times a second: that takes CPU time, too.
    """

    url: str
    control: str
    kind: str
    triggers: int
    interval: float
    ids_each: int = 1
    warm_up: float = 10.0
    seconds: float = 40.0
    ends_over: float = 0.0
    patience: float = 30.0
    watch_lag: bool = True


@dataclass
class Waiting:
    """One measurement."""

    plan: Plan
    events: dict[int, float] = field(default_factory=dict)
    lags: list[float] = field(default_factory=list)

    async def measure(self) -> dict[str, Any]:
        """Start the triggers, measure, let the jobs end, and return the figures."""
        plan, control = self.plan, Control(self.plan.control)
        tasks = [asyncio.create_task(self._wait(number)) for number in range(plan.triggers)]
        watch = [asyncio.create_task(self._watch_loop())] if plan.watch_lag else []
        await asyncio.sleep(plan.interval + plan.warm_up)
        gc.collect()
        before, at, cpu = control.counts(), time.monotonic(), time.process_time()
        self.lags.clear()
        await asyncio.sleep(plan.seconds)
        took, cpu, lags = time.monotonic() - at, time.process_time() - cpu, sorted(self.lags)
        after = control.counts()
        figures = {
            "seconds": took,
            "cpu": cpu,
            "lag_p99": quantile(lags, 0.99),
            **difference(before, after),
            "held": after["held"],
            "connections_ever": after["connections"],
        }
        if plan.ends_over:
            figures |= await self._let_end(control, tasks)
        figures["failed"] = sum(task.done() and task.exception() is not None for task in tasks)
        for task in [*tasks, *watch]:
            task.cancel()
        await asyncio.gather(*tasks, *watch, return_exceptions=True)
        return figures

    async def _wait(self, number: int) -> None:
        plan = self.plan
        await asyncio.sleep(plan.interval * number / plan.triggers)
        numbers = range(number * plan.ids_each, (number + 1) * plan.ids_each)
        async for _ in trigger(plan.kind, numbers, plan.interval).run():
            self.events[number] = time.monotonic()

    async def _watch_loop(self) -> None:
        for _ in itertools.count():
            due = time.monotonic() + LAG_EVERY
            await asyncio.sleep(LAG_EVERY)
            self.lags.append(time.monotonic() - due)

    async def _let_end(self, control: Control, tasks: Sequence[asyncio.Task[None]]) -> dict[str, Any]:
        plan = self.plan
        early, begin = len(self.events), time.monotonic() + 1
        # Evenly over the time and in no order, so that a job's end says nothing of when its trigger reads.
        order = random.Random(1).sample(range(plan.triggers), plan.triggers)  # noqa: S311 - no secret
        ends = {number: begin + plan.ends_over * place / plan.triggers for place, number in enumerate(order)}
        control.set_ends(
            {
                key_of(plan.kind, each): end
                for number, end in ends.items()
                for each in range(number * plan.ids_each, (number + 1) * plan.ids_each)
            }
        )
        await asyncio.wait(tasks, timeout=1 + plan.ends_over + plan.patience)
        delays = sorted(self.events[number] - end for number, end in ends.items() if number in self.events)
        return {
            "early_events": early,
            "missing_events": plan.triggers - len(delays),
            "delay_p50": quantile(delays, 0.5),
            "delay_p95": quantile(delays, 0.95),
            "delay_max": delays[-1] if delays else None,
        }


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the value below which that share of the ordered values lies."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("plan", type=json.loads)
    plan = Plan(**parser.parse_args().plan)
    allow_many_connections()
    sys.stdout.write(json.dumps(asyncio.run(Waiting(plan).measure())) + "\n")
