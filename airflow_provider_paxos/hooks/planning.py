"""The payments that a plan is asked for, and the check of a single one before it is submitted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from airflow_provider_paxos.api.base_client import BaseClient
from airflow_provider_paxos.api.creators import Adopt, Creator
from airflow_provider_paxos.api.errors import Acceptance, InvalidRequest
from airflow_provider_paxos.api.flow import Flow
from airflow_provider_paxos.api.limits_over_time import LimitsOverTime
from airflow_provider_paxos.api.models import OrchestrationRequest
from airflow_provider_paxos.api.orchestrations import RequireAllowed
from airflow_provider_paxos.api.validation import checked_request
from airflow_provider_paxos.batch.validation import BATCH, Payment, checked_payments, duplicates_meant
from airflow_provider_paxos.hooks.creator import current_creator, stamped
from airflow_provider_paxos.planning.preflight import require_within_limits


def payments_of(
    values: Iterable[Mapping[str, Any] | Payment], *, namespace: str | None, require_allowed: RequireAllowed
) -> list[Payment]:
    """Return the author's values as payments; those that are payments already are kept.

    :param values: mappings of the API's fields, with a ``ref_id``, and optionally a ``key``.
    :param namespace: the connection's ``ref_id_namespace``.
    :param require_allowed: the connection's check of requests.
    :raises InvalidRequest: names every payment that is wrong.
    """
    listed = list(values)
    if all(isinstance(each, Payment) for each in listed):
        return [each for each in listed if isinstance(each, Payment)]

    def creator_of(key: str) -> Creator | None:
        return current_creator(namespace, key)

    def stamp(metadata: Any, creator: Creator | None) -> Any:
        return metadata if creator is None else stamped(metadata, creator)

    return checked_payments(
        [{"key": each.get("ref_id"), **each} if isinstance(each, Mapping) else each for each in listed],
        ref_id_of=_no_ref_id,
        creator_of=creator_of,
        stamp=stamp,
        require_allowed=require_allowed,
    )


def _no_ref_id(key: str, _fields: Mapping[str, Any]) -> str:
    raise InvalidRequest(f"ref_id: payment {key} has none", subject=BATCH, acceptance=Acceptance.NOT_SENT)


def within_limits(
    client: BaseClient,
    request: OrchestrationRequest | Mapping[str, Any],
    *,
    limits: LimitsOverTime,
    require_allowed: RequireAllowed,
    creator: Creator | None,
    adopt: Adopt,
) -> Flow[OrchestrationRequest]:
    """Return a request that the connection's limits over time allow.

    :param request: the API's fields, and optionally ``duplicate_of_ok``.
    :param require_allowed: the connection's check of requests.
    :raises NotAllowed: names the limit, or the payment that it is a duplicate of.
    """
    meant: frozenset[str] = frozenset()
    if isinstance(request, Mapping):
        meant = duplicates_meant(request.get("duplicate_of_ok"))
        request = {name: value for name, value in request.items() if name != "duplicate_of_ok"}
    checked = checked_request(request)
    # First, as the ref_id is sent to look for it.
    require_allowed(checked)
    payment = Payment(checked.ref_id, checked, creator, meant)
    yield from require_within_limits(client, payment, limits=limits, adopt=adopt, now=datetime.now(UTC))
    return checked
