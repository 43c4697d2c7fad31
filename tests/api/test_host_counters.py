"""The counters that the processes of a host share: a page in a file of this user's, or none that is to be trusted."""

from __future__ import annotations

import errno
import fcntl
import logging
import multiprocessing
import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from airflow_provider_paxos.api import host_counters
from airflow_provider_paxos.api.host_counters import HostCounters
from airflow_provider_paxos.api.own_files import OwnFolder
from airflow_provider_paxos.api.rate_counters import Counters
from airflow_provider_paxos.api.rate_limiting import HostRateLimiter, NoSlot, RateLimiter

RATE = 0.4
BURST = 108
"""Requests of the 120 in five minutes that may leave at once."""

FORK = multiprocessing.get_context("fork")


class Host:
    """A host on which processes come and go, with the clock that they share."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = 7_000.5

    def clock(self) -> float:
        return self.now

    def process(self, jitter: float = 0.0) -> HostRateLimiter:
        """Return the rate limiter of a process that has just begun."""
        return HostRateLimiter.shared(self.folder, "paxos", self.clock, lambda: jitter)

    @property
    def file(self) -> Path:
        return self.folder / "paxos.api.rate"


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path / "host")


def burst(limiter: RateLimiter, rate: float = RATE) -> int:
    """Return how many requests may leave at once."""
    left = 0
    while True:
        try:
            limiter.reserve(rate, bulk=True, within=0.0)
        except NoSlot:
            return left
        left += 1


def total(host: Host) -> int:
    """Return how many slots count."""
    counters = HostCounters(OwnFolder(host.folder, "a test"), host.file.name, host.clock)
    with counters.held():
        return counters.total


class TestSharing:
    def test_what_one_process_has_used_another_one_does_not_have(self, host: Host) -> None:
        first, second = host.process(), host.process()
        for _ in range(BURST - 8):
            first.api.reserve(RATE)

        assert burst(second.api) == 8
        assert burst(first.api) == 0

    def test_nor_has_a_process_that_comes_after_its_end(self, host: Host) -> None:
        assert burst(host.process().api) == BURST
        assert burst(host.process().api) == 0

    def test_when_five_minutes_are_over_all_of_it_is_there_again(self, host: Host) -> None:
        burst(host.process().api)
        host.now += 306

        assert burst(host.process().api) == BURST

    def test_those_who_wait_do_so_in_one_order(self, host: Host) -> None:
        processes = [host.process() for _ in range(3)]
        for each in processes:
            each.api.reserve(50)
            each.throttle(10)
        slots = [each.api.reserve(50) for _ in range(2) for each in processes]

        assert slots == sorted(slots)
        assert len(set(slots)) == len(slots)

    def test_token_requests_are_counted_for_all_of_them_too(self, host: Host) -> None:
        assert burst(host.process().grants, 0.8) == 240
        assert burst(host.process().grants, 0.8) == 0

    def test_a_throttle_that_one_process_meets_is_one_of_all(self, host: Host) -> None:
        first, second = host.process(), host.process()
        first.throttle(300)
        host.now += 100

        assert (second.api.throttled_for(), second.grants.throttled_for()) == (200, 200)
        assert host.process().api.wait(host.process().api.reserve(RATE)) == 200

    def test_hosts_that_share_an_address_go_on_one_after_the_other(self, tmp_path: Path) -> None:
        hosts = [Host(tmp_path / name) for name in ("one", "two")]
        for jitter, each in zip((0.0, 1.0), hosts, strict=True):
            each.process(jitter).throttle(300)

        assert [each.process().api.throttled_for() for each in hosts] == [300, 315]

    def test_a_fork_takes_part(self, host: Host) -> None:
        limiter = host.process().api
        limiter.reserve(RATE)
        child = FORK.Process(target=burst, args=(limiter,))
        child.start()
        child.join()

        assert (child.exitcode, burst(limiter)) == (0, 0)

    def test_the_files_have_a_size_that_does_not_grow(self, host: Host) -> None:
        for _ in range(3):
            limiter = host.process()
            for _ in range(300):
                limiter.api.reserve(50)
                limiter.grants.reserve(50)
                host.now += 7.5

        assert {each.name: each.stat().st_size for each in host.folder.iterdir()} == {
            "paxos.api.rate": 4096,
            "paxos.grants.rate": 4096,
        }

    def test_they_are_open_to_nobody_else(self, host: Host) -> None:
        host.process().throttle(1)

        assert stat.S_IMODE(host.folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(each.stat().st_mode) for each in host.folder.iterdir()} == {0o600}


class TestEnds:
    def test_a_change_that_is_interrupted_is_none(self, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
        limiter = host.process().api
        limiter.reserve(RATE)

        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(Counters, "note", interrupt)
            with pytest.raises(KeyboardInterrupt):
                limiter.reserve(RATE)

        assert total(host) == 1
        assert burst(limiter) == BURST - 1

    def test_whoever_is_killed_with_the_lock_takes_nothing_along(self, host: Host) -> None:
        limiter = host.process().api
        limiter.reserve(RATE)
        holder = _Holder(host)
        holder.kill()

        assert burst(limiter) == BURST - 1

    def test_whoever_is_stopped_with_the_lock_holds_nobody_up_for_ever(
        self, host: Host, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(host_counters, "_LONGEST_LOCK", 0.0)
        limiter = host.process().api
        limiter.reserve(RATE)
        holder = _Holder(host)
        try:
            assert burst(limiter) == BURST - 1
        finally:
            holder.kill()
        assert f"{host.file} is not used for the rate limit" in caplog.text
        assert "another process does not let go of it" in caplog.text
        assert total(host) == 1


class _Holder:
    """A process that has the lock, and does not go on."""

    def __init__(self, host: Host) -> None:
        ready = FORK.Event()
        self._process = FORK.Process(target=_hold, args=(host, ready))
        self._process.start()
        assert ready.wait(60)

    def kill(self) -> None:
        assert self._process.pid
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.join()


def _hold(host: Host, ready: multiprocessing.synchronize.Event) -> None:
    counters = HostCounters(OwnFolder(host.folder, "a test"), host.file.name, host.clock)
    with counters.held():
        # It has changed what it holds, and has not written it.
        counters.add(int(host.now))
        ready.set()
        signal.pause()


class TestAnotherStart:
    def test_the_page_of_another_start_of_the_machine_counts_no_more_but_nothing_leaves_in_a_burst(
        self, host: Host, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        host.process().throttle(300)
        monkeypatch.setattr(host_counters, "_boot", lambda: b"another start..!")
        limiter = host.process().api

        assert [limiter.wait(limiter.reserve(50)) for _ in range(3)] == pytest.approx([0, 1 / 45, 2 / 45])

    def test_where_a_start_has_no_name_a_clock_that_begins_anew_shows_it(self, host: Host) -> None:
        host.process().throttle(300)
        host.now = 20.0

        assert host.process().api.throttled_for() == 0

    def test_a_name_is_what_linux_gives_to_each_start(self) -> None:
        named = Path("/proc/sys/kernel/random/boot_id")
        assert host_counters._boot().hex() == (
            named.read_text().strip().replace("-", "") if named.exists() else 32 * "0"
        )

    def test_without_one_there_is_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(host_counters, "Path", lambda _: Path("/there/is/none"))
        assert host_counters._boot.__wrapped__() == bytes(16)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def grown(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b".")


def of_another_form(file: Path) -> None:
    file.write_bytes(4096 * b"x")


@pytest.mark.parametrize("damage", [cut, grown, of_another_form])
def test_a_damaged_page_is_replaced_and_nothing_leaves_in_a_burst(
    host: Host, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    host.process().throttle(300)
    damage(host.file)
    limiter = host.process().api

    assert [limiter.wait(limiter.reserve(50)) for _ in range(3)] == pytest.approx([0, 1 / 45, 2 / 45])
    assert caplog.text.count("it is damaged") == 1
    assert host.file.stat().st_size == 4096


def linked(host: Host) -> None:
    host.file.rename(host.folder / "elsewhere")
    host.file.symlink_to(host.folder / "elsewhere")


def open_to_others(host: Host) -> None:
    host.file.chmod(0o640)


def pipe(host: Host) -> None:
    host.file.unlink()
    os.mkfifo(host.file, 0o600)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [(linked, "a symbolic link"), (open_to_others, "open to other users"), (pipe, "of the wrong kind")],
)
def test_a_file_that_is_not_to_be_trusted_is_replaced(
    host: Host, spoil: Callable[[Host], None], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    host.process().throttle(300)
    spoil(host)

    assert burst(host.process().api) == BURST
    assert burst(host.process().api) == 0
    assert why in caplog.text
    assert stat.S_ISREG(host.file.lstat().st_mode)


def test_a_file_that_somebody_tidied_up_is_made_anew_by_all(host: Host) -> None:
    first, second = host.process(), host.process()
    burst(first.api)
    second.api.reserve(RATE)
    host.file.unlink()

    assert (burst(second.api), burst(first.api)) == (BURST, 0)


def linked_folder(host: Host) -> None:
    (host.folder.parent / "elsewhere").mkdir(mode=0o700)
    host.folder.symlink_to(host.folder.parent / "elsewhere")


def open_folder(host: Host) -> None:
    host.folder.mkdir()
    host.folder.chmod(0o755)


def nowhere(host: Host) -> None:
    host.folder = host.folder / "there" / "is" / "none"


def a_folder_instead(host: Host) -> None:
    host.folder.mkdir(mode=0o700)
    host.file.mkdir()


@pytest.mark.parametrize("spoil", [linked_folder, open_folder, nowhere, a_folder_instead])
class TestWithoutOne:
    def test_each_process_keeps_to_the_limit_on_its_own(self, host: Host, spoil: Callable[[Host], None]) -> None:
        spoil(host)
        first, second = host.process(), host.process()

        assert (burst(first.api), burst(second.api)) == (BURST, BURST)
        assert burst(first.api) == 0

    def test_it_is_logged_once(
        self, host: Host, spoil: Callable[[Host], None], caplog: pytest.LogCaptureFixture
    ) -> None:
        spoil(host)
        limiter = host.process()
        with caplog.at_level(logging.WARNING):
            for _ in range(3):
                limiter.api.reserve(RATE)
                limiter.throttle(1)

        assert caplog.text.count("is not used for the rate limit of this host, to which each process now keeps") == 1


def test_a_folder_of_another_user_is_not_used(
    host: Host, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    host.folder.mkdir(mode=0o700)
    user = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: user)

    assert (burst(host.process().api), burst(host.process().api)) == (BURST, BURST)
    assert "it belongs to another user" in caplog.text
    assert [*host.folder.iterdir()] == []


def test_a_fault_of_the_file_system_leaves_a_process_with_what_it_has_seen(
    host: Host, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    limiter = host.process().api
    for _ in range(BURST - 8):
        limiter.reserve(RATE)

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    assert burst(limiter) == 8
    assert f"{host.file} is not used" in caplog.text
    assert "No space left on device" in caplog.text


def test_a_process_that_can_open_no_more_files_leaves_the_others_theirs(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.process().throttle(300)
    opened = os.open

    def too_many(path: str, *how: int, dir_fd: int | None = None) -> int:
        if dir_fd is not None:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return opened(path, *how)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", too_many)
        assert burst(host.process().api) == BURST

    assert host.process().api.throttled_for() == 300


def test_posix_names_a_lock_of_another_process_in_two_ways(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_counters, "_LONGEST_LOCK", 0.0)

    def denied(_: int, how: int) -> None:
        if how != fcntl.LOCK_UN:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(fcntl, "lockf", denied)
    assert burst(host.process().api) == BURST


def test_a_lock_that_cannot_be_had_at_all_is_none(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "lockf", unsupported)
    assert (burst(host.process().api), burst(host.process().api)) == (BURST, BURST)


def test_a_file_that_was_closed_is_opened_again(host: Host) -> None:
    counters = HostCounters(OwnFolder(host.folder, "a test"), host.file.name, host.clock)
    limiter = RateLimiter(host.clock, counters)
    limiter.reserve(RATE)
    counters.close()
    limiter.reserve(RATE)

    assert total(host) == 2
