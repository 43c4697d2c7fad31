"""A server in a process of its own that speaks just enough of Paxos, dbt Cloud and Databricks for a benchmark.

It is plain asyncio on the standard library, so that it is not what limits the clients. Each job that is waited for
ends at a time that the benchmark sets beforehand, on the monotonic clock, which all processes of a machine share:
so the client alone computes the delay to an event. ``/_bench`` sets the ends and returns the counts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import ssl
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

Allow = Callable[[str, str], bool]
NEVER = float("inf")
_HEAD_END = b"\r\n\r\n"
_TOKEN_PATHS = ("/oauth2/token", "/oidc/v1/token")
"""Paxos' and Databricks'."""

_LIST = "/v2/orchestration/orchestrations"
_REASONS = {200: b"OK", 404: b"Not Found", 409: b"Conflict", 429: b"Too Many Requests"}
_NAMESPACE = uuid.UUID("1f0e9c5e-0000-4000-8000-000000000000")

_ORCHESTRATION = json.dumps(
    {
        "id": "<id>",
        "profile_id": "8f0e1d2c-1111-4222-8333-444455556666",
        "customer_id": "0a1b2c3d-1111-4222-8333-444455556666",
        "ref_id": "<ref_id>",
        "source_asset": "USDG",
        "destination_asset": "PYUSD",
        "source_amount": "1250.00",
        "source_transfer": {"transfer_id": "3c2b1a09-1111-4222-8333-444455556666", "status": "COMPLETED"},
        "destination_transfer": {"transfer_id": "4d3c2b1a-1111-4222-8333-444455556666", "status": "PROCESSING"},
        "status": "<status>",
        "source": {"profile": {"profile_id": "8f0e1d2c-1111-4222-8333-444455556666"}},
        "destination": {"crypto": {"address": "0x52908400098527886E0F7030069857D2E4169EE7", "network": "ETHEREUM"}},
        "created_at": "2026-07-01T12:00:00.000000Z",
        "updated_at": "2026-07-01T12:00:01.000000Z",
        "metadata": {"airflow_dag_id": "settlement", "airflow_task_id": "create"},
    }
)
_DBT_RUN = {
    "id": 0,
    "account_id": 1,
    "project_id": 2,
    "job_definition_id": 3,
    "environment_id": 4,
    "href": "https://cloud.getdbt.com/deploy/1/projects/2/runs/0/",
    "git_sha": "2c1e9a9d0c0a4f7d8e6b5a4f3e2d1c0b9a8f7e6d",
    "dbt_version": "1.9.0",
    "created_at": "2026-07-01 12:00:00.000000+00:00",
    "started_at": "2026-07-01 12:00:01.000000+00:00",
    "status_message": None,
    "artifacts_saved": False,
    "status_humanized": "Running",
}
_DATABRICKS_RUN = {
    "job_id": 11223344,
    "run_name": "settlement",
    "run_page_url": "https://my-workspace.cloud.databricks.com/#job/11223344/run/0",
    "run_type": "JOB_RUN",
    "start_time": 1625060460483,
    "creator_user_name": "user@example.com",
    "tasks": [{"run_id": 2112892, "task_key": "settle", "state": {"life_cycle_state": "RUNNING"}}],
}


HEADERS = {"Accept": "application/json", "Authorization": "Bearer " + 800 * "t", "User-Agent": "benchmark"}
"""What an HTTP library alone sends, where a client of ours is measured beside it."""


def orchestration_id(number: int) -> str:
    """Return the id that the server gives the orchestration of a number."""
    return str(uuid.uuid5(_NAMESPACE, str(number)))


@dataclass
class JobStore:
    """Holds the server's state: when each job ends, what was created, and the counts of requests.

    :param allow: counts a request by method and path, and returns whether Paxos' rate limits allow it.
    :param latency: seconds before each answer leaves.
    :param limited: whether the limits are enforced.
    """

    allow: Allow = lambda _method, _path: True
    latency: float = 0.0
    limited: bool = False
    settle_after: float = NEVER
    ends: dict[str, float] = field(default_factory=dict)
    by_ref_id: dict[str, str] = field(default_factory=dict)
    created: dict[str, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    held: int = 0

    def start_anew(self) -> None:
        """Forget all jobs and counts; connections that are held stay held."""
        for kept in (self.ends, self.by_ref_id, self.created, self.counts):
            kept.clear()
        self.latency, self.settle_after, self.limited = 0.0, NEVER, False

    def ended(self, key: str) -> bool:
        """Return whether a job has ended by now; one that the benchmark did not name goes on for ever."""
        return time.monotonic() >= self.ends.get(key, NEVER)

    def orchestration(self, key: str) -> str:
        """Return an orchestration's JSON."""
        status = "COMPLETED" if self.ended(key) else "PROCESSING"
        whole = self.created.get(key) or _ORCHESTRATION.replace("<id>", key).replace("<ref_id>", f"ref-{key}")
        return whole.replace("<status>", status)

    def create(self, body: bytes) -> tuple[int, str]:
        """Accept an orchestration, or refuse a ref_id that is in use."""
        asked: dict[str, Any] = json.loads(body)
        ref_id = asked["ref_id"]
        if ref_id in self.by_ref_id:
            return 409, '{"type": "https://developer.paxos.com/docs/v2/problems/already-exists", "status": 409}'
        self.counts["accepted"] += 1
        key = self.by_ref_id[ref_id] = str(uuid.uuid5(_NAMESPACE, ref_id))
        self.created[key] = json.dumps({**json.loads(_ORCHESTRATION), **asked, "id": key})
        self.ends[key] = time.monotonic() + self.settle_after
        return 200, self.orchestration(key)

    def answer(self, method: str, target: str, body: bytes) -> tuple[int, str]:
        """Return status and body of the answer to a request."""
        path, _, query = target.partition("?")
        if self.limited and not self.allow(method, path):
            self.counts["throttled"] += 1
            return 429, '{"type": "about:blank", "title": "Too Many Requests", "status": 429}'
        return self._answer(method, path, query, body)

    def _answer(self, method: str, path: str, query: str, body: bytes) -> tuple[int, str]:
        if path in _TOKEN_PATHS:
            self.counts["token"] += 1
            scope = dict(parse_qsl(body.decode())).get("scope", "")
            token = {"access_token": "t" * 800, "expires_in": 3599, "scope": scope, "token_type": "Bearer"}
            return 200, json.dumps(token)
        self.counts["requests"] += 1
        if path == _LIST:
            return self.create(body) if method == "POST" else self._list(query)
        key = unquote(path.removeprefix(f"{_LIST}/"))
        if key != path:
            self.counts["polls"] += 1
            return 200, self.orchestration(key)
        if path.startswith("/api/v2/accounts/"):
            self.counts["polls"] += 1
            key = path.split("/")[6]
            status = 10 if self.ended(key) else 3
            return 200, json.dumps({"status": {"code": 200}, "data": {**_DBT_RUN, "id": int(key), "status": status}})
        if path.endswith("/jobs/runs/get"):
            self.counts["polls"] += 1
            key = str(json.loads(body)["run_id"] if body else dict(parse_qsl(query))["run_id"])
            state = {"life_cycle_state": "RUNNING", "state_message": ""}
            if self.ended(key):
                state = {"life_cycle_state": "TERMINATED", "result_state": "SUCCESS", "state_message": ""}
            return 200, json.dumps({**_DATABRICKS_RUN, "run_id": int(key), "state": state})
        return 404, "{}"

    def _list(self, query: str) -> tuple[int, str]:
        asked = parse_qsl(query)
        keys = [value for name, value in asked if name == "orchestration_id"]
        keys += [self.by_ref_id[value] for name, value in asked if name == "ref_id" and value in self.by_ref_id]
        self.counts["polls"] += len(keys)
        return 200, f'{{"items": [{", ".join(map(self.orchestration, keys))}]}}'

    def control(self, method: str, body: bytes) -> str:
        """Start anew or add to the ends, and return the counts."""
        if method == "PUT":
            asked: dict[str, Any] = json.loads(body)
            if asked.pop("anew", False):
                self.start_anew()
            self.ends.update(asked.pop("ends", {}))
            for name, value in asked.items():
                setattr(self, name, value)
        return json.dumps({**self.counts, "held": self.held, "server_cpu": time.process_time()})


