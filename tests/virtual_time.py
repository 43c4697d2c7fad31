"""An event loop on a virtual clock: hours of waiting take no time at all.

The clock moves only when nothing else is left to do; it then jumps to the next timer.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class _JumpingSelector(selectors.DefaultSelector):
    """Moves the clock to the next timer, instead of sleeping until then."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        """Return what is ready; if nothing is, let the time pass."""
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("Nothing is left to happen: all tasks wait for each other.")
            # A timer counts as due a clock tick early, or it would be missed by a rounding error.
            self.now += max(0.0, timeout)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose ``time`` is virtual, and which runs at once what would run in a thread."""

    def __init__(self) -> None:
        self._selector_of_time = _JumpingSelector()
        super().__init__(self._selector_of_time)

    def time(self) -> float:
        """Return the virtual seconds since the start."""
        return self._selector_of_time.now

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Run a function now."""
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - handed on
            done.set_exception(error)
        return done


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine on virtual time, and require that it leaves no task behind."""

    async def alone() -> Result:
        result = await main
        left = asyncio.all_tasks() - {asyncio.current_task()}
        if left:
            raise RuntimeError(f"left behind: {left}")
        return result

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(alone())
