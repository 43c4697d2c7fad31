"""The one table of HTTP error statuses: the error's class, and what is known of the request that was answered so.

It holds for both drivers, and for the token endpoint. The class says whether the request is sent again
(``transient``) and whether a retry of the task may succeed (``retryable``).

    status                        class                after a Create     sent again
    3xx                           Refused              unknown            no
    400 401 403 404 and the like  by cause             refused            no, but 401 with a fresh token
    409                           AlreadyExists        exists             no: the ref_id is looked up
    421 423 425                   TemporarilyRefused   refused            yes
    408                           TemporarilyRefused   unknown            yes
    429                           RateLimited          refused            yes, after the throttle
    499, any other 4xx            Refused              unknown            no
    5xx and beyond                ServiceUnavailable   unknown            yes

"Refused" are those that RFC 9110 (and 6585, 8470) define as not carried out. An unknown 4xx with a problem document is
Paxos' own word, and therefore a refusal, too; that of 408 and 499 is not: there the request was given up halfway
(499 is nginx' and gRPC's "cancelled").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from airflow_provider_paxos.api.errors import (
    AlreadyExists,
    BadCredentials,
    BadRequest,
    Forbidden,
    NotFound,
    RateLimited,
    Refused,
    ServiceUnavailable,
    TemporarilyRefused,
)


@dataclass(frozen=True, slots=True)
class HttpStatus:
    """The row of a status.

    :param cause: the error's class, where the problem document names no other.
    :param maybe_accepted: whether the request may have been carried out in spite of the status.
    :param problem_refuses: whether a problem document makes it a refusal.
    """

    cause: type[Refused]
    maybe_accepted: bool
    problem_refuses: bool = False


_REFUSED = HttpStatus(Refused, maybe_accepted=False)
_UNCLEAR = HttpStatus(Refused, maybe_accepted=True)
_UNLISTED = HttpStatus(Refused, maybe_accepted=True, problem_refuses=True)
_FAULT = HttpStatus(ServiceUnavailable, maybe_accepted=True)

_ROWS: Mapping[int, HttpStatus] = {
    400: HttpStatus(BadRequest, maybe_accepted=False),
    401: HttpStatus(BadCredentials, maybe_accepted=False),
    402: _REFUSED,
    403: HttpStatus(Forbidden, maybe_accepted=False),
    404: HttpStatus(NotFound, maybe_accepted=False),
    405: _REFUSED,
    407: _REFUSED,
    408: HttpStatus(TemporarilyRefused, maybe_accepted=True),
    409: HttpStatus(AlreadyExists, maybe_accepted=False),
    410: _REFUSED,
    411: _REFUSED,
    413: _REFUSED,
    414: _REFUSED,
    415: _REFUSED,
    417: _REFUSED,
    421: HttpStatus(TemporarilyRefused, maybe_accepted=False),
    422: _REFUSED,
    423: HttpStatus(TemporarilyRefused, maybe_accepted=False),
    425: HttpStatus(TemporarilyRefused, maybe_accepted=False),
    426: _REFUSED,
    428: _REFUSED,
    429: HttpStatus(RateLimited, maybe_accepted=False),
    431: _REFUSED,
    451: _REFUSED,
    499: _UNCLEAR,
}


def row_of(status: int) -> HttpStatus:
    """Return the row of an error status, whichever it is."""
    if status >= 500:
        return _FAULT
    if status < 400:
        return _UNCLEAR
    return _ROWS.get(status, _UNLISTED)
