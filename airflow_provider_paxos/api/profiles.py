"""Profiles and their balances: List Profiles, Get Profile, List Profile Balances."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from airflow_provider_paxos.api.amounts import PublishedAmount
from airflow_provider_paxos.api.calls import Calls, in_path
from airflow_provider_paxos.api.canonical import canonical_code, canonical_id
from airflow_provider_paxos.api.decoding import read_model
from airflow_provider_paxos.api.errors import Subject, quoted
from airflow_provider_paxos.api.fields import OptionalText, Received
from airflow_provider_paxos.api.flow import Flow
from airflow_provider_paxos.api.leniency import Otherwise, nothing
from airflow_provider_paxos.api.listing import TIMES, Identity, Listing, Pages, chunks

READ_PROFILE = "funding:read_profile"
"""The scope that all of these calls need."""

_PATH = "profiles"
_LISTING = Listing(
    "List Profiles",
    _PATH,
    "profiles",
    many=frozenset({"ids"}),
    one=TIMES | {"nickname", "order_by"},
    identities={"ids": Identity(lambda profile: str(profile.id), canonical_id)},
    scope=READ_PROFILE,
)


class Profile(Received):
    """A profile: what holds balances. Its ``type`` is NORMAL or DEFAULT."""

    id: Annotated[str, Field(min_length=1)]
    nickname: OptionalText = None
    type: OptionalText = None
    description: OptionalText = None
    account_id: OptionalText = None


class Balance(Received):
    """The balance of one asset of a profile.

    ``available`` can be spent; ``trading`` is committed to orders. What running orchestrations have reserved is in
    neither.
    """

    asset: str
    available: PublishedAmount
    trading: Annotated[PublishedAmount | None, Otherwise(nothing)] = None


class _ProfilePage(Received):
    items: list[Profile] | None = None
    next_page_cursor: str | None = None

    @property
    def found(self) -> list[Profile]:
        return self.items or []


class _Balances(Received):
    items: list[Balance]


class Profiles(Calls):
    """The calls on profiles. All need the scope ``funding:read_profile``."""

    def pages(self, **filters: Any) -> Pages[Profile]:
        """List Profiles, a page at a time.

        :param filters: by the API's names: ``ids=[…]``, ``nickname`` (its beginning), ``limit``, ``order``, …
        :raises InvalidRequest: for a filter that the API does not have.
        """
        return self._pages(_LISTING, partial(read_model, _ProfilePage), filters)

    def get(self, profile_id: str = "default") -> Flow[Profile]:
        """Get Profile.

        :param profile_id: its id, or ``default``.
        :raises MissingScope: if the token does not have the scope.
        :raises NotFound: if Paxos has no profile with the id.
        """
        subject = Subject(f"Get Profile {quoted(profile_id)}")
        path = f"{_PATH}/{in_path(profile_id, 'profile', subject)}"
        return (yield from self._get(path, partial(read_model, Profile), subject, scope=READ_PROFILE))

    def balances(self, profile_id: str, assets: Iterable[str] = ()) -> Flow[list[Balance]]:
        """List Profile Balances. An asset that the profile has never held may be missing.

        :param assets: by default all that the profile holds.
        :raises MissingScope: if the token does not have the scope.
        :raises NotFound: if Paxos has no profile with the id.
        """
        subject = Subject(f"List Profile Balances of profile {quoted(profile_id)}")
        path = f"{_PATH}/{in_path(profile_id, 'profile', subject)}/balances"
        asked = [canonical_code(asset) for asset in assets]
        found: list[Balance] = []
        for some in list(chunks(asked)) or [[]]:
            query = [("assets", asset) for asset in some]
            read = partial(read_model, _Balances)
            balances = yield from self._get(path, read, subject, query=query, scope=READ_PROFILE)
            # Where Paxos ignores the filter, it shows all.
            found += [each for each in balances.items if not some or canonical_code(each.asset) in some]
        return found
