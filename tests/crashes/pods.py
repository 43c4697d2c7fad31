"""An executor that runs each task as the KubernetesExecutor does: one process for it alone, and nothing that stays.

What runs in a pod is ``python -m airflow.sdk.execution_time.execute_workload``, and so it is here. A pod begins with
empty folders for its home and for temporary files, has no runtime folder, and cannot reach Airflow's database.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.executors.base_executor import BaseExecutor

if TYPE_CHECKING:
    from airflow.executors.workloads.base import BaseWorkloadSchema

PODS = "CRASH_PODS"
"""The variable that names the folder of the pods' folders."""

_OF_THE_IMAGE = ("PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "LANG", "NO_PROXY", "no_proxy", "CRASH_NOTES")
_NOT_IN_A_POD = ("AIRFLOW__DATABASE__", "AIRFLOW__API__SECRET_KEY", "AIRFLOW__API_AUTH__JWT_SECRET")


class PodExecutor(BaseExecutor):
    """Starts a process for each task, and reports its end."""

    def start(self) -> None:
        """Begin without any pod."""
        self._pods: dict[Any, subprocess.Popen[bytes]] = {}
        self._count = 0

    def _process_workloads(self, workload_items: Sequence[BaseWorkloadSchema]) -> None:
        for workload in workload_items:
            key = workload.key  # type: ignore[attr-defined]
            self.queued_tasks.pop(key)
            self.running.add(key)
            self._count += 1
            folder = Path(os.environ[PODS]) / f"{os.getpid()}-{self._count}"
            for name in ("home", "tmp"):
                (folder / name).mkdir(parents=True)
            command = ["-m", "airflow.sdk.execution_time.execute_workload", "--json-string", workload.model_dump_json()]
            with (folder / "output").open("wb") as output:
                self._pods[key] = subprocess.Popen(
                    [sys.executable, *command],
                    env=environment_of_a_pod(os.environ, folder),
                    cwd=folder,
                    stdout=output,
                    stderr=output,
                )

    def sync(self) -> None:
        """Report the pods that have ended; what became of their tasks, the tasks have reported themselves."""
        for key, pod in [*self._pods.items()]:
            if (status := pod.poll()) is not None:
                del self._pods[key]
                (self.success if status == 0 else self.fail)(key)

    def end(self) -> None:
        """Wait for the pods that run."""
        for pod in self._pods.values():
            pod.wait()
        self.sync()

    def terminate(self) -> None:
        """End the pods that run."""
        for pod in self._pods.values():
            pod.kill()


def environment_of_a_pod(site: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the variables of a pod, of those of the scheduler."""
    kept = {
        name: value
        for name, value in site.items()
        if name in _OF_THE_IMAGE or (name.startswith("AIRFLOW__") and not name.startswith(_NOT_IN_A_POD))
    }
    home = str(folder / "home")
    return {**kept, "HOME": home, "AIRFLOW_HOME": home, "TMPDIR": str(folder / "tmp")}
