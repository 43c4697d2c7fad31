"""The calls on orchestrations, as flows: create, submit, get, list, find, and reading many at once.

Each call is written once, here. A client drives it, as in ``client.run(client.orchestrations.get(id))``; the hooks
spell it once for sync users and once for async users.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from pydantic import ValidationError

from airflow_provider_paxos.api.adoption import Adoption, Match
from airflow_provider_paxos.api.calls import Calls, in_path
from airflow_provider_paxos.api.canonical import canonical_id
from airflow_provider_paxos.api.creators import Adopt, Creator, Relation
from airflow_provider_paxos.api.decoding import read_model, read_snapshot, read_snapshot_page
from airflow_provider_paxos.api.errors import (
    Acceptance,
    AlreadyExists,
    CreatedByAnother,
    NotFound,
    OutcomeUnknown,
    PaxosError,
    RefIdConflict,
    Refused,
    Subject,
    UnreadableAnswer,
    quoted,
)
from airflow_provider_paxos.api.exchange import Exchange
from airflow_provider_paxos.api.flow import Flow, Pause, Response
from airflow_provider_paxos.api.listing import TIMES, Identity, Listing, Pages
from airflow_provider_paxos.api.models import (
    Orchestration,
    OrchestrationPage,
    OrchestrationRequest,
)
from airflow_provider_paxos.api.snapshot import Snapshot
from airflow_provider_paxos.api.statuses import amount_of, require_not_failed
from airflow_provider_paxos.api.validation import checked_request

GET = "Get Orchestration"
LIST = "List Orchestrations"

_PATH = "orchestration/orchestrations"
LISTING = Listing(
    LIST,
    _PATH,
    "orchestrations",
    many=frozenset(
        {
            "orchestration_id",
            "ref_id",
            "profile_id",
            "orchestration_rule_id",
            "source_asset",
            "destination_asset",
            "status",
        }
    ),
    one=TIMES,
    identities={
        "orchestration_id": Identity(lambda found: str(found.id), canonical_id),
        "ref_id": Identity(lambda found: found.ref_id),
    },
)

LOOK_UP_PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each look-up of a ref_id in use: List may lag behind Create, since Paxos promises nothing else."""

_MOST_GETS = 3
_CLOCK_SKEW = 300.0
"""Seconds: an orchestration that is older than the call by more than that was not created by it."""

_read_page = partial(read_model, OrchestrationPage)


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


_Shape = TypeVar("_Shape", bound=_Identified)
RequireAllowed = Callable[[OrchestrationRequest], None]


@dataclass(frozen=True, slots=True)
class Submission:
    """The result of a submit.

    :param orchestration: the orchestration of the payment: in progress or COMPLETED.
    :param adopted: whether it existed already.
    :param relation: how the creator of what was adopted is related to the task that adopts it.
    :param creator: who that is, as far as its stamp names it.
    """

    orchestration: Orchestration
    adopted: bool
    relation: Relation = Relation.OWN
    creator: str | None = None

    @property
    def other_creator(self) -> str | None:
        """The creator of what was adopted, if that is not this very task instance; ``unknown`` without a stamp."""
        return (self.creator or "unknown") if self.adopted and self.relation is not Relation.OWN else None

    @property
    def origin(self) -> str:
        """Where the orchestration is from, in words."""
        if not self.adopted:
            return "created by this attempt"
        if self.relation is Relation.OWN:
            return "adopted: an earlier attempt had created it; nothing was paid again"
        by = f"created by {quoted(self.creator)}" if self.creator else "its creator is unknown"
        return f"adopted: {by}; nothing was paid again"


