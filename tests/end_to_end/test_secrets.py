"""What payments write that succeed, or fail at one stage or another, holds no secret: logs, database, all files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from airflow_provider_paxos.emulator.auth import TOKEN_PREFIX
from airflow_provider_paxos.emulator.control_client import Controls
from demo.airflow_site import AirflowSettings, AirflowSite
from demo.processes import Processes, free_port
from demo.settlement import Emulator
from tests.end_to_end.leftovers import processes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

DAG_ID, RUN_ID = "failing_stages", "all"
KEY = Ed25519PrivateKey.generate()
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
SECRETS = {
    "the client secret": "planted-client-secret-5f1c",
    "a client secret that is refused": "planted-refused-secret-77aa",
    "the signing key": PEM.splitlines()[1],
    "an access token": TOKEN_PREFIX,
}
FAILURES = {"conflicts", "is_refused", "is_unreachable", "lacks_money", "fails_later", "waits_for_nothing"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where an Airflow with all levels of logging has run a Dag that fails at each stage."""
    home = tmp_path_factory.mktemp("airflow")
    public_key = tmp_path_factory.mktemp("paxos") / "public.pem"
    public_key.write_bytes(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with Processes(home) as processes:
        secret = SECRETS["the client secret"]
        signed = ["--require-signatures", "--signing-key", f"key-1={public_key}"]
        emulator = Emulator(free_port(), processes, ["--client-secret", secret, "--settle-seconds", "1", *signed])
        emulator.start()
        Controls(emulator.url).fault("drop_after", method="POST", ref_id="loses-an-answer")
        dags = Path(__file__).parent / "dags"
        environment = {"AIRFLOW__LOGGING__LOGGING_LEVEL": "DEBUG"}
        settings = AirflowSettings(home=home, dags_folder=dags, port=free_port(), environment=environment)
        site = AirflowSite(settings, processes)
        site.start_all()
        _connect(site, "paxos_default", emulator.url, secret)
        _connect(site, "paxos_refused", emulator.url, SECRETS["a client secret that is refused"])
        _connect(site, "paxos_gone", "http://127.0.0.1:1", secret)
        site.wait_for_dag(DAG_ID)
        site.api.trigger(DAG_ID, RUN_ID, {})
        site.wait(lambda: site.api.run_state(DAG_ID, RUN_ID) == "failed", "the run to end", seconds=600)
        states = {each.task_id: each.state for each in site.api.task_instances(DAG_ID, RUN_ID)}
    assert processes_of(home) == []
    assert {task for task, state in states.items() if state == "failed"} == FAILURES
    assert {task for task, state in states.items() if state == "success"} == {"pays", "loses_an_answer"}
    return home


def _connect(site: AirflowSite, connection_id: str, url: str, secret: str) -> None:
    site.api.add_connection(
        connection_id,
        conn_type="paxos",
        host=f"{url}/v2",
        login="paxos-emulator",
        password=secret,
        extra=json.dumps({"signing_key_id": "key-1", "signing_key": PEM}),
    )


@pytest.mark.parametrize("what", SECRETS)
def test_nothing_that_was_written_holds_a_secret(home: Path, what: str) -> None:
    written = [path for path in home.rglob("*") if path.is_file() and not path.is_symlink()]
    assert any(path.name == "airflow.db" for path in written)
    assert any("lacks_money" in str(path) for path in written)
    assert any(path.parent.name == "airflow-provider-paxos" for path in written), "the host's token file is among them"

    assert [path for path in written if SECRETS[what].encode() in path.read_bytes()] == []


def test_the_logs_are_there_to_be_searched(home: Path) -> None:
    logs = "\n".join(path.read_text(errors="replace") for path in home.rglob("*.log"))

    for words in ("urllib3", "insufficient-funds", "invalid_client", "account closed", "adopted", "Connection refused"):
        assert words in logs
