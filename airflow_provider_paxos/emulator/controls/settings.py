"""Control the settings, the tokens, and the return to the start."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Body, HTTPException
from pydantic import ValidationError

from airflow_provider_paxos.emulator.backend import Backend

Json = dict[str, Any]


def add_to(routes: APIRouter, backend: Backend) -> None:
    """Add the controls that read and change settings, revoke tokens and start anew."""

    @routes.get("/settings")
    async def settings() -> Json:
        return backend.settings.to_json()

    @routes.patch("/settings")
    async def change_settings(changes: dict[str, Any] = Body()) -> Json:  # noqa: B008 - how FastAPI says "the body"
        try:
            backend.settings = backend.settings.changed(changes)
        except ValidationError as invalid:
            raise HTTPException(
                422, invalid.errors(include_url=False, include_input=False, include_context=False)
            ) from None
        return backend.settings.to_json()

    @routes.post("/tokens/revoke")
    async def revoke_tokens() -> Json:
        backend.tokens.revoke()
        return {}

    @routes.post("/reset")
    async def reset() -> Json:
        backend.reset()
        return {}
