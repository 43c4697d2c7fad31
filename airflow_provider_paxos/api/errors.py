"""The errors, by cause.

    PaxosError
      InvalidConnection             a field of the connection cannot work
        UndefinedConnection         no connection with this id is defined
      InvalidRequest                a value of the author's is wrong; nothing was sent
        NotAllowed                  a limit of the connection forbids the request
          HoldsSecret               the request holds a secret of the connection
      Unreachable                   no answer, or not the whole of it
      UnreadableAnswer              an answer that is not what Paxos publishes
      Refused                       a problem document, or an error status without one
        BadRequest                  400
          UnsupportedAddress
          ExceedsPrecision
        BadCredentials              401, and the token endpoint's refusals
        Forbidden                   403
          MissingScope
          InsufficientFunds
          TravelRuleInformationRequired
        NotFound                    404
        AlreadyExists               409
        RateLimited                 429
        TemporarilyRefused          408, 421, 423, 425
        ServiceUnavailable          5xx
      NotReady                      funds, or an approval at Paxos, are missing before anything is sent
      NotApproved                   no person has approved exactly what would be sent
      NotRepairable                 a payment that is to be paid again has not failed, or may not have
      RefIdConflict                 the ref_id belongs to another payment
      CreatedByAnother              the ref_id belongs to an equal payment of another task
      OutcomeUnknown                the ref_id is in use, but Paxos does not return the orchestration
      OrchestrationMissing          Paxos returns no orchestration with the id
      Stopped                       the task was stopped, and sent nothing more
      StillInProgress               the orchestration has not reached a terminal status in time
      WaitAborted                   an error ended the wait in the triggerer
      DestinationPending            a saved address has not been approved in time
      DestinationRejected           a saved address is REJECTED
      RulePending                   an orchestration rule has not become ACTIVE in time
      RuleConflict                  the ref_id belongs to another rule, or to one that is REJECTED or DELETED
      BatchIncomplete               Paxos has not accepted all payments of a batch
      OrchestrationUnsuccessful     FAILED or REJECTED
        OrchestrationFailed
        OrchestrationRejected

None is an ``AirflowException``: a sensor's ``soft_fail`` must not turn a refused credential into a skip.
Every message says what happened, to which orchestration, whether Paxos may have accepted it, and what a retry will do.
No message holds a header, a token or a raw body.

This file imports nothing of the package at run time. What an error means for retries stands on its class, and nowhere
else: ``retryable``, ``transient``, ``connection_wide``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from airflow_provider_paxos.api.models import Orchestration

THROTTLE_SECONDS = 300.0
"""After too many requests Paxos throttles the whole IP address for five minutes; Retry-After is not promised."""

_LONGEST_QUOTE = 500


def quoted(text: object) -> str:
    """Return foreign text fit for one line of a log: no control characters, and of bounded length."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in str(text)[: 2 * _LONGEST_QUOTE]).split())
    return line if len(line) <= _LONGEST_QUOTE else line[:_LONGEST_QUOTE] + "…"


def with_more(shown: str, hidden: int, joint: str = " ") -> str:
    """Return a text that shows the first of many, and how many it leaves out: ``a, b and 18 more``."""
    return f"{shown}{joint}and {hidden:,} more" if hidden > 0 else shown


class Acceptance(Enum):
    """Says whether Paxos has accepted the orchestration, as far as the call that failed can say.

    It covers this call only. A crash may have left an earlier attempt behind that was accepted, and a person who reads
    that nothing was paid might pay once more by other means.
    """

    IRRELEVANT = ""
    NOT_SENT = "This attempt sent nothing to Paxos."
    REFUSED = "Paxos did not accept this attempt; an earlier one with this ref_id may have been accepted."
    NEVER = "Paxos did not accept the values asked for: no money moves for them. What exists goes on unchanged."
    UNKNOWN = "Whether Paxos accepted the orchestration is unknown."
    EXISTS = "Paxos holds an orchestration with this ref_id already."
    ACCEPTED = "Paxos had accepted it."


@dataclass(frozen=True)
class Subject:
    """Identifies what a call is about, for its errors.

    :param action: the call, as Paxos' reference names it.
    :param ref_id: the ref_id, if there is one.
    :param orchestration_id: the orchestration's id, if there is one.
    :param amount: amount and assets, such as ``100.00 USD to USDG``.
    :param destination: a saved address with its network.
    """

    action: str
    ref_id: str | None = None
    orchestration_id: str | None = None
    amount: str | None = None
    destination: str | None = None

    def __str__(self) -> str:
        facts = {
            "ref_id": self.ref_id,
            "id": self.orchestration_id,
            "amount": self.amount,
            "destination": self.destination,
        }
        shown = ", ".join(f"{name} {quoted(value)}" for name, value in facts.items() if value)
        return f"{self.action} ({shown})" if shown else self.action