class Connection(asyncio.Protocol):
    """One client's connection: requests in turn, each with its answer."""

    def __init__(self, jobs: JobStore) -> None:
        self._jobs = jobs
        self._buffer = b""
        self._counted = False
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - narrows the type
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer the requests that are whole."""
        self._buffer += data
        while (end := self._buffer.find(_HEAD_END)) >= 0:
            head = self._buffer[:end]
            length = _content_length(head)
            if len(self._buffer) < end + 4 + length:
                return
            body = self._buffer[end + 4 : end + 4 + length]
            self._buffer = self._buffer[end + 4 + length :]
            method, target, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
            self._answer(method, target, body)

    def _answer(self, method: str, target: str, body: bytes) -> None:
        if target == "/_bench":
            self._write(200, self._jobs.control(method, body))
            return
        if not self._counted:
            # The benchmark's own connections do not count.
            self._counted = True
            self._jobs.counts["connections"] += 1
            self._jobs.held += 1
        status, text = self._jobs.answer(method, target, body)
        if self._jobs.latency:
            asyncio.get_running_loop().call_later(self._jobs.latency, self._write, status, text)
        else:
            self._write(status, text)

    def _write(self, status: int, text: str) -> None:
        content = text.encode()
        head = b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        self._transport.write(head % (status, _REASONS[status], len(content)) + content)

    def connection_lost(self, _: Exception | None) -> None:
        """No longer count it as held."""
        if self._counted:
            self._jobs.held -= 1


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line[:15].lower() == b"content-length:":
            return int(line[15:])
    return 0


def allow_many_connections() -> None:
    """Raise the process' limit of open files as far as it may: a peer holds a connection for each job."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _paxos_limits() -> Allow:
    # Here, as the peers' processes import this file, too.
    from airflow_provider_paxos.emulator.rate_limits import RateLimits  # noqa: PLC0415
    from airflow_provider_paxos.emulator.settings import EmulatorSettings  # noqa: PLC0415

    limits, settings = RateLimits(), EmulatorSettings(rate_limits=True)
    return lambda method, path: limits.allow(settings, ("127.0.0.1", method, path), datetime.now(UTC))


async def serve(options: argparse.Namespace) -> None:
    """Serve until the process ends: without TLS for the benchmark itself, over TLS for the measured clients."""
    jobs, loop = JobStore(_paxos_limits()), asyncio.get_running_loop()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(options.certificate)
    plain = await loop.create_server(lambda: Connection(jobs), "127.0.0.1", options.port)
    secure = await loop.create_server(
        lambda: Connection(jobs), "127.0.0.1", options.tls_port, ssl=context, backlog=16384
    )
    await asyncio.gather(plain.serve_forever(), secure.serve_forever())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tls-port", type=int, required=True)
    parser.add_argument("--certificate", required=True, help="PEM file of the certificate and its key")
    allow_many_connections()
    asyncio.run(serve(parser.parse_args()))
