"""The plugin in Airflow: found by its entry point, cheap to import, and served safely."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.plugins_manager import AirflowPlugin

from airflow_provider_paxos import __version__
from airflow_provider_paxos.ui import plugin, urls
from tests.test_imports import newly_imported
from tests.ui.per_dag import EVE
from tests.ui.xcoms import XComTable

if TYPE_CHECKING:
    from starlette.testclient import TestClient

STATIC = Path(plugin.__file__).parent / "static"
STATIC_PATH = f"/paxos/static/{__version__}"
MODULES = sorted(path.name for path in STATIC.glob("*.js"))


def imports(module: str) -> set[str]:
    """Return the addresses that a module imports."""
    return set(re.findall(r'^(?:import|\} from) .*?"([^"]+)";$', (STATIC / module).read_text(), re.MULTILINE))


def test_airflow_finds_it_by_its_entry_point() -> None:
    (point,) = entry_points(group="airflow.plugins", name="paxos")
    assert point.load() is plugin.PaxosPlugin


def test_the_api_server_serves_it(logged_in: Callable[[str], Any], xcoms: XComTable) -> None:
    # An address that nothing is mounted at is answered with the UI's page, and 200.
    response = logged_in(EVE).get("/paxos/api/orchestrations")
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert response.json()["items"] == []


def test_airflow_lists_an_app_for_each_place(logged_in: Callable[[str], Any]) -> None:
    (paxos,) = (each for each in logged_in(EVE).get("/api/v2/plugins").json()["plugins"] if each["name"] == "paxos")
    apps = paxos["react_apps"]
    assert [app["destination"] for app in apps] == ["nav", "dag_run", "task_instance"]
    assert {app["name"] for app in apps} == {"Paxos"}
    assert len({app["url_route"] for app in apps}) == len({app["bundle_url"] for app in apps}) == 3
    assert all(app["bundle_url"].startswith(f"/paxos/static/{__version__}/paxos.js?at=") for app in apps)


def test_the_links_lead_to_the_route_of_the_tasks_tab() -> None:
    routes = {app["destination"]: app["url_route"] for app in plugin.react_apps()}
    assert urls.TaskKey("d", "r", "t").task_path.endswith(f"/plugin/{routes['task_instance']}")


@pytest.mark.parametrize("base_url", ["https://airflow.example/data/airflow", "https://airflow.example/data/airflow/"])
def test_below_a_path_the_bundle_is_below_it_too(base_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", base_url)
    assert all(app["bundle_url"].startswith("/data/airflow/paxos/static/") for app in plugin.react_apps())


def test_an_airflow_without_react_apps_lacks_the_places_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delattr(AirflowPlugin, "react_apps")
    with caplog.at_level("INFO"):
        assert plugin.react_apps() == []
    assert "absent from its web UI" in caplog.text


def test_importing_it_imports_no_web_framework_no_models_and_no_api(tmp_path: Path) -> None:
    new = newly_imported(tmp_path, "airflow.plugins_manager", "airflow_provider_paxos.ui.plugin")
    dear = ("fastapi", "starlette", "pydantic", "airflow.models", "airflow_provider_paxos.api", "requests", "httpx2")
    assert "airflow_provider_paxos.ui.plugin" in new
    assert {each for each in new if each.startswith(dear)} == set()


SERVE = """
import json
from airflow.api_fastapi.app import create_app
from starlette.testclient import TestClient
client = TestClient(create_app("core"))
answers = [client.get(f"/data/airflow/paxos/{path}") for path in ("static/VERSION/paxos.js", "api/orchestrations")]
print(json.dumps([[answer.status_code, answer.headers["content-type"]] for answer in answers]))
"""


def test_below_a_path_it_is_served(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__API__BASE_URL": "http://localhost/data/airflow",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{tmp_path}/airflow.db",
    }
    program = SERVE.replace("VERSION", __version__)
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [
        [200, "text/javascript; charset=utf-8"],
        [401, "application/json"],
    ]


class TestHeaders:
    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("api/orchestrations", 200),
            ("api/orchestrations.csv", 200),
            ("api/orchestrations?limit=0", 422),
            ("api/nothing", 404),
            (f"static/{__version__}/paxos.js", 200),
            (f"static/{__version__}/nothing.js", 404),
            ("", 404),
        ],
    )
    def test_every_answer_has_them(
        self, path: str, status: int, logged_in: Callable[[str], Any], xcoms: XComTable
    ) -> None:
        response = logged_in(EVE).get(f"/paxos/{path}")
        assert response.status_code == status
        assert response.headers["content-security-policy"].startswith("default-src 'none'; frame-ancestors 'none'")
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert response.headers["cache-control"] == ("no-cache" if path.startswith("static/") else "no-store")

    def test_a_refusal_has_them_too(self, anonymous: TestClient) -> None:
        response = anonymous.get("/paxos/api/orchestrations")
        assert response.status_code == 401
        assert response.headers["content-security-policy"].startswith("default-src 'none'")

    def test_so_has_an_error_of_its_own(
        self, logged_in: Callable[[str], Any], xcoms: XComTable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: Any) -> Any:
            raise RuntimeError("secret")

        monkeypatch.setattr("airflow_provider_paxos.ui.query.dag_ids", broken)
        client = logged_in(EVE)
        client._transport.raise_server_exceptions = False
        response = client.get("/paxos/api/orchestrations")
        assert (response.status_code, "secret" in response.text) == (500, False)
        assert response.headers["content-security-policy"].startswith("default-src 'none'")


class TestStatic:
    @pytest.mark.parametrize("module", MODULES)
    def test_every_module_is_public_and_a_script(self, module: str, anonymous: TestClient) -> None:
        response = anonymous.get(f"{STATIC_PATH}/{module}", params={"at": "nav"})
        assert response.headers["content-type"] == "text/javascript; charset=utf-8"
        assert response.text == (STATIC / module).read_text()

    def test_it_is_not_sent_again_unchanged(self, anonymous: TestClient) -> None:
        tag = anonymous.get(f"{STATIC_PATH}/paxos.js").headers["etag"]
        assert anonymous.get(f"{STATIC_PATH}/paxos.js", headers={"If-None-Match": tag}).status_code == 304

    @pytest.mark.parametrize("path", ["/paxos/static/0.0.1/paxos.js", "/paxos/static/paxos.js"])
    def test_the_modules_of_no_other_version_are_served(self, path: str, anonymous: TestClient) -> None:
        assert anonymous.get(path).status_code == 404

    @pytest.mark.parametrize("module", MODULES)
    def test_a_module_imports_its_siblings_by_relative_addresses(self, module: str) -> None:
        assert {name for name in imports(module) if name.removeprefix("./") not in MODULES} == set()
        assert all(name.startswith("./") for name in imports(module))

    def test_the_entry_needs_every_module_and_no_module_needs_itself(self) -> None:
        def needed(module: str, path: tuple[str, ...] = ()) -> set[str]:
            assert module not in path, f"{' -> '.join(path)} -> {module}"
            return {module}.union(*(needed(name.removeprefix("./"), (*path, module)) for name in imports(module)))

        assert needed("paxos.js") == set(MODULES)

    @pytest.mark.parametrize("path", ["../plugin.py", "%2e%2e/plugin.py", "..%2fplugin.py", "", "/etc/passwd"])
    def test_nothing_else_is_served(self, path: str, anonymous: TestClient) -> None:
        response = anonymous.get(f"{STATIC_PATH}/{path}")
        assert "PaxosPlugin" not in response.text
        assert response.status_code in (404, 405)