class PaxosError(Exception):
    """Anything that keeps a call from its result.

    :param what: what happened, in a sentence.
    :param subject: what the call was about.
    :param acceptance: whether Paxos may have accepted the orchestration.
    :param status: the HTTP status, where there was an answer.
    :param type: the problem document's ``type``, as it came.
    :param detail: the problem document's ``detail``, as it came.
    :param meta: the problem document's ``meta``.
    :param request_id: the answer's request id, where it carried one.

    ``retry_after`` holds the seconds that the answer asked to wait, if it did; ``maybe_accepted`` whether the
    attempt that raised it may have been accepted all the same.
    """

    transient: ClassVar[bool] = False
    """Whether the cause may pass by itself, so that the same request is worth sending again. All else derives from it:
    what a call sends again, what a wait polls on after, and where ``PaxosRetryPolicy`` backs off."""

    connection_wide: ClassVar[bool] = False
    """Whether every call by the connection meets it, until somebody corrects the connection."""

    _retryable: ClassVar[bool] = True
    maybe_accepted: bool = False
    advice: ClassVar[str] = "A retry asks again."

    def __init__(
        self,
        what: str,
        *,
        subject: Subject | None = None,
        acceptance: Acceptance = Acceptance.IRRELEVANT,
        status: int | None = None,
        type: str | None = None,  # noqa: A002
        detail: str | None = None,
        meta: Mapping[str, Any] | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(what)
        self.subject = subject
        self.acceptance = acceptance
        self.status = status
        self.type = type
        self.detail = detail
        self.meta = dict(meta or {})
        self.request_id = request_id
        self.retry_after: float | None = None

    @property
    def ref_id(self) -> str | None:
        """The ref_id that the call was about."""
        return self.subject.ref_id if self.subject else None

    @property
    def orchestration_id(self) -> str | None:
        """The id of the orchestration that the call was about."""
        return self.subject.orchestration_id if self.subject else None

    @property
    def retryable(self) -> bool:
        """Return whether the same call may succeed later. Where the outcome is unknown, a retry finds it out."""
        return self._retryable or self.acceptance is Acceptance.UNKNOWN

    def __str__(self) -> str:
        what = f"{self.subject}: {self.args[0]}" if self.subject else str(self.args[0])
        if self.request_id:
            what = f"{what} [request {quoted(self.request_id)}]"
        advice = self.advice
        if self.acceptance is Acceptance.UNKNOWN:
            advice = "Running the task again is safe: the same ref_id is never paid twice."
        return " ".join(part for part in (what, self.acceptance.value, advice) if part)


class InvalidConnection(PaxosError):
    """A field of the connection cannot work."""

    connection_wide = True
    _retryable = False
    advice = "A retry fails the same way until the connection is corrected."


class UndefinedConnection(InvalidConnection):
    """No connection with this id is defined. A secrets backend with a transient fault reports the same."""

    _retryable = True
    advice = "A retry reads the connection again."


class InvalidRequest(PaxosError):
    """A value of the author's is wrong."""

    _retryable = False
    advice = "A retry with the same values fails the same way."


class NotAllowed(InvalidRequest):
    """A limit of the connection forbids the request."""

    advice = (
        "A retry is refused the same way until the connection's limit, or the request, is changed. "
        "A limit over time has room again when its time is over."
    )


class HoldsSecret(NotAllowed):
    """The request holds the connection's own client secret, signing key or token."""

    advice = "A retry is refused the same way until the secret is out of the request."


class NotReady(PaxosError):
    """A preflight found something against a payment that may change by itself: funds, or an approval at Paxos."""

    advice = "A retry checks again."


class NotApproved(PaxosError):
    """No person has approved exactly what would be sent."""

    _retryable = False
    advice = "No retry is made."


class NotRepairable(PaxosError):
    """A payment that is to be paid again is not FAILED or REJECTED, or Paxos shows too little of it to be sure."""

    _retryable = False
    advice = "No retry is made. Once all of them are FAILED or REJECTED, repair them again."


class Unreachable(PaxosError):
    """The transport failed: no connection, no answer in time, or not the whole of it."""

    transient = True


class UnreadableAnswer(PaxosError):
    """The answer is not what Paxos publishes: HTML from a proxy, cut off, no JSON, or without an id."""

    transient = True
    maybe_accepted = True


class Refused(PaxosError):
    """An answer with an error status that has no class of its own. ``http_status`` has what each status means."""

    _retryable = False
    advice = "A retry of the same call is refused the same way."


class BadRequest(Refused):
    """400: Paxos refuses a value."""


class UnsupportedAddress(BadRequest):
    """400 unsupported-address."""


class ExceedsPrecision(BadRequest):
    """400 exceed-precision: more decimals than the assets have."""


class BadCredentials(Refused):
    """The client id, the client secret or the token is not accepted."""

    connection_wide = True
    advice = "A retry fails the same way until the connection's client ID and client secret are corrected."


class Forbidden(Refused):
    """403, for a reason that has no class of its own."""


class MissingScope(Forbidden):
    """The client does not hold a scope that the call needs, or the connection does not ask for it."""

    connection_wide = True
    advice = (
        "A retry fails the same way until the scope is granted to the client in the Paxos dashboard, and named in the "
        "connection's scopes."
    )


class InsufficientFunds(Forbidden):
    """403 insufficient-funds: ``meta`` has ``profile_id``, ``asset``, ``available`` and ``needed``."""

    _retryable = True
    advice = "A retry with the same ref_id submits it once the profile is funded."


class TravelRuleInformationRequired(Forbidden):
    """403 travel-rule-information-required: ``meta`` has ``identity_id``, ``crypto_network`` and ``address``."""

    advice = (
        "A retry is refused the same way until the destination address is saved at Paxos with travel rule data: with "
        "travelrule_metadata in its row of EnsureCryptoDestinationsOperator, or by Put Crypto Destination Address (PUT "
        "/v2/transfer/crypto-destination-address)."
    )


class NotFound(Refused):
    """404."""

    _retryable = True
    advice = "A retry asks again; if it goes on, check the id and the connection's environment."


class AlreadyExists(Refused):
    """409 already-exists: the ref_id is in use. ``meta`` may hold the first orchestration as ``existing``."""

    advice = "Submit adopts it if it is the same payment."


class RateLimited(Refused):
    """429: this IP address is throttled; or the rate limit of this host is used up, which keeps it from that."""

    transient = True
    _retryable = True
    advice = "Paxos throttles a whole IP address, for up to five minutes; retry after that."

    @property
    def wait(self) -> float:
        """Seconds until Paxos answers again: what it asked for, or else the five minutes of its documentation."""
        return THROTTLE_SECONDS if self.retry_after is None else max(1.0, self.retry_after)


class TemporarilyRefused(Refused):
    """408, 421, 423 or 425: the request was not taken up in time, by this server, or yet."""

    transient = True
    _retryable = True
    advice = "A retry asks again."


class ServiceUnavailable(Refused):
    """5xx: a fault at Paxos, or in front of it."""

    transient = True
    _retryable = True
    advice = "A retry asks again."


class RefIdConflict(PaxosError):
    """The ref_id belongs to an orchestration that differs from the request.

    :param differences: per differing field the requested and the existing value.
    """

    _retryable = False
    advice = (
        "A retry is refused the same way. If the new values are meant as a second payment, give it a new ref_id; "
        "otherwise restore the old values."
    )
    differences: Mapping[str, tuple[str, str]] = {}


class CreatedByAnother(PaxosError):
    """The ref_id belongs to an equal payment that another task, or another payment of a batch, has created."""

    _retryable = False
    advice = (
        "A retry is refused the same way. If both are meant, give this one a ref_id of its own; if the other one's "
        "payment is the one that is meant, adopt it with adopt='any'."
    )


class OutcomeUnknown(PaxosError):
    """The ref_id is in use, but Paxos does not return the orchestration (yet)."""


class OrchestrationMissing(PaxosError):
    """Paxos returns no orchestration with an id that is waited for."""

    advice = "Check the id and the connection's environment. A retry asks again."


class Stopped(PaxosError):
    """The task was stopped or interrupted in the middle of a submit, and sent nothing more."""

    advice = "A retry adopts what was accepted, or submits it."


class StillInProgress(PaxosError):
    """The orchestration has not reached a terminal status in time."""

    advice = "Paxos cannot cancel it: it goes on. A retry finds it again and waits on, without paying again."


class WaitAborted(PaxosError):
    """An error ended the wait in the triggerer; it says nothing about what was waited for."""

    advice = "What is waited for goes on at Paxos. A retry finds it again and waits on, without paying again."


class DestinationPending(PaxosError):
    """A saved address has not been approved in time."""

    advice = "Have it approved at Paxos. A retry waits on, and changes nothing that is saved already."


class DestinationRejected(PaxosError):
    """Paxos has not approved a saved address."""

    _retryable = False
    advice = "A retry finds it REJECTED again, until that is changed at Paxos."


class RulePending(PaxosError):
    """An orchestration rule has not become ACTIVE in time."""

    advice = "Have it approved at Paxos. A retry waits on, and creates nothing that exists already."


class RuleConflict(PaxosError):
    """The ref_id belongs to an orchestration rule with other values, or to one that is REJECTED or DELETED."""

    _retryable = False
    advice = (
        "A rule can be neither changed nor revived, so a retry finds the same. Restore the old values, or give the "
        "rule a new ref_id."
    )


class BatchIncomplete(PaxosError):
    """Paxos has not accepted all payments of a batch; ``cause`` is what kept the others from it, if it was an error."""

    cause: PaxosError | None = None
    advice = "A retry adopts what was accepted, and submits the rest: no payment is paid twice."

    @property
    def retryable(self) -> bool:
        """Return whether the cause is retryable."""
        return self.cause is None or self.cause.retryable


class OrchestrationUnsuccessful(PaxosError):
    """The orchestration is FAILED or REJECTED; ``orchestration`` is the whole of it."""

    orchestration: Orchestration | None = None
    _retryable = False
    advice = (
        "A retry finds the same orchestration and fails again, without paying: "
        "a second attempt at the payment needs a new ref_id, which a repair gives it."
    )


class OrchestrationFailed(OrchestrationUnsuccessful):
    """FAILED: the reserved funds return to the source profile."""


class OrchestrationRejected(OrchestrationUnsuccessful):
    """REJECTED: its approval was refused."""
