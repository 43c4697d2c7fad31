"""All that an error shows to whoever looks at it closely: an error tracker, a debugger, another process."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from traceback import TracebackException, walk_tb

_LIBRARIES = ("requests", "urllib3", "httpx2", "httpcore2", "h11", "http", "anyio")


def chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all that led to it, be it suppressed or not."""
    pending: list[BaseException | None] = [error]
    seen: list[int] = []
    while pending:
        each = pending.pop()
        if each is not None and id(each) not in seen:
            seen.append(id(each))
            pending += [each.__cause__, each.__context__]
            yield each


def shown(error: BaseException) -> str:
    """Return what an error shows: its words, its attributes, its pickle, and the local variables of every frame."""
    parts = []
    for each in chain(error):
        traced = TracebackException(type(each), each, each.__traceback__, capture_locals=True, lookup_lines=False)
        parts += [str(each), repr(each), repr(vars(each)), "".join(traced.format(chain=False)), *_locals(each)]
        try:
            parts.append(pickle.dumps(each).decode("latin-1"))
        except (TypeError, AttributeError, pickle.PicklingError):
            continue  # what cannot be pickled leaks by no pickle
    return "\n".join(parts)


def _locals(error: BaseException) -> Iterator[str]:
    """Yield the local variables, not cut off as a traceback cuts them."""
    trace = error.__traceback__
    while trace:
        yield from (repr(value) for value in trace.tb_frame.f_locals.values())
        trace = trace.tb_next


def locals_of_the_package(error: BaseException) -> list[str]:
    """Return the local variables of this package's frames: those of a test hold what it planted."""
    found = []
    for each in chain(error):
        for frame, _ in walk_tb(each.__traceback__):
            if str(frame.f_globals.get("__name__")).startswith("airflow_provider_paxos."):
                found += [repr(value) for value in frame.f_locals.values()]
    return found


def frames_of_libraries(error: BaseException) -> list[str]:
    """Return the frames that an error came through in an HTTP library, whose variables hold headers and bodies."""
    modules = []
    for each in chain(error):
        trace = each.__traceback__
        while trace:
            modules.append(str(trace.tb_frame.f_globals.get("__name__")))
            trace = trace.tb_next
    return [each for each in modules if each.partition(".")[0] in _LIBRARIES]
