"""The sub-app that Airflow's API server mounts: the API, and the modules of the browser's side."""

from __future__ import annotations

from os import PathLike, stat_result
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from airflow_provider_paxos import __version__
from airflow_provider_paxos.ui import reconciliation_routes
from airflow_provider_paxos.ui.routes import router

if TYPE_CHECKING:
    from starlette.types import Scope


class _Modules(StaticFiles):
    """Serves every file as a script, whatever the host's table of media types says: no browser runs a text/plain."""

    def file_response(
        self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Content-Type"] = "text/javascript; charset=utf-8"
        return response


def create_app() -> FastAPI:
    """Return the sub-app: GET only, with no pages of its own."""
    app = FastAPI(title="Paxos in Airflow's web UI", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(router, prefix="/api")
    app.include_router(reconciliation_routes.router, prefix="/api")
    # Below the version: modules import each other by relative addresses, so that a browser never mixes those of two
    # versions, also where servers of both answer behind one address. Another version's address is not found.
    app.mount(f"/static/{__version__}", _Modules(directory=Path(__file__).parent / "static"), name="static")
    return app
