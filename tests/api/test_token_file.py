"""The token that the processes of a host share."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import importlib.util
import json
import logging
import multiprocessing
import os
import shutil
import stat
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from airflow_provider_paxos.api import own_files
from airflow_provider_paxos.api.async_client import AsyncPaxosClient
from airflow_provider_paxos.api.auth import TokenHolder, authorize
from airflow_provider_paxos.api.base_client import SharedState
from airflow_provider_paxos.api.client import PaxosClient
from airflow_provider_paxos.api.credentials import DEFAULT_SCOPES, Credentials
from airflow_provider_paxos.api.errors import BadCredentials, PaxosError
from airflow_provider_paxos.api.flow import Blocking, Request, Response, Token
from airflow_provider_paxos.api.secrecy import Secret
from airflow_provider_paxos.api.settings import checked_settings
from airflow_provider_paxos.api.token_file import TokenFile
from airflow_provider_paxos.emulator.server import RunningEmulator
from tests.api.one_worker import call_once
from tests.api.script import Outcome, Script, answer, orchestration, problem
from tests.exposure import shown

SECRET = "s3cr3t"
FOUND = "f0und-token"
NO_KEY = "pl4nted-key"
CREDENTIALS = Credentials("client-1", Secret(SECRET), "https://oauth.test/oauth2/token")
KEY = Fernet.generate_key().decode()
OTHER_KEY = Fernet.generate_key().decode()
WORKERS = 20


def granted(value: str, expires_in: int = 3600) -> Response:
    return answer({"access_token": value, "expires_in": expires_in, "scope": " ".join(DEFAULT_SCOPES)})


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


class Host:
    """A host on which processes come and go, with its clock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = Script().now
        self.script = Script()

    def file(self, credentials: Credentials = CREDENTIALS, key: str = KEY) -> TokenFile:
        return TokenFile(self.folder, credentials, Secret(key))

    @property
    def path(self) -> Path:
        return self.folder / self.file().name

    def process(self, *outcomes: Outcome, stale: Token | None = None, credentials: Credentials = CREDENTIALS) -> Token:
        """Let a new process authorize itself; what it asks the token endpoint for is all that it may ask."""
        file = self.file(credentials)
        return self.authorize(lambda: file, *outcomes, stale=stale, credentials=credentials)

    def authorize(
        self,
        find_file: Callable[[], TokenFile | None],
        *outcomes: Outcome,
        stale: Token | None = None,
        credentials: Credentials = CREDENTIALS,
    ) -> Token:
        self.script = script = Script(*outcomes)
        script.now = self.now
        token = script.run(authorize(TokenHolder(script.clock, find_file), stale, credentials, script.exchange()))
        assert script.outcomes == []
        return token

    def kept(self) -> str | None:
        """Return the token that the next process finds."""
        with self.file().open_folder() as folder:
            token = self.file().read(folder)
        return token.value.reveal() if token else None


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path / "tokens")


class TestSharing:
    def test_the_second_process_finds_what_the_first_one_fetched(self, host: Host) -> None:
        first, second = host.process(granted("tok-1")), host.process()

        assert (first.value.reveal(), second.value.reveal()) == ("tok-1", "tok-1")
        assert first == second

    def test_a_token_that_was_found_is_announced_too(self, host: Host) -> None:
        host.process(granted("tok-1"))
        host.process()

        assert host.script.announced == ["tok-1"]

    def test_a_process_looks_once_and_then_has_it_in_memory(self, host: Host) -> None:
        script = Script(granted("tok-1"))
        holder = TokenHolder(script.clock, host.file)
        for _ in range(3):
            script.run(authorize(holder, None, CREDENTIALS, script.exchange()))

        assert sum(isinstance(step, Blocking) for step in script.steps) == 3  # to find, to look, to keep

    def test_a_token_is_renewed_for_all_ahead_of_its_end(self, host: Host) -> None:
        host.process(granted("tok-1", 100))
        host.now += 89.9
        before = host.process().value.reveal()
        host.now += 0.2
        after = host.process(granted("tok-2")).value.reveal()

        assert (before, after, host.process().value.reveal()) == ("tok-1", "tok-2", "tok-2")

    @pytest.mark.parametrize(
        "other",
        [
            {"client_secret": Secret("rotated")},
            {"client_id": "client-2"},
            {"token_url": "https://oauth.test/other"},
            {"scopes": DEFAULT_SCOPES[:1]},
        ],
        ids=lambda other: str(*other),
    )
    def test_other_credentials_share_nothing(self, host: Host, other: dict[str, Any]) -> None:
        host.process(granted("tok-1"))
        asked = host.process(granted("tok-2"), credentials=replace(CREDENTIALS, **other))

        assert asked.value.reveal() == "tok-2"
        assert host.process().value.reveal() == "tok-1"

    def test_another_key_means_another_file(self, host: Host) -> None:
        assert host.file(key=OTHER_KEY).name != host.file().name


