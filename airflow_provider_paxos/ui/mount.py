"""The mounted app: it makes the sub-app at the first request, and adds the headers of every answer.

Airflow imports plugins in each process, workers among them, but serves their apps in the API server alone. Only there
are FastAPI, Airflow's models and the API's modules worth their import.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import FastAPI

_HEADERS = {
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'; sandbox",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
}


class SubApp:
    """Stands for ``app.create_app()`` as an ASGI app."""

    @cached_property
    def app(self) -> FastAPI:
        """The sub-app itself."""
        from airflow_provider_paxos.ui.app import create_app  # noqa: PLC0415

        return create_app()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request."""
        caching = b"no-cache" if "/static/" in scope.get("path", "") else b"no-store"
        own = {**_HEADERS, b"cache-control": caching}

        async def send_safely(message: Any) -> None:
            if message["type"] == "http.response.start":
                kept = [(name, value) for name, value in message.get("headers", ()) if name.lower() not in own]
                message = {**message, "headers": [*kept, *own.items()]}
            await send(message)

        await self.app(scope, receive, send_safely)
