"""Import late, and off the event loop, what runs in the triggerer alone.

A trigger's own module is imported when a Dag is parsed, and on the loop of all triggers, which the seconds that an HTTP
library and the API take would block.
"""

from __future__ import annotations

import asyncio
from types import ModuleType
from typing import NamedTuple


class TriggererPart(NamedTuple):
    """The modules with what triggers run."""

    wait: ModuleType
    list_waits: ModuleType
    event_stream: ModuleType


async def triggerer_part() -> TriggererPart:
    """Return the modules. The first call of a process imports them in a thread, while other triggers go on."""
    # Two first calls at once are harmless: Python imports a module once.
    return await asyncio.to_thread(_imported)


def _imported() -> TriggererPart:
    from airflow_provider_paxos.triggers import event_stream, list_waits, wait

    return TriggererPart(wait, list_waits, event_stream)
