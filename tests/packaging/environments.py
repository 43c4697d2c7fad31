"""Virtual environments outside the one that the tests run in, and what runs in them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.util import cache_from_source
from pathlib import Path

from packaging.requirements import Requirement

CHECKOUT = Path(__file__).parents[2]
NO_REGISTRY = ("No matching distribution found", "Failed to establish a new connection", "Name or service not known")


class NoRegistryError(Exception):
    """Packages cannot be installed here; the text is pip's last word."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment."""

    folder: Path

    @classmethod
    def create(cls, folder: Path) -> Environment:
        """Make an environment that has nothing but Python."""
        venv.create(folder, clear=True)
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
                cls.create(environment.folder)._link_from_here(requirements)
                # The file names every package: nothing has to be resolved. Python compiles what is imported, which is
                # a part of it.
                environment.pip("install", "--no-deps", "--no-compile", "--requirement", str(requirements))
                stamp.write_text(state)
        return environment

    def _link_from_here(self, requirements: Path) -> None:
        """Link the packages that the tests' own environment has in the listed version, compiled as they are.

        That is nine in ten: pip would take a minute to unpack the same files again, and Python as long to compile them.
        """
        names = {"base": str(self.folder), "platbase": str(self.folder)}
        packages = Path(sysconfig.get_path("purelib", vars=names))
        for line in requirements.read_text().splitlines():
            if (wanted := line.partition("#")[0].strip()) and (found := _installed_here(Requirement(wanted))):
                _link(found, packages)

    def pip(self, *arguments: str) -> str:
        """Run the pip of the tests' own environment for this one, with the pip configuration of this machine."""
        python = str(self.folder / "bin" / "python")
        pip = ("-m", "pip", "--disable-pip-version-check", "--quiet", "--python", python)
        try:
            return _output_of(sys.executable, *pip, *arguments, cwd=self.folder)
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
        return _output_of(str(self.folder / "bin" / "python"), *arguments, cwd=cwd or self.folder, **variables)


def _output_of(python: str, *arguments: str, cwd: Path, **variables: str) -> str:
    foreign = ("AIRFLOW", "PYTHON", "PYTEST", "COV_", "COVERAGE", "VIRTUAL_ENV")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    # Versions of Airflow that are older than a test may skip it, also where this one may not.
    inherited.pop("CI", None)
    done = subprocess.run(
        [python, *arguments],
        cwd=cwd,
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


def _installed_here(wanted: Requirement) -> Distribution | None:
    """Return the package that the tests' own environment has, if it is in the wanted version."""
    try:
        found = distribution(wanted.name)
    except PackageNotFoundError:
        return None
    return found if wanted.specifier.contains(found.version) else None


def _link(package: Distribution, packages: Path) -> None:
    """Link the files of a package, without its programs: their first lines name the Python of their environment."""
    for file in package.files or ():
        if ".." in file.parts:
            continue
        source, target = str(file.locate()), str(packages / file)
        _link_file(source, target)
        if file.suffix == ".py" and Path(compiled := cache_from_source(source)).exists():
            _link_file(compiled, cache_from_source(target))


def _link_file(source: str, target: str) -> None:
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:  # on another file system, or there: some files belong to more than one package
        shutil.copy2(source, target)