class TestRefusedTokens:
    def test_the_stale_one_is_discarded_for_all(self, host: Host) -> None:
        stale = host.process(granted("tok-1"))
        host.process(granted("tok-2"), stale=stale)

        assert host.process().value.reveal() == "tok-2"

    def test_what_another_process_has_renewed_meanwhile_is_taken(self, host: Host) -> None:
        stale = host.process(granted("tok-1"))
        host.process(granted("tok-2"), stale=stale)

        assert host.process(stale=stale).value.reveal() == "tok-2"

    def test_nobody_finds_the_stale_one_even_if_it_cannot_be_renewed(self, host: Host) -> None:
        stale = host.process(granted("tok-1"))
        with pytest.raises(BadCredentials):
            host.process(problem(401), stale=stale)

        assert host.kept() is None

    def test_a_call_goes_on_if_memory_and_file_are_stale(self) -> None:
        found = [Token(Secret(f"tok-{number}"), 1e12, found=number == 2) for number in (1, 2, 3)]
        script = Script(problem(401), problem(401), answer(orchestration()), tokens=[*found])
        script.run(script.calls().get("orch-1"))
        assert [each.stale for each in script.authorizations] == [None, found[0], found[1]]

    def test_a_fresh_token_that_is_refused_is_the_end(self) -> None:
        found = [Token(Secret(f"tok-{number}"), 1e12) for number in (1, 2)]
        script = Script(problem(401), problem(401), tokens=[*found])

        with pytest.raises(BadCredentials):
            script.run(script.calls().get("orch-1"))


