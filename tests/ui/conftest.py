"""Airflow's API server with the plugin, as its entry point brings it, above a database of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.airflow_database import airflow_database
from tests.ui.per_dag import EVE
from tests.ui.xcoms import XComTable

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.testclient import TestClient


@pytest.fixture(scope="package")
def airflow_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    home = tmp_path_factory.mktemp("airflow")
    with pytest.MonkeyPatch.context() as patch, airflow_database(home, home / "dags"):
        patch.setenv("AIRFLOW__CORE__AUTH_MANAGER", "tests.ui.per_dag.PerDag")
        patch.setenv("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE", str(home / "passwords.json"))
        patch.setenv(
            "AIRFLOW__API_AUTH__JWT_SECRET",
            "a secret of these tests, which is long enough for the algorithm that signs the tokens",
        )
        patch.setenv("AIRFLOW__API_AUTH__JWT_ISSUER", "tests")
        yield home


@pytest.fixture(scope="package")
def server(airflow_home: Any) -> Iterator[FastAPI]:
    from airflow.api_fastapi.app import create_app, purge_cached_app  # noqa: PLC0415

    purge_cached_app()
    yield create_app("core")
    purge_cached_app()


@pytest.fixture
def xcoms(airflow_home: Any) -> Iterator[XComTable]:
    from airflow.utils.session import create_session  # noqa: PLC0415

    with create_session() as session:
        xcoms = XComTable(session)
        xcoms.clear()
        yield xcoms


@pytest.fixture
def define_names(airflow_home: Any) -> Iterator[Callable[[Any], None]]:
    """State the names of profiles and accounts, in an Airflow Variable."""
    from airflow.models.variable import Variable  # noqa: PLC0415
    from airflow.utils.session import create_session  # noqa: PLC0415
    from sqlalchemy import delete  # noqa: PLC0415

    def define(names: Any) -> None:
        with create_session() as session:
            session.execute(delete(Variable))
            session.add(Variable(key="paxos_names", val=json.dumps(names)))

    yield define
    with create_session() as session:
        session.execute(delete(Variable))


@pytest.fixture
def anonymous(server: FastAPI) -> TestClient:
    from starlette.testclient import TestClient  # noqa: PLC0415

    return TestClient(server, raise_server_exceptions=True)


@pytest.fixture
def logged_in(server: FastAPI) -> Callable[[str], TestClient]:
    """Return the client of a user, who is known by the token that the log-in page gives."""
    from airflow.api_fastapi.app import get_auth_manager  # noqa: PLC0415
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser  # noqa: PLC0415
    from starlette.testclient import TestClient  # noqa: PLC0415

    def client(name: str) -> TestClient:
        token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=name, role="user"))
        return TestClient(server, headers={"Authorization": f"Bearer {token}"})

    return client


@pytest.fixture
def ask(logged_in: Callable[[str], TestClient], xcoms: XComTable) -> Callable[..., Any]:
    """Return what the API answers to a user who may read everything."""
    client = logged_in(EVE)

    def answer(path: str = "orchestrations", **parameters: Any) -> Any:
        response = client.get(f"/paxos/api/{path}", params=parameters)
        assert response.status_code == 200, response.text
        return response.json()

    return answer
