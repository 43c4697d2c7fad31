"""What holds for all tests: where they run completely, none of them may be skipped."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import tempfile
import time
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from xdist.remote import Producer

    from tests.distribution import Units

pytest_plugins = ["tests.fixtures"]

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

# A busy machine is no reason to fail: time is no part of what properties say.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

_SLEEPS = (time.sleep, asyncio.sleep)

SKIPS_FAIL = os.environ.get("CI", "").lower() in ("1", "true", "yes")


@pytest.fixture(autouse=True, scope="session")
def _host_of_their_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the tokens of all tests, and of the processes that they start, from the folder of this host."""
    folder = tmp_path_factory.mktemp("runtime")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        yield folder


@pytest.fixture(autouse=True)
def _own_signals() -> Iterator[None]:
    """Take back the handler that Airflow leaves where it runs a task: with it, no signal would end the tests."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    if signal.getsignal(signal.SIGTERM) is not before:
        signal.signal(signal.SIGTERM, before)


@pytest.fixture(autouse=True)
def _new_host(_host_of_their_own: Path) -> Iterator[None]:
    """Let each test begin on a host without any token."""
    with pytest.MonkeyPatch.context() as patch:
        # Not numbered, as those of pytest are: to find the next number takes longer with every test.
        patch.setenv("XDG_RUNTIME_DIR", tempfile.mkdtemp(dir=_host_of_their_own))
        yield


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Units:
    """Deal the tests out in the project's own units."""
    from tests.distribution import Units  # noqa: PLC0415

    return Units(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take the measurement of coverage from those that it slows down most."""
    if config.pluginmanager.hasplugin("_cov"):
        from tests.uncovered import is_uncovered  # noqa: PLC0415

        for item in items:
            if is_uncovered(item.nodeid):
                item.add_marker("no_cover")


def pytest_collection_finish() -> None:
    """Take what the tests imported from the collector of garbage: it never becomes any, and there is much of it."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown() -> Generator[None]:
    """Fail a test that leaves a patched sleep behind: all that wait after it in this process would not."""
    yield
    left = time.sleep, asyncio.sleep
    time.sleep, asyncio.sleep = _SLEEPS
    assert left == _SLEEPS, "This test leaves a patched sleep behind."


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that is skipped."""
    return _not_skipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Fail a module that skips itself."""
    return _not_skipped((yield))


def _not_skipped(report: Report) -> Report:
    # An expected failure is reported as skipped, too, and is none.
    if SKIPS_FAIL and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"Nothing may be skipped here, as CI is set. {reason}"
    return report