class TestTheFile:
    def test_it_is_its_user_s_alone(self, host: Host) -> None:
        before = os.umask(0)
        try:
            host.process(granted("tok-1"))
        finally:
            os.umask(before)

        assert stat.S_IMODE(host.folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(each.stat().st_mode) for each in host.folder.iterdir()} == {0o600}

    def test_it_and_its_name_show_nothing(self, host: Host) -> None:
        host.process(granted("tok-1"))

        assert sorted(each.name for each in host.folder.iterdir()) == [host.path.name, f"{host.path.name}.lock"]
        assert len(host.path.name) == 64
        assert b"tok-1" not in host.path.read_bytes()

    def test_it_can_be_read_with_the_key(self, host: Host) -> None:
        host.process(granted("tok-1"))

        assert json.loads(Fernet(KEY).decrypt(host.path.read_bytes()))["access_token"] == "tok-1"

    def test_a_key_that_is_none_shows_neither_itself_nor_the_secret(self, host: Host) -> None:
        with pytest.raises(ValueError, match="32") as raised:
            TokenFile(host.folder, CREDENTIALS, Secret(NO_KEY))

        assert [each for each in (NO_KEY, SECRET) if each in shown(raised.value)] == []

    def test_an_interruption_while_it_is_read_shows_no_token(self, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
        host.process(granted(FOUND))
        monkeypatch.setattr(json, "loads", interrupt)

        with pytest.raises(KeyboardInterrupt) as raised:
            host.process()
        assert FOUND not in shown(raised.value)

    def test_an_interruption_while_it_is_written_shows_no_token(
        self, host: Host, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Fernet, "encrypt", interrupt)

        with pytest.raises(KeyboardInterrupt) as raised:
            host.process(granted(FOUND))
        assert FOUND not in shown(raised.value)


def by_link(host: Host) -> None:
    moved = host.folder.parent / "moved"
    host.path.rename(moved)
    host.path.symlink_to(moved)


def open_to_the_group(host: Host) -> None:
    host.path.chmod(0o640)


def open_to_the_world(host: Host) -> None:
    host.path.chmod(0o604)


def writable_by_others(host: Host) -> None:
    host.path.chmod(0o602)


def cut_off(host: Host) -> None:
    host.path.write_bytes(host.path.read_bytes()[:-20])


def empty(host: Host) -> None:
    host.path.write_bytes(b"")


def in_the_clear(host: Host) -> None:
    host.path.write_text(json.dumps({"of": host.path.name, "renew_at": 1e12, "access_token": "planted"}))


def of_another_key(host: Host) -> None:
    host.path.write_bytes(Fernet(OTHER_KEY).encrypt(Fernet(KEY).decrypt(host.path.read_bytes())))


def of_other_credentials(host: Host) -> None:
    other = replace(CREDENTIALS, client_id="client-2")
    host.process(granted("tok-2"), credentials=other)
    shutil.copy2(host.folder / host.file(other).name, host.path)


def encrypted_nonsense(host: Host) -> None:
    host.path.write_bytes(Fernet(KEY).encrypt(b"[7]"))


def unfit_for_a_header(host: Host) -> None:
    kept = {"of": host.path.name, "renew_at": 1e12, "access_token": "a\r\nb: c"}
    host.path.write_bytes(Fernet(KEY).encrypt(json.dumps(kept).encode()))


def a_pipe(host: Host) -> None:
    host.path.unlink()
    os.mkfifo(host.path, 0o600)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (by_link, "it is a symbolic link"),
        (open_to_the_group, "it is open to other users"),
        (open_to_the_world, "it is open to other users"),
        (writable_by_others, "it is open to other users"),
        (cut_off, "it is damaged"),
        (empty, "it is damaged"),
        (in_the_clear, "it is damaged"),
        (of_another_key, "was not encrypted by this key"),
        (of_other_credentials, "was not encrypted by this key for these credentials"),
        (encrypted_nonsense, "it is damaged"),
        (unfit_for_a_header, "it is damaged"),
        (a_pipe, "it is of the wrong kind"),
    ],
)
def test_a_file_that_is_not_to_be_trusted_is_reported_and_replaced(
    host: Host, caplog: pytest.LogCaptureFixture, spoil: Callable[[Host], None], why: str
) -> None:
    host.process(granted("tok-1"))
    spoil(host)

    assert host.process(granted("fresh")).value.reveal() == "fresh"
    assert [why in record.message for record in caplog.records] == [True]
    assert host.process().value.reveal() == "fresh"
    assert stat.S_IMODE(host.path.lstat().st_mode) == 0o600


def test_what_a_link_leads_to_is_left_alone(host: Host) -> None:
    host.process(granted("tok-1"))
    by_link(host)
    before = (host.folder.parent / "moved").read_bytes()
    host.process(granted("fresh"))

    assert (host.folder.parent / "moved").read_bytes() == before


@pytest.fixture
def foreign(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[int], bool]], None]:
    """Let what is of a kind belong to another user."""
    fstat = os.fstat

    def of(kind: Callable[[int], bool]) -> None:
        def stranger(opened: int) -> os.stat_result:
            found = fstat(opened)
            if not kind(found.st_mode):
                return found
            return os.stat_result([*found[:4], found.st_uid + 1, *found[5:]])

        monkeypatch.setattr(os, "fstat", stranger)

    return of


def test_a_file_of_another_user_is_not_used(
    host: Host, foreign: Callable[[Callable[[int], bool]], None], caplog: pytest.LogCaptureFixture
) -> None:
    host.process(granted("tok-1"))
    foreign(stat.S_ISREG)

    assert host.process(granted("fresh")).value.reveal() == "fresh"
    assert "it belongs to another user" in caplog.text


def linked_folder(host: Host) -> None:
    (host.folder.parent / "elsewhere").mkdir(mode=0o700)
    host.folder.symlink_to(host.folder.parent / "elsewhere")


def open_folder(host: Host) -> None:
    host.folder.mkdir()
    host.folder.chmod(0o755)


def a_file_instead(host: Host) -> None:
    host.folder.touch(mode=0o600)


def nowhere(host: Host) -> None:
    host.folder = host.folder / "there" / "is" / "none"


