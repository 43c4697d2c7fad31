"""Virtual environments outside the one that the tests run in, and what runs in them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
PIP = CHECKOUT / "requirements" / "pip.txt"
NO_REGISTRY = ("No matching distribution found", "Failed to establish a new connection", "Name or service not known")


class NoRegistryError(Exception):
    """Packages cannot be installed here; the text is pip's last word."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment."""

    folder: Path

    @classmethod
    def create(cls, folder: Path) -> Environment:
        """Make an environment that has pip and nothing else."""
        venv.create(folder, clear=True, with_pip=True)
        return cls(folder)

    @classmethod
    def cached(cls, name: str) -> Environment:
        """Return the environment with all that ``requirements/<name>.txt`` lists; made once per state of the file."""
        requirements = CHECKOUT / "requirements" / f"{name}.txt"
        folder = CHECKOUT / ".venvs"
        stamp = folder / f"{name}.stamp"
        state = f"{sys.version} {hashlib.sha256(requirements.read_bytes()).hexdigest()}"
        environment = cls(folder / name)
        folder.mkdir(exist_ok=True)
        with (folder / f"{name}.lock").open("w") as lock:
            # Tests may run in several processes.
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not stamp.exists() or stamp.read_text() != state:
                stamp.unlink(missing_ok=True)
                cls.create(environment.folder).pip("install", "--requirement", str(PIP))
                # The file names every package: nothing has to be resolved. Python compiles what is imported, which is
                # a part of it.
                environment.pip("install", "--no-deps", "--no-compile", "--requirement", str(requirements))
                stamp.write_text(state)
        return environment

    def pip(self, *arguments: str) -> str:
        """Run pip, with the pip configuration of this machine."""
        try:
            return self.run("-m", "pip", "--disable-pip-version-check", "--quiet", *arguments)
        except subprocess.CalledProcessError as error:
            if any(words in error.output for words in NO_REGISTRY):
                raise NoRegistryError(error.output[-1000:]) from None
            raise

    def install(self, wheel: Path) -> None:
        """Install this very wheel, also where one of the same version is; nothing else is touched."""
        self.pip("install", "--no-deps", "--no-index", "--force-reinstall", str(wheel))

    def run(self, *arguments: str, cwd: Path | None = None, **variables: str) -> str:
        """Run its Python away from the checkout, with none of the caller's Airflow, Python or coverage settings.

        :raises subprocess.CalledProcessError: with all output, if it does not end with status 0
        """
        foreign = ("AIRFLOW", "PYTHON", "PYTEST", "COV_", "COVERAGE", "VIRTUAL_ENV")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        # Versions of Airflow that are older than a test may skip it, also where this one may not.
        inherited.pop("CI", None)
        done = subprocess.run(
            [str(self.folder / "bin" / "python"), *arguments],
            cwd=cwd or self.folder,
            env={**inherited, **variables},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode:
            print(done.stdout[-8000:])  # pytest shows it below the traceback, and not once more in its summary
            raise subprocess.CalledProcessError(done.returncode, arguments, done.stdout)
        return done.stdout
