"""The few calls of Airflow's REST API that the demo and the end-to-end tests make."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import requests

from demo.processes import DemoError, NoAnswer, busy_machine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

TIMEOUT = 120.0
PAGE = 100
TURNS = 10
"""How often a request is made whose answer is that the database was locked."""


@dataclass(frozen=True)
class TaskInstance:
    """A task of a Dag run, as far as it shows how the run is getting on."""

    task_id: str
    map_index: int
    state: str | None
    try_number: int


@dataclass(frozen=True)
class DagRun:
    """A run of a Dag: what has started it, and from when to when it ran."""

    run_id: str
    run_type: str
    state: str
    began: datetime | None
    ended: datetime | None


class AirflowApi:
    """A client for one Airflow.

    :param url: address of the API server
    :param user: whom to log in as
    :param password: their password
    """

    def __init__(self, url: str, user: str, password: str) -> None:
        self._url = url
        self._log_in = {"username": user, "password": password}

    @staticmethod
    def health(url: str) -> dict[str, Any]:
        """Return what each part of an Airflow reports of itself; empty while its API server is not up."""
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.get(f"{url}/api/v2/monitor/health", timeout=TIMEOUT)
            return dict(answer.json()) if answer.ok else {}
        except requests.RequestException:
            return {}

    def add_connection(self, connection_id: str, **fields: Any) -> None:
        """Create a connection; the fields are those of the API, such as ``conn_type`` and ``login``."""
        self._call("POST", "connections", json={"connection_id": connection_id, **fields})

    def import_errors(self) -> list[str]:
        """Return the traceback of every Dag file that cannot be imported."""
        return [error["stack_trace"] for error in self._pages("importErrors", "import_errors")]

    def has_dag(self, dag_id: str) -> bool:
        """Tell whether Airflow knows a Dag."""
        return self._request("GET", f"dags/{dag_id}").ok

    def trigger(self, dag_id: str, run_id: str, params: Mapping[str, Any]) -> None:
        """Unpause a Dag and start a run of it."""
        self.set_paused(dag_id, False)
        run = {"dag_run_id": run_id, "logical_date": None, "conf": dict(params)}
        self._call("POST", f"dags/{dag_id}/dagRuns", json=run)

    def set_paused(self, dag_id: str, paused: bool) -> None:
        """Pause a Dag, or let it run by its schedule."""
        self._call("PATCH", f"dags/{dag_id}", json={"is_paused": paused})

    def read_again(self, dag_id: str) -> None:
        """Let Airflow read the file of a Dag now, and not first when its interval ends."""
        token = self._call("GET", f"dags/{dag_id}")["file_token"]
        self._call("PUT", f"parseDagFile/{token}")

    def runs(self, dag_id: str) -> list[DagRun]:
        """Return all runs of a Dag."""
        return [
            DagRun(
                each["dag_run_id"],
                each["run_type"],
                each["state"],
                *map(_moment, (each["start_date"], each["end_date"])),
            )
            for each in self._pages(f"dags/{dag_id}/dagRuns", "dag_runs")
        ]

    def run_state(self, dag_id: str, run_id: str) -> str:
        """Return ``queued``, ``running``, ``success`` or ``failed``."""
        return str(self._call("GET", f"dags/{dag_id}/dagRuns/{run_id}")["state"])

    def task_instances(self, dag_id: str, run_id: str) -> list[TaskInstance]:
        """Return all task instances of a run; a mapped task that is not expanded yet has map index -1."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances"
        return [
            TaskInstance(each["task_id"], each["map_index"], each["state"], each["try_number"])
            for each in self._pages(path, "task_instances")
        ]

    def set_state(self, dag_id: str, run_id: str, task_id: str, state: str) -> None:
        """Mark a task as ``success`` or ``failed``, as a person does in the web UI."""
        self._call("PATCH", f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}", json={"new_state": state})

    def task_log(self, dag_id: str, run_id: str, task_id: str, try_number: int, *, map_index: int = -1) -> str:
        """Return the log of a try, as far as it is written; the triggerer's part is in it."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/logs/{try_number}"
        answer = self._call("GET", path, params={"map_index": map_index, "full_content": True})
        return "\n".join(line if isinstance(line, str) else _one_line(line) for line in answer["content"])

    def xcom(self, dag_id: str, run_id: str, task_id: str, key: str, *, map_index: int = -1) -> Any:
        """Return a value that a task pushed; None if there is none."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}"
        answer = self._request("GET", path, params={"map_index": map_index})
        return answer.json()["value"] if answer.ok else None

    def asset_events(self, dag_id: str) -> list[dict[str, Any]]:
        """Return the asset events that the tasks of a Dag have made, each with the ``uri`` of its asset."""
        return list(self._call("GET", "assets/events", params={"source_dag_id": dag_id})["asset_events"])

    def required_action(self, dag_id: str, run_id: str, task_id: str) -> dict[str, Any]:
        """Return what a task asks a person, with the answer if there is one."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/-1/hitlDetails"
        return dict(self._call("GET", path))

    def answer(self, dag_id: str, run_id: str, task_id: str, option: str) -> int:
        """Answer what a task asks; return the HTTP status."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/-1/hitlDetails"
        chosen = {"chosen_options": [option], "params_input": {}}
        return self._request("PATCH", path, json=chosen).status_code

    def delete_task_instance(self, dag_id: str, run_id: str, task_id: str) -> None:
        """Delete a task instance of a run."""
        self._call("DELETE", f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}")

    def clear_run(self, dag_id: str, run_id: str) -> None:
        """Clear a run; on the latest version of its Dag, which makes anew the task instances that were deleted."""
        wanted = {"dry_run": False, "run_on_latest_version": True}
        self._call("POST", f"dags/{dag_id}/dagRuns/{run_id}/clear", json=wanted)

    def clear(self, dag_id: str, run_id: str, task_ids: Sequence[str]) -> int:
        """Clear tasks of a run so that they run again; return how many task instances that are."""
        wanted = {"dry_run": False, "dag_run_id": run_id, "task_ids": list(task_ids), "only_failed": False}
        cleared = self._call("POST", f"dags/{dag_id}/clearTaskInstances", json=wanted)
        return int(cleared["total_entries"])

    @cached_property
    def _session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False  # neither a proxy nor a .netrc has a say on this machine
        answer = self._answer(session, "POST", f"{self._url}/auth/token", json=self._log_in)
        answer.raise_for_status()
        session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return session

    def _request(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        for _ in range(TURNS):
            answer = self._answer(self._session, method, f"{self._url}/api/v2/{path}", **kwargs)
            if not _was_locked(answer):
                break
        return answer

    @staticmethod
    def _answer(session: requests.Session, method: str, url: str, **kwargs: Any) -> requests.Response:
        try:
            return session.request(method, url, timeout=TIMEOUT, **kwargs)
        except requests.Timeout:
            raise NoAnswer(
                f"Airflow has not answered {method} {url} within {TIMEOUT:.0f} seconds.{busy_machine()}"
            ) from None

    def _call(self, method: str, path: str, **kwargs: Any) -> Any:
        answer = self._request(method, path, **kwargs)
        if not answer.ok:
            raise DemoError(f"Airflow has answered {method} {path} with {answer.status_code}: {answer.text}")
        return answer.json()

    def _pages(self, path: str, key: str) -> Iterator[dict[str, Any]]:
        offset = 0
        while page := self._call("GET", path, params={"limit": PAGE, "offset": offset})[key]:
            yield from page
            offset += len(page)


def _was_locked(answer: requests.Response) -> bool:
    """Return whether nothing was done, as the database was locked.

    With SQLite, the API server locks itself out for five seconds at times: it writes its audit log in its event loop,
    for which the end of another request's transaction waits.
    """
    return answer.status_code == 500 and "Database error" in answer.text


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _one_line(line: Mapping[str, Any]) -> str:
    """Return a structured line of a log with the message and, of an error, what was raised."""
    raised = [f"{error['exc_type']}: {error['exc_value']}" for error in line.get("error_detail") or ()]
    return "\n".join([f"{line.get('level', '')} {line['event']}", *raised])