class TestNoFolder:
    @pytest.mark.parametrize("spoil", [linked_folder, open_folder, a_file_instead, nowhere])
    def test_a_folder_that_is_not_to_be_trusted_is_not_used(
        self, host: Host, caplog: pytest.LogCaptureFixture, spoil: Callable[[Host], None]
    ) -> None:
        spoil(host)

        assert host.process(granted("tok-1")).value.reveal() == "tok-1"
        assert [record.levelno for record in caplog.records] == [logging.WARNING]
        assert [each for each in host.folder.parent.rglob("*") if each.is_file() and each != host.folder] == []

    def test_a_folder_of_another_user_is_not_used(
        self, host: Host, foreign: Callable[[Callable[[int], bool]], None], caplog: pytest.LogCaptureFixture
    ) -> None:
        host.process(granted("tok-1"))
        foreign(stat.S_ISDIR)
        host.process(granted("fresh"))

        assert f"{host.folder} is not used for the Paxos token: it belongs to another user." in caplog.text

    @pytest.mark.parametrize("call", ["rename", "write", "flock"])
    def test_a_file_system_that_fails_costs_a_warning_and_no_payment(
        self, host: Host, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, call: str
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        where, name = {
            "rename": (os, "rename"),
            "write": (TokenFile, "_sealed"),
            "flock": (fcntl, "flock"),
        }[call]
        monkeypatch.setattr(where, name, fail)
        script = Script(granted("tok-1"), granted("tok-2"))
        file = host.file()
        holder = TokenHolder(script.clock, lambda: file)
        first = script.run(authorize(holder, None, CREDENTIALS, script.exchange()))
        again = script.run(authorize(holder, None, CREDENTIALS, script.exchange()))
        script.run(authorize(holder, first, CREDENTIALS, script.exchange()))

        assert first is again
        assert [record.message.partition(": ")[2] for record in caplog.records] == ["No space left on device."]
        assert [each.name for each in host.folder.iterdir() if each.suffix != ".lock"] == []


class TestWaiting:
    def test_who_comes_during_a_renewal_waits(self, host: Host) -> None:
        busy: list[bool] = []

        def come(_: Request) -> Response:
            with host.file().renewal() as renewal:
                renewal.find(lambda _: True)
                busy.append(renewal.busy)
            return granted("tok-1")

        host.process(come)

        assert busy == [True]

    def test_it_looks_again_until_the_token_is_there(self, host: Host) -> None:
        script = Script()
        with host.file().renewal() as renewing:
            renewing.find(lambda _: True)

            def find_file() -> TokenFile:
                return host.file()

            def renew_at_the_third_pause(pauses: int) -> None:
                if pauses == 3:
                    renewing.keep(Token(Secret("tok-1"), script.now + 100))

            script.on_pause = renew_at_the_third_pause
            token = script.run(authorize(TokenHolder(script.clock, find_file), None, CREDENTIALS, script.exchange()))

        assert token.value.reveal() == "tok-1"
        assert len(script.pauses) == 3

    def test_who_waits_for_nothing_fetches_a_token_of_its_own(self, host: Host) -> None:
        with host.file().renewal() as hanging:
            hanging.find(lambda _: True)
            own = host.process(granted("own"))

            assert own.value.reveal() == "own"
            assert sum(host.script.pauses) == pytest.approx(30)
            assert host.kept() is None

    def test_a_renewal_that_fails_lets_the_next_one_try(self, host: Host) -> None:
        with pytest.raises(PaxosError):
            host.process(problem(401))

        assert host.process(granted("tok-1")).value.reveal() == "tok-1"
        assert host.script.pauses == []

    def test_a_lock_that_is_a_link_is_not_opened(self, host: Host, caplog: pytest.LogCaptureFixture) -> None:
        host.folder.mkdir(mode=0o700)
        (host.folder / f"{host.path.name}.lock").symlink_to(host.folder.parent / "target")
        host.process(granted("own"))

        assert "it is a symbolic link" in caplog.text
        assert not (host.folder.parent / "target").exists()

    def test_a_look_that_outlives_its_turn_locks_nothing(self, host: Host) -> None:
        with host.file().renewal() as cancelled:
            pass
        cancelled.find(lambda _: True)
        host.process(granted("tok-1"))

        assert host.script.pauses == []


def connection(emulator: RunningEmulator) -> dict[str, str]:
    return {
        "client_id": emulator.client_id,
        "client_secret": emulator.client_secret,
        "base_url": emulator.base_url,
    }


def grants(emulator: RunningEmulator) -> int:
    return sum(each["path"] == "/oauth2/token" for each in emulator.journal())


def test_processes_that_begin_at_once_ask_for_one_token(emulator: RunningEmulator, tmp_path: Path) -> None:
    emulator.fault("delay", path="/oauth2/token", seconds=0.5)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.api.one_worker"])
    ready, announcements = context.Barrier(WORKERS), context.SimpleQueue()
    workers = [
        context.Process(
            target=call_once,
            args=(connection(emulator), tmp_path / "tokens", KEY, bool(number % 2)),
            kwargs={"ready": ready, "announcements": announcements},
        )
        for number in range(WORKERS)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(600)

    assert [worker.exitcode for worker in workers] == [0] * WORKERS
    announced = [announcements.get() for _ in workers]
    assert grants(emulator) == 1
    assert announced == [announced[0]] * WORKERS
    assert len(announced[0]) == 1


class TestDrivers:
    def test_the_event_loop_goes_on_while_a_file_is_slow(self, emulator: RunningEmulator, host: Host) -> None:
        to = checked_settings(**connection(emulator))
        threads: list[threading.Thread] = []
        looking, gone_on = threading.Event(), threading.Event()

        def find_file() -> TokenFile:
            threads.append(threading.current_thread())
            looking.set()
            assert gone_on.wait(600)
            return host.file(to.credentials)

        async def beat() -> None:
            while not looking.is_set():
                await asyncio.sleep(0.01)
            gone_on.set()

        async def call() -> None:
            async with AsyncPaxosClient(to, shared=SharedState(tokens=TokenHolder(time.time, find_file))) as client:
                heart = asyncio.create_task(beat())
                await client.run(client.orchestrations.find("nobody"))
                await client.run(client.orchestrations.find("nobody"))
                await heart

        asyncio.run(call())

        assert len(threads) == 1
        assert threads[0] is not threading.main_thread()

    def test_all_file_calls_of_the_triggerer_are_made_in_threads(
        self, emulator: RunningEmulator, host: Host, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        to = checked_settings(**connection(emulator))
        where: list[bool] = []
        opened = TokenFile.open_folder

        def watched(file: TokenFile) -> Any:
            where.append(threading.current_thread() is threading.main_thread())
            return opened(file)

        monkeypatch.setattr(TokenFile, "open_folder", watched)

        async def call() -> None:
            tokens = TokenHolder(time.time, lambda: host.file(to.credentials))
            async with AsyncPaxosClient(to, shared=SharedState(tokens=tokens)) as client:
                await client.run(client.orchestrations.find("nobody"))

        asyncio.run(call())

        assert where == [False, False]

    def test_a_cancelled_call_leaves_no_lock(self, emulator: RunningEmulator, host: Host) -> None:
        to = checked_settings(**connection(emulator))
        emulator.fault("delay", path="/oauth2/token", seconds=600)

        async def cancelled() -> None:
            tokens = TokenHolder(time.time, lambda: host.file(to.credentials))
            async with AsyncPaxosClient(to, shared=SharedState(tokens=tokens)) as client:
                await asyncio.wait_for(client.run(client.orchestrations.find("nobody")), 0.3)

        with pytest.raises(TimeoutError) as kept:
            asyncio.run(cancelled())

        assert kept.value is not None  # Its traceback has the frames alive.
        with host.file(to.credentials).renewal() as renewal:
            renewal.find(lambda _: True)
            assert not renewal.busy

    def test_a_token_is_announced_before_others_can_find_it(self, emulator: RunningEmulator, host: Host) -> None:
        to = checked_settings(**connection(emulator))
        found: list[bool] = []

        def announce(_: str) -> None:
            found.append((host.folder / host.file(to.credentials).name).exists())

        tokens = TokenHolder(time.time, lambda: host.file(to.credentials))
        with PaxosClient(to, shared=SharedState(tokens=tokens), on_token=announce) as client:
            client.run(client.orchestrations.find("nobody"))

        assert found == [False]


def test_without_fcntl_there_is_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)
    spec = importlib.util.spec_from_file_location("own_files_of_windows", str(own_files.__file__))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    assert not module.CAN_LOCK
