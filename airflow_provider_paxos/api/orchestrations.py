"""The calls on orchestrations, as flows: create, submit, get, list, find, and reading many at once.

Each call is written once, here. A client drives it, as in ``client.run(client.orchestrations.get(id))``; the hooks
spell it once for sync users and once for async users.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from pydantic import ValidationError

from airflow_provider_paxos.api.decoding import read_model, read_snapshot, read_snapshot_page
from airflow_provider_paxos.api.errors import (
    Acceptance,
    AlreadyExists,
    InvalidRequest,
    NotFound,
    OutcomeUnknown,
    PaxosError,
    RateLimited,
    RefIdConflict,
    Refused,
    ServiceUnavailable,
    Subject,
    UnreadableAnswer,
    quoted,
)
from airflow_provider_paxos.api.exchange import Exchange
from airflow_provider_paxos.api.flow import Flow, Pause, Request, Response
from airflow_provider_paxos.api.listing import (
    LIST,
    MAX_VALUES,
    Found,
    PageLike,
    Pages,
    Query,
    encoded,
    query_of,
    require_asked_for,
)
from airflow_provider_paxos.api.models import (
    Orchestration,
    OrchestrationPage,
    OrchestrationRequest,
)
from airflow_provider_paxos.api.same_payment import describe_differences, differences, is_comparable, is_whole
from airflow_provider_paxos.api.snapshot import Snapshot
from airflow_provider_paxos.api.statuses import amount_of, require_not_failed
from airflow_provider_paxos.api.validation import checked_request

GET = "Get Orchestration"

LOOK_UP_PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each look-up of a ref_id in use: List may lag behind Create, since Paxos promises nothing else."""

RequireAllowed = Callable[[OrchestrationRequest], None]


@dataclass(frozen=True)
class Submission:
    """The result of a submit.

    :param orchestration: the orchestration of the payment: in progress or COMPLETED.
    :param adopted: whether an earlier attempt had created it.
    """

    orchestration: Orchestration
    adopted: bool


