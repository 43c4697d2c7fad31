"""The file in which the processes of a host share their token, and the key that encrypts it: Airflow's Fernet key."""

from __future__ import annotations

import logging
from functools import lru_cache

from airflow_provider_paxos.api.credentials import Credentials
from airflow_provider_paxos.api.own_files import CAN_LOCK
from airflow_provider_paxos.api.secrecy import CutFrames, Secret
from airflow_provider_paxos.api.token_file import TokenFile
from airflow_provider_paxos.hooks.host_folder import host_folder
from airflow_provider_paxos.version_compat import conf

_UNSET = "{FERNET_KEY}"
"""The Task SDK's configuration returns this where neither a file nor the environment has a key."""

log = logging.getLogger(__name__)


@lru_cache(maxsize=32)
def token_file(credentials: Credentials) -> TokenFile | None:
    """Return where the processes of this host share a token, or None if they cannot. It may block."""
    try:
        with CutFrames():
            key = _fernet_key()
            return TokenFile(host_folder(), credentials, key) if CAN_LOCK and key else None
    except Exception as error:  # noqa: BLE001 - a secrets backend, a command or a folder may fail as it likes
        # Its message may hold the key.
        kind = type(error).__name__
        log.warning("Each process fetches a Paxos token of its own, as the host's cannot be used: %s.", kind)
        return None


def _fernet_key() -> Secret[str]:
    # The first one encrypts; those after it are for reading what is older, which here is fetched anew.
    key = str(conf.get("core", "fernet_key", fallback=None) or "").partition(",")[0].strip()
    return Secret("" if key == _UNSET else key)
