"""The token of a host: a file, encrypted and readable by its user alone, for processes that live for one task.

A process that finds no usable token in it takes the lock beside it, fetches one and writes it; the others read again
until it is there. Nothing in the folder is trusted for its name: a file that is a link, belongs to another user, is
open to others or was not encrypted by this key for these credentials is ignored, logged once, and replaced. A fault of
the file system never fails a payment: it is logged once, and the process has a token of its own.

This file may use the file system, and does no network I/O.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import stat
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cryptography.fernet import Fernet, InvalidToken

from airflow_provider_paxos.api.credentials import Credentials
from airflow_provider_paxos.api.decoding import access_token
from airflow_provider_paxos.api.flow import Token
from airflow_provider_paxos.api.own_files import OwnFolder, Untrusted, lock, require_own, unlock
from airflow_provider_paxos.api.secrecy import CutFrames, Secret

_LARGEST = 64 * 1024


class TokenFile:
    """Keeps the token of one client for all processes of a host.

    The file is named by a keyed digest: another secret, scope, client, token endpoint or key means another file.

    :param folder: made if it is not there; below a folder in which no other user can replace it.
    :param key: a Fernet key: 32 bytes in URL-safe base64.
    :raises ValueError: if the key is none.
    """

    def __init__(self, folder: Path, credentials: Credentials, key: Secret[str]) -> None:
        with CutFrames():
            self._fernet = Fernet(key.reveal())
            self.name = _digest(credentials, key)
        self._folder = OwnFolder(folder, "the Paxos token")

    def renewal(self) -> Renewal:
        """Return what finds the token in the file, and locks the file if the token has to be renewed."""
        return Renewal(self)

    def read(self, folder: int) -> Token | None:
        """Return the token that is in the file, or None if there is none to be trusted.

        :param folder: the open folder.
        """
        try:
            opened = os.open(self.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
            with os.fdopen(opened, "rb") as file:
                require_own(opened, stat.S_ISREG)
                return self._opened(file.read(_LARGEST))
        except FileNotFoundError:
            return None
        except OSError as error:
            self.warn(self.name, error)
            return None

    def write(self, folder: int, token: Token) -> None:
        """Replace the file, whatever is in its place, at one stroke.

        :param folder: the open folder.
        """
        new = f"{self.name}.{secrets.token_hex(4)}.new"
        opened = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
        try:
            with os.fdopen(opened, "wb") as file:
                file.write(self._sealed(token))
            os.rename(new, self.name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with suppress(OSError):
                os.unlink(new, dir_fd=folder)
            raise

    def _sealed(self, token: Token) -> bytes:
        with CutFrames():
            return self._fernet.encrypt(_document(self.name, token))

    def _opened(self, sealed: bytes) -> Token:
        try:
            with CutFrames():
                kept: Secret[dict[str, Any]] = Secret(json.loads(self._fernet.decrypt(sealed)))
            value = access_token(kept)
            renew_at = float(kept.reveal()["renew_at"])
            if value is not None and kept.reveal()["of"] == self.name:
                return Token(value, renew_at, found=True)
        except (InvalidToken, ValueError, LookupError, TypeError, AttributeError):
            pass
        raise Untrusted("it is damaged, or was not encrypted by this key for these credentials")

    def open_folder(self) -> AbstractContextManager[int]:
        """Open the folder, for calls that take a ``dir_fd``."""
        return self._folder.open()

    def warn(self, name: str, error: OSError) -> None:
        """Log once why a file is not used."""
        self._folder.warn(name, error)


class Renewal:
    """One use of the file: finds the token, or locks the file and writes a fresh one.

    A context manager: its end unlocks the file. Its methods block as files do, but never wait for another process. It
    may end in one thread while another one still reads, as when a call of the triggerer is cancelled.
    """

    def __init__(self, file: TokenFile) -> None:
        self.busy = False
        """Whether another process is renewing the token, so that another ``find`` is worthwhile."""
        self._file = file
        self._handover = threading.Lock()
        self._lock: int | None = None
        self._ended = False

    def find(self, serves: Callable[[Token], bool]) -> Token | None:
        """Return the host's token; if there is none that serves, take the lock, and discard what is there."""
        self.busy = False
        try:
            with self._file.open_folder() as folder:
                token = self._served(folder, serves)
                if token is None and self._take_lock(folder):
                    # Another process may have renewed it before this one had the lock.
                    token = self._served(folder, serves)
                    if token is None:
                        with suppress(FileNotFoundError):
                            os.unlink(self._file.name, dir_fd=folder)
                return token
        except OSError as error:
            self._file.warn("", error)
            return None

    def keep(self, token: Token) -> None:
        """Write a fresh token for the other processes, if this one holds the lock."""
        if self._lock is None:
            return
        try:
            with self._file.open_folder() as folder:
                self._file.write(folder, token)
        except OSError as error:
            self._file.warn("", error)

    def _served(self, folder: int, serves: Callable[[Token], bool]) -> Token | None:
        token = self._file.read(folder)
        return token if token and serves(token) else None

    def _take_lock(self, folder: int) -> bool:
        name = f"{self._file.name}.lock"
        try:
            opened = os.open(name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600, dir_fd=folder)
        except OSError as error:
            self._file.warn(name, error)
            return False
        try:
            require_own(opened, stat.S_ISREG)
            lock(opened)
        except OSError as error:
            os.close(opened)
            self.busy = isinstance(error, BlockingIOError)
            if not self.busy:
                self._file.warn(name, error)
            return False
        except BaseException:
            os.close(opened)
            raise
        with self._handover:
            if not self._ended:
                self._lock = opened
                return True
        unlock(opened)
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._handover:
            self._ended = True
            held, self._lock = self._lock, None
        if held is not None:
            unlock(held)


def _document(name: str, token: Token) -> bytes:
    kept = {"of": name, "renew_at": token.renew_at, "access_token": token.value.reveal()}
    return json.dumps(kept).encode()


def _digest(credentials: Credentials, key: Secret[str]) -> str:
    named = (
        "airflow-provider-paxos token",
        credentials.token_url,
        credentials.client_id,
        credentials.client_secret.reveal(),
        *credentials.scopes,
    )
    return hmac.new(key.reveal().encode(), json.dumps(named).encode(), hashlib.sha256).hexdigest()
