"""Where the processes of a host share what they have in common."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from airflow_provider_paxos.hooks.host_folder import host_folder


def test_the_folder_is_in_the_user_s_runtime_folder() -> None:
    assert host_folder() == Path(os.environ["XDG_RUNTIME_DIR"], "airflow-provider-paxos")


@pytest.mark.parametrize("runtime", ["", "relative", "/there/is/none"])
def test_without_one_it_is_where_temporary_files_are(monkeypatch: pytest.MonkeyPatch, runtime: str) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)

    assert host_folder() == Path(tempfile.gettempdir(), f"airflow-provider-paxos-{os.geteuid()}")


def test_the_runtime_folder_of_another_user_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    user = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: user)

    assert host_folder() == Path(tempfile.gettempdir(), f"airflow-provider-paxos-{user}")
