"""What goes wrong in a history: the emulator's faults, and those of the network between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from airflow_provider_paxos.api.creators import STAMP, Creator
from airflow_provider_paxos.emulator.urls import ORCHESTRATIONS, TOKEN

CREATE, LIST, GRANT = "create", "list", "grant"
TARGETS: Mapping[str, tuple[str, str]] = {
    CREATE: ("POST", ORCHESTRATIONS),
    LIST: ("GET", ORCHESTRATIONS),
    GRANT: ("POST", TOKEN),
}

UNCONNECTED = "unconnected"
"""Nothing listens; the request does not leave."""

SLOW_BEFORE = "slow_before"
"""The caller gives up waiting, and the request arrives later."""

SLOW_AFTER = "slow_after"
"""The work is done, and the caller has given up waiting when the answer comes."""

SPARSE = "sparse"
"""An answer lacks fields, none of which Paxos promises."""

BY_ADDRESS_ID = "destination.crypto.address_id"
"""Not a field that an answer lacks: it shows this one instead of address and network."""

REPLAY = "replay"
"""A Create with a used ref_id is answered with 200 and the first orchestration, whatever it asks for."""

TWIN = "twin"
"""A look-up of a ref_id shows a second orchestration under it."""

OF_THE_NETWORK = frozenset({UNCONNECTED, SLOW_BEFORE, SLOW_AFTER, SPARSE, REPLAY, TWIN})
OF_ANSWERS = frozenset({SPARSE, REPLAY, TWIN})
"""Change an answer on its way, which only a wire without sockets does."""


@dataclass
class Trouble:
    """Something that goes wrong with the next ``times`` requests to an endpoint.

    :param kind: one of the emulator's faults, or one ``OF_THE_NETWORK``
    :param more: what else the emulator's fault takes; of the network's, ``seconds``, ``lacks``, and
        ``but`` and ``first`` of a twin
    """

    kind: str
    target: str
    times: int = 1
    more: dict[str, Any] = field(default_factory=dict)


_STRANGER = {"id": "stranger", "ref_id": "strange", "status": "COMPLETED", "source_amount": "100.25"}
_STRANGE_META = (
    None,
    {},
    {"existing": None},
    {"existing": "settle-1"},
    {"existing": []},
    {"existing": {"id": ""}},
    {"existing": {"id": "first", "status": "COMPLETED"}},
    {"existing": _STRANGER},
)
_PROBLEMS: tuple[dict[str, Any], ...] = (
    {"status": 400},
    {"status": 403},
    {"status": 403, "cause": "insufficient-funds"},
    {"status": 403, "detail": "insufficient scopes: found '', required one of '[x]'"},
    {"status": 403, "cause": "travel-rule-information-required"},
    {"status": 404},
    {"status": 408},
    {"status": 422},
)
_OUTER = ("status", "ref_id", "source_amount", "source", "destination", "source_asset")
_INNER = (
    "destination.fiat.memo",
    "destination.crypto.address",
    "destination.crypto.network",
    BY_ADDRESS_ID,
    "identity_id",
    "account_id",
    "metadata",
)
_TWINS: tuple[dict[str, Any], ...] = (
    {"source_amount": "1.00"},
    {"metadata": {STAMP: Creator("twins", "monday", "create").stamp()}},
)
_RETRY_AFTER = st.sampled_from((None, 0, 1, 7, 60, "soon", "Sat, 21 Nov 2099 00:00:00 GMT"))

_WORDS: Mapping[str, st.SearchStrategy[dict[str, Any]]] = {
    **dict.fromkeys((UNCONNECTED, "refuse", "drop_before", "drop_after", "cut", "garble"), st.just({})),
    **dict.fromkeys(("unauthorized", SLOW_AFTER), st.just({})),
    SLOW_BEFORE: st.fixed_dictionaries({"seconds": st.sampled_from((0.2, 2, 20, 200))}),
    "html": st.fixed_dictionaries({"status": st.sampled_from((200, 403, 404, 409, 429, 502, 504))}),
    "throttle": st.fixed_dictionaries({"retry_after": _RETRY_AFTER}),
    "error": st.fixed_dictionaries(
        {"status": st.sampled_from((500, 502, 503, 504, 520)), "after_work": st.booleans(), "retry_after": _RETRY_AFTER}
    ),
    "problem": st.sampled_from(_PROBLEMS),
    "conflict": st.sampled_from(_STRANGE_META).map(
        lambda meta: {"status": 409, "cause": "already-exists", "meta": meta}
    ),
    "ignore_filters": st.just({}),
    SPARSE: st.fixed_dictionaries(
        {"lacks": st.one_of(*(st.sets(st.sampled_from(fields), min_size=1) for fields in (_INNER, _INNER, _OUTER)))}
    ),
    REPLAY: st.just({}),
    TWIN: st.fixed_dictionaries({"but": st.sampled_from(_TWINS), "first": st.booleans()}),
}
_ENDPOINTS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_WORDS, (CREATE, CREATE, LIST, GRANT)),
    "conflict": (CREATE,),
    "ignore_filters": (LIST,),
    SPARSE: (CREATE, LIST),
    REPLAY: (CREATE,),
    TWIN: (LIST,),
}


def _trouble(kind: str) -> st.SearchStrategy[Trouble]:
    return st.builds(
        Trouble,
        kind=st.just("problem" if kind == "conflict" else kind),
        target=st.sampled_from(_ENDPOINTS[kind]),
        # A call makes up to five requests: six times is more than it can stand.
        times=st.sampled_from((1, 1, 2, 4, 5, 6)),
        more=_WORDS[kind].map(dict),
    )


# Answers that lack fields, or show too many orchestrations, are as frequent as all the rest.
_OFTEN = (SPARSE, SPARSE, "conflict", REPLAY, TWIN, "ignore_filters")
troubles = st.one_of(st.sampled_from(tuple(_WORDS)), st.sampled_from(_OFTEN)).flatmap(_trouble)
