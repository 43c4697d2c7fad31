"""Paxos' own limits on transfers, and what is left of them: List Transfer Limits."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from airflow_provider_paxos.api.amounts import PublishedAmount
from airflow_provider_paxos.api.calls import Calls
from airflow_provider_paxos.api.decoding import read_model
from airflow_provider_paxos.api.errors import Subject, UnreadableAnswer
from airflow_provider_paxos.api.fields import OptionalText, Received
from airflow_provider_paxos.api.flow import Flow, Response
from airflow_provider_paxos.api.leniency import Otherwise, nothing

READ_TRANSFER_LIMIT = "transfer:read_transfer_limit"
"""The scope that the call needs."""

_PATH = "transfer/limits/utilizations"


class LimitUtilization(Received):
    """A limit on transfers, and what is left of it.

    ``period_seconds`` is what it is measured over; 0 limits each single transaction. ``limit`` and ``remaining`` are
    amounts of ``limit_asset``. A limit of single transactions has no ``id``.
    """

    id: OptionalText = None
    rule_id: OptionalText = None
    transfer_types: Annotated[tuple[str, ...], Otherwise(lambda _: ())] = ()
    period_seconds: Annotated[int | None, Otherwise(nothing)] = None
    limit: PublishedAmount | None = None
    remaining: PublishedAmount | None = None
    limit_asset: str | None = None


class _Utilizations(Received):
    items: Annotated[list[LimitUtilization], Field(default_factory=list)]
    next_page_cursor: str | None = None


class LimitUtilizations(Calls):
    """The call on limits. It needs the scope ``transfer:read_transfer_limit``."""

    def read(self, transfer_type: str) -> Flow[list[LimitUtilization]]:
        """List Transfer Limits.

        Paxos does not say whether orchestrations count as transfers.

        :param transfer_type: such as ``CRYPTO_WITHDRAWAL`` or ``WIRE_WITHDRAWAL``.
        :raises MissingScope: if the token does not have the scope.
        """
        subject = Subject(f"List Transfer Limits of {transfer_type}")

        def read(response: Response) -> list[LimitUtilization]:
            answer = read_model(_Utilizations, response)
            if answer.next_page_cursor:
                # The call has no parameter for a cursor: what is on the next page, nobody can know.
                raise UnreadableAnswer("the answer names a next page, which cannot be asked for.")
            return answer.items

        query = [("transfer_type", transfer_type)]
        return (yield from self._get(_PATH, read, subject, query=query, scope=READ_TRANSFER_LIMIT))