class Orchestrations(Calls):
    """The calls on orchestrations.

    :param base_url: the API's base URL, such as ``https://api.paxos.com/v2``.
    :param exchange: sends the requests.
    :param require_allowed: lets a request pass or raises, before anything is sent.
    """

    def __init__(self, base_url: str, exchange: Exchange, require_allowed: RequireAllowed | None = None) -> None:
        super().__init__(base_url, exchange)
        self._require_allowed = require_allowed

    def create(self, values: OrchestrationRequest | Mapping[str, Any]) -> Flow[Orchestration]:
        """Create Orchestration. A lost answer is followed by the same POST, which the ref_id makes safe.

        :raises InvalidRequest: before anything is sent.
        :raises AlreadyExists: if the ref_id is in use, by this payment or by another one.
        :raises RefIdConflict: if the answer shows another payment than was asked for.
        """
        return (yield from self._create(Adoption(checked_request(values)))).orchestration

    def _create(self, adoption: Adoption) -> Flow[Match]:
        request = adoption.request
        if self._require_allowed:
            self._require_allowed(request)
        body = request.body()

        def read(response: Response) -> Orchestration:
            created = read_model(Orchestration, response)
            if created.ref_id not in (None, request.ref_id):
                raise UnreadableAnswer("the answer is about another ref_id.")
            return created

        created = yield from self._send("POST", _PATH, body, read, _subject(request), commits=True)
        # A service that replays its first answer to a used key would show another payment here.
        return adoption.require_same(created)

    def submit(
        self,
        values: OrchestrationRequest | Mapping[str, Any],
        *,
        creator: Creator | None = None,
        adopt: Adopt = Adopt.SAME_TASK,
    ) -> Flow[Submission]:
        """Create the orchestration, or adopt the one that exists under its ref_id.

        :param creator: the task instance that submits; None outside of Airflow's tasks.
        :param adopt: whose orchestrations it adopts.
        :raises RefIdConflict: if the ref_id belongs to another payment.
        :raises CreatedByAnother: if the ref_id belongs to an equal payment of somebody else.
        :raises OutcomeUnknown: if the ref_id is in use, but Paxos does not return the orchestration.
        :raises OrchestrationUnsuccessful: if the orchestration is FAILED or REJECTED.
        """
        adoption = Adoption(checked_request(values), creator, adopt)
        began = self._exchange.clock()
        try:
            match = yield from self._create(adoption)
        except AlreadyExists as conflict:
            match = yield from self._existing(adoption, conflict)
        except Refused as refused:
            # After a lost answer a refusal says nothing of the attempt that was lost: the money that it reserved
            # may be the very reason. So find out whether it was accepted.
            lost = refused.acceptance is Acceptance.UNKNOWN
            if not lost or refused.transient:
                raise
            match = yield from self._existing(adoption, refused)
        else:
            if not _is_older(match.orchestration, began) and adoption.may_be_created_by_it(match):
                return Submission(require_not_failed(match.orchestration), adopted=False)
            match = adoption.require_allowed(match)
        return Submission(require_not_failed(match.orchestration), True, match.relation, match.creator)

    def get(self, orchestration_id: str) -> Flow[Orchestration]:
        """Get Orchestration.

        :raises InvalidRequest: for an id that would make another path of the URL.
        :raises NotFound: if Paxos has no orchestration with the id.
        """
        return (yield from self._one(orchestration_id, partial(read_model, Orchestration)))

    def snapshot(self, orchestration_id: str) -> Flow[Snapshot]:
        """Get Orchestration, and read its answer as a snapshot; see ``get``."""
        return (yield from self._one(orchestration_id, read_snapshot))

    def _one(self, orchestration_id: str, read_answer: Callable[[Response], _Shape]) -> Flow[_Shape]:
        asked = canonical_id(orchestration_id)
        path = f"{_PATH}/{in_path(asked, 'orchestration', Subject(GET))}"

        def read(response: Response) -> _Shape:
            found = read_answer(response)
            if canonical_id(found.id) != asked:
                raise UnreadableAnswer("the answer is about another id.")
            return found

        return (yield from self._get(path, read, Subject(GET, orchestration_id=orchestration_id)))

    def pages(self, **filters: Any) -> Pages[Orchestration]:
        """List Orchestrations, a page at a time.

        :param filters: by the API's names, such as ``ref_id=[…]`` or ``status="FAILED"``.
        :raises InvalidRequest: for a filter that the API does not have.
        """
        return self._pages(LISTING, _read_page, filters)

    def find(self, ref_id: str) -> Flow[Orchestration | None]:
        """Return the orchestration of a ref_id, or None if Paxos returns none (yet)."""
        found = yield from self.pages(ref_id=[ref_id]).rest()
        return found[0] if found else None

    def read(self, *, ids: Sequence[str] = (), ref_ids: Sequence[str] = ()) -> Flow[list[Orchestration]]:
        """Read many, 100 a request. An id that List does not return is read with Get.

        :returns: the orchestrations that Paxos returns; the others are missing.
        """
        asked = [canonical_id(each) for each in ids]
        # An id that is not shown is read with Get.
        found = yield from self._many(LISTING, _read_page, "orchestration_id", asked, others_are_read=True)
        found += yield from self._many(LISTING, _read_page, "ref_id", ref_ids)
        shown = {canonical_id(each.id) for each in found}
        for missing in dict.fromkeys(asked):
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
        # The poller reads an id that is not shown with Get.
        pages = self._pages(LISTING, read_snapshot_page, asked, others_are_read=not ref_ids)
        return (yield from pages.rest())

    def _existing(self, adoption: Adoption, refused: Refused) -> Flow[Match]:
        """Return what the ref_id stands for, if it is the payment that the request asks for."""
        request = adoption.request
        shown = {each.id: each for each in _shown_by(refused) if each.ref_id in (None, request.ref_id)}
        # What it brings along may be one of several, and one's own another; that is no conflict yet.
        match = adoption.find(shown.values())
        for pause in LOOK_UP_PAUSES:
            if match and not adoption.lacks_creator(match):
                return match
            if pause:
                yield Pause(pause)
            try:
                for found in (yield from self.pages(ref_id=[request.ref_id]).rest()):
                    shown[found.id] = found
                match = adoption.choose(shown.values())
                if match is None or adoption.lacks_creator(match):
                    # List promises no field; Get may show the rest.
                    shown |= yield from self._whole(shown, request.ref_id)
                    match = adoption.choose(shown.values())
            except (RefIdConflict, CreatedByAnother):
                raise
            except PaxosError as error:
                error.subject, error.acceptance = _subject(request), Acceptance.UNKNOWN
                raise
            if match:
                return match
        if not isinstance(refused, AlreadyExists):
            raise refused
        raise OutcomeUnknown(
            _unseen(adoption, shown), subject=_subject(request), acceptance=Acceptance.UNKNOWN
        ) from refused

    def _whole(self, partial_ones: Mapping[str, Orchestration], ref_id: str) -> Flow[dict[str, Orchestration]]:
        found = {}
        for orchestration_id in list(partial_ones)[:_MOST_GETS]:
            try:
                got = yield from self.get(orchestration_id)
            except NotFound:
                continue
            if got.ref_id == ref_id:
                found[got.id] = got
        return found


def _subject(request: OrchestrationRequest, orchestration_id: str | None = None) -> Subject:
    return Subject("Create Orchestration", request.ref_id, orchestration_id, amount_of(request))


def _is_older(created: Orchestration, began: float) -> bool:
    return created.created_at is not None and created.created_at.timestamp() < began - _CLOCK_SKEW


def _shown_by(refused: Refused) -> list[Orchestration]:
    """Return the orchestration that a refusal brings along, whole or in part."""
    try:
        return [Orchestration.model_validate(refused.meta.get("existing"))]
    except ValidationError:
        return []


def _unseen(adoption: Adoption, shown: Mapping[str, Orchestration]) -> str:
    if not shown:
        return "Paxos says that the ref_id is in use, but does not show the orchestration with it."
    first = next(iter(shown.values()))
    lacking = ", ".join(adoption.lacking(first))
    return f"Paxos says that the ref_id is in use, but does not show {lacking} of orchestration {quoted(first.id)}."
