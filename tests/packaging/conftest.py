"""The wheel, built once, and older Airflows to install it beside."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.packaging.environments import CHECKOUT, Environment, NoRegistryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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
def environment_with() -> Iterator[Callable[[str], Environment]]:
    """Return the environment for a name of OLDER. All are made at the same time: each takes a minute or more."""
    with ThreadPoolExecutor() as pool:
        making = {name: pool.submit(Environment.cached, name) for name in OLDER}

        def environment(name: str) -> Environment:
            try:
                return making[name].result()
            except NoRegistryError as error:
                pytest.skip(f"{name} cannot be installed here: {error}")

        yield environment
