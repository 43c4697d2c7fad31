"""The wheel, built once, and older Airflows to install it beside."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.packaging.environments import CHECKOUT, Environment, NoRegistryError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OLDER = ("airflow-3.1", "airflow-3.2")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, as ``python -m build`` makes it of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(CHECKOUT)]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="session")
def environment_with() -> Callable[[str], Environment]:
    """Return the environment for a name of OLDER; to make it takes a minute or more, once."""

    def environment(name: str) -> Environment:
        try:
            return Environment.cached(name)
        except NoRegistryError as error:
            pytest.skip(f"{name} cannot be installed here: {error}")

    return environment


@pytest.fixture(scope="session", params=OLDER)
def older(request: pytest.FixtureRequest, environment_with: Callable[[str], Environment], wheel: Path) -> Environment:
    """An environment with an older Airflow and the wheel."""
    environment = environment_with(request.param)
    environment.install(wheel)
    return environment
