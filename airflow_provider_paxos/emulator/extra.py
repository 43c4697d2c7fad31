"""The optional packages that a running emulator needs."""

from __future__ import annotations

from importlib.util import find_spec

NEEDED = ("fastapi", "uvicorn")


class ExtraMissing(ImportError):
    """FastAPI or uvicorn is not installed."""


def require_extra() -> None:
    """Check that the emulator can run.

    :raises ExtraMissing: says what to install.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise ExtraMissing(
            f"The Paxos emulator needs {' and '.join(missing)}: pip install 'airflow-provider-paxos[emulator]'"
        )
