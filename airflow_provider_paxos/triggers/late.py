"""Import late what runs in the triggerer alone: a trigger's own module is imported when a Dag is parsed."""

from __future__ import annotations

from types import ModuleType
from typing import NamedTuple


class TriggererPart(NamedTuple):
    """The modules with what triggers run."""

    wait: ModuleType
    event_stream: ModuleType


def triggerer_part() -> TriggererPart:
    """Return the modules, which import an HTTP library and the API."""
    from airflow_provider_paxos.triggers import event_stream, wait

    return TriggererPart(wait, event_stream)
