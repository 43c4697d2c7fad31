"""Open OpenTelemetry spans below the span of the task, where Airflow traces. Elsewhere they cost next to nothing.

The tracer provider is Airflow's: nothing is configured here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Status, StatusCode

SUBMIT = "paxos.submit"
LOOK_UP = "paxos.look_up"
WAIT = "paxos.wait"
POLL = "paxos.poll"

_tracer = trace.get_tracer("airflow_provider_paxos")


@contextmanager
def span(name: str, *, conn_id: str, payments: int, own_trace: bool = False) -> Iterator[None]:
    """Open a span for the block.

    :param conn_id: the id of the connection.
    :param payments: how many payments the block is about.
    :param own_trace: whether the span belongs to no task, as that of a poll for many.
    """
    attributes: dict[str, str | int] = {"paxos.conn_id": conn_id, "paxos.payments": payments}
    # An error's text names a ref_id and an id, which a trace is no place for: the class alone is recorded.
    with _tracer.start_as_current_span(
        name,
        context=Context() if own_trace else None,
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        try:
            yield
        except BaseException as error:
            current.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