class Orchestrations:
    """The calls on orchestrations.

    :param base_url: the API's base URL, such as ``https://api.paxos.com/v2``.
    :param exchange: sends the requests.
    :param require_allowed: lets a request pass or raises, before anything is sent.
    """

    def __init__(self, base_url: str, exchange: Exchange, require_allowed: RequireAllowed | None = None) -> None:
        self._url = f"{base_url.rstrip('/')}/orchestration/orchestrations"
        self._exchange = exchange
        self._require_allowed = require_allowed

    def create(self, values: OrchestrationRequest | Mapping[str, Any]) -> Flow[Orchestration]:
        """Create Orchestration. A lost answer is followed by the same POST, which the ref_id makes safe.

        :raises InvalidRequest: before anything is sent.
        :raises AlreadyExists: if the ref_id is in use, by this payment or by another one.
        """
        request = checked_request(values)
        if self._require_allowed:
            self._require_allowed(request)
        body = request.body()

        def read(response: Response) -> Orchestration:
            created = read_model(Orchestration, response)
            if created.ref_id not in (None, request.ref_id):
                raise UnreadableAnswer("the answer is about another ref_id.")
            return created

        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        post = Request("POST", self._url, headers, body)
        return (yield from self._exchange(post, read, _subject(request), commits=True))

    def submit(self, values: OrchestrationRequest | Mapping[str, Any]) -> Flow[Submission]:
        """Create the orchestration, or adopt the one that an earlier attempt has created.

        :raises RefIdConflict: if the ref_id belongs to another payment.
        :raises OutcomeUnknown: if the ref_id is in use, but Paxos does not return the orchestration.
        :raises OrchestrationUnsuccessful: if the orchestration is FAILED or REJECTED.
        """
        request = checked_request(values)
        adopted = True
        try:
            orchestration = yield from self.create(request)
            adopted = False
        except AlreadyExists as conflict:
            orchestration = yield from self._existing(request, conflict)
        except Refused as refused:
            # After a lost answer a refusal says nothing of the attempt that was lost: the money that it reserved
            # may be the very reason. So find out whether it was accepted.
            lost = refused.acceptance is Acceptance.UNKNOWN
            if not lost or isinstance(refused, RateLimited | ServiceUnavailable):
                raise
            orchestration = yield from self._existing(request, refused)
        return Submission(require_not_failed(orchestration), adopted)

    def get(self, orchestration_id: str) -> Flow[Orchestration]:
        """Get Orchestration.

        :raises InvalidRequest: for an id that would make another path of the URL.
        :raises NotFound: if Paxos has no orchestration with the id.
        """
        return (yield from self._get(orchestration_id, partial(read_model, Orchestration)))

    def snapshot(self, orchestration_id: str) -> Flow[Snapshot]:
        """Get Orchestration, and read its answer as a snapshot; see ``get``."""
        return (yield from self._get(orchestration_id, read_snapshot))

    def _get(self, orchestration_id: str, read_answer: Callable[[Response], Found]) -> Flow[Found]:
        if not orchestration_id.strip("."):
            raise InvalidRequest(
                f"the id is {quoted(repr(orchestration_id))}, which identifies no orchestration.",
                subject=Subject(GET),
                acceptance=Acceptance.IRRELEVANT,
            )

        def read(response: Response) -> Found:
            found = read_answer(response)
            if found.id != orchestration_id:
                raise UnreadableAnswer("the answer is about another id.")
            return found

        request = Request("GET", f"{self._url}/{quote(orchestration_id, safe='')}", {"Accept": "application/json"})
        subject = Subject(GET, orchestration_id=orchestration_id)
        return (yield from self._exchange(request, read, subject))

    def pages(self, **filters: Any) -> Pages[Orchestration]:
        """List Orchestrations, a page at a time.

        :param filters: by the API's names, such as ``ref_id=[…]`` or ``status="FAILED"``.
        :raises InvalidRequest: for a filter that the API does not have.
        """
        return Pages(partial(self._page, partial(read_model, OrchestrationPage)), query_of(filters))

    def find(self, ref_id: str) -> Flow[Orchestration | None]:
        """Return the orchestration of a ref_id, or None if Paxos returns none (yet)."""
        found = yield from self.pages(ref_id=[ref_id]).rest()
        return found[0] if found else None

    def read(self, *, ids: Sequence[str] = (), ref_ids: Sequence[str] = ()) -> Flow[list[Orchestration]]:
        """Read many, 100 a request. An id that List does not return is read with Get.

        :returns: the orchestrations that Paxos returns; the others are missing.
        """
        found = yield from self._listed("orchestration_id", ids)
        found += yield from self._listed("ref_id", ref_ids)
        shown = {each.id for each in found}
        for missing in dict.fromkeys(ids):
            if missing not in shown:
                try:
                    found.append((yield from self.get(missing)))
                except NotFound:
                    continue
        return found

    def snapshots(self, *, ids: Sequence[str] = (), ref_ids: Sequence[str] = ()) -> Flow[list[Snapshot]]:
        """List up to 100 ids or ref_ids, as snapshots; those that List does not return are missing.

        :raises InvalidRequest: for more than a request takes.
        """
        asked = {"orchestration_id": ids or None, "ref_id": ref_ids or None}
        if not any(asked.values()):
            return []
        return (yield from Pages(partial(self._page, read_snapshot_page), query_of(asked)).rest())

    def _listed(self, name: str, values: Sequence[str]) -> Flow[list[Orchestration]]:
        unique = list(dict.fromkeys(values))
        found: list[Orchestration] = []
        for start in range(0, len(unique), MAX_VALUES):
            found += yield from self.pages(**{name: unique[start : start + MAX_VALUES]}).rest()
        return found

    def _page(self, read_answer: Callable[[Response], PageLike[Found]], query: Query) -> Flow[PageLike[Found]]:
        def read(response: Response) -> PageLike[Found]:
            return require_asked_for(read_answer(response), query)

        request = Request(
            "GET", f"{self._url}?{encoded(query)}" if query else self._url, {"Accept": "application/json"}
        )
        ref_ids = [value for name, value in query if name == "ref_id"]
        subject = Subject(LIST, ref_id=ref_ids[0] if len(ref_ids) == 1 else None)
        return (yield from self._exchange(request, read, subject))

    def _existing(self, request: OrchestrationRequest, refused: Refused) -> Flow[Orchestration]:
        """Return the orchestration that has the ref_id, if it is the payment that the request asks for."""
        existing = _whole(request, refused.meta.get("existing"))
        if existing is None:
            existing = yield from self._look_up(request, refused)
        differing = differences(request, existing)
        if not differing:
            return existing
        error = RefIdConflict(
            f"the ref_id belongs to orchestration {quoted(existing.id)} ({quoted(existing.status)}), "
            f"which differs: {describe_differences(differing)}.",
            subject=_subject(request, existing.id),
            acceptance=Acceptance.NEVER,
        )
        error.differences = differing
        raise error

    def _look_up(self, request: OrchestrationRequest, refused: Refused) -> Flow[Orchestration]:
        for pause in LOOK_UP_PAUSES:
            if pause:
                yield Pause(pause)
            try:
                existing = yield from self.find(request.ref_id)
            except PaxosError as error:
                error.subject, error.acceptance = _subject(request), Acceptance.UNKNOWN
                raise
            if existing and is_comparable(existing):
                return existing
        if not isinstance(refused, AlreadyExists):
            raise refused
        raise OutcomeUnknown(
            "Paxos says that the ref_id is in use, but does not show the whole orchestration with it.",
            subject=_subject(request),
            acceptance=Acceptance.UNKNOWN,
        ) from refused


def _subject(request: OrchestrationRequest, orchestration_id: str | None = None) -> Subject:
    return Subject("Create Orchestration", request.ref_id, orchestration_id, amount_of(request))


def _whole(request: OrchestrationRequest, existing: object) -> Orchestration | None:
    try:
        found = Orchestration.model_validate(existing)
    except ValidationError:
        return None
    return found if is_whole(request, found) else None
