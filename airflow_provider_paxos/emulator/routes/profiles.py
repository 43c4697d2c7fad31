"""Serve the endpoints of profiles."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from airflow_provider_paxos.emulator.backend import Backend
from airflow_provider_paxos.emulator.models import DEFAULT_PROFILE, Profile
from airflow_provider_paxos.emulator.pagination import by_age, created_filter, read_page, repeated_values
from airflow_provider_paxos.emulator.problems import not_found
from airflow_provider_paxos.emulator.routes.endpoint import page_answer, require
from airflow_provider_paxos.emulator.urls import API

READ = "funding:read_profile"


def add_to(routes: APIRouter, backend: Backend) -> None:
    """Add the routes that list and read profiles."""

    @routes.get(f"{API}/profiles")
    async def list_profiles(request: Request) -> JSONResponse:
        require(backend, request, READ)
        query = request.query_params
        page = read_page(query, order="ASC", default=1000, most=1000)
        ids, beginning, created = repeated_values(query, "ids"), query.get("nickname", ""), created_filter(query)
        found = (
            profile
            for profile in backend.profiles.all()
            if (not ids or profile.id in ids)
            and profile.nickname.lower().startswith(beginning.lower())
            and created(profile)
        )
        items, cursor = page.cut(found, by_age)
        return page_answer(backend, {"items": [profile.to_json() for profile in items]}, cursor)

    @routes.get(f"{API}/profiles/{{profile_id}}")
    async def getfind_profile(request: Request, profile_id: str) -> JSONResponse:
        require(backend, request, READ)
        return JSONResponse(find_profile(backend, profile_id).to_json())


def find_profile(backend: Backend, profile_id: str) -> Profile:
    """Return the profile that a path names by its id or as the default.

    :raises Problem: 404 if there is none.
    """
    profile = backend.profiles.get(DEFAULT_PROFILE if profile_id == "default" else profile_id)
    if profile is None:
        raise not_found("profile not found")
    return profile
