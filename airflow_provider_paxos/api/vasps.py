"""The directory of virtual asset service providers (VASPs), such as exchanges: List VASPs. It needs no scope."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from pydantic import Field

from airflow_provider_paxos.api.calls import Calls
from airflow_provider_paxos.api.canonical import canonical_id
from airflow_provider_paxos.api.decoding import read_model
from airflow_provider_paxos.api.errors import Acceptance, InvalidRequest, Subject
from airflow_provider_paxos.api.fields import OptionalText, Received
from airflow_provider_paxos.api.flow import Flow
from airflow_provider_paxos.api.listing import Identity, Listing, Pages

_LISTING = Listing(
    "List VASPs",
    "travelrule/vasps",
    "VASPs",
    many=frozenset({"ids"}),
    one=frozenset({"search", "order_by"}),
    identities={"ids": Identity(lambda vasp: str(vasp.id), canonical_id)},
)


class Vasp(Received):
    """A VASP of Paxos' directory. Travel rule data names it by its ``id``."""

    id: Annotated[str, Field(min_length=1)]
    name: OptionalText = None


class _VaspPage(Received):
    items: list[Vasp] | None = None
    next_page_cursor: str | None = None

    @property
    def found(self) -> list[Vasp]:
        return self.items or []


class Vasps(Calls):
    """The calls on the directory of VASPs, which changes daily."""

    def pages(self, **filters: Any) -> Pages[Vasp]:
        """List VASPs by name, a page at a time.

        :param filters: by the API's names: ``ids=[…]``, ``search`` (the beginning of a name), ``limit``, ``order``.
        :raises InvalidRequest: for a filter that the API does not have.
        """
        return self._pages(_LISTING, partial(read_model, _VaspPage), filters)

    def find(self, name: str) -> Flow[list[Vasp]]:
        """Return the VASPs whose names begin like this, without regard to case.

        :raises InvalidRequest: for an empty name, which every name begins with.
        """
        if not name.strip():
            raise InvalidRequest("the name is empty.", subject=Subject(_LISTING.action), acceptance=Acceptance.NOT_SENT)
        return (yield from self.pages(search=name.strip()).rest())
