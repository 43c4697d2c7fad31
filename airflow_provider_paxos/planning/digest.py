"""The digest of a batch: it identifies exactly what would be sent, and so what a person has approved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from airflow_provider_paxos.api.models import OrchestrationRequest

_CODE_DIGITS = 8
_BINDING_DIGITS = 32
_GROUP = 4


def digest_of(environment: str, requests: Iterable[OrchestrationRequest]) -> str:
    """Return the SHA-256 of the canonical JSON of an environment and all request bodies, in hexadecimal digits.

    The bodies hold the profiles. They include payments that exist already: while a batch is submitted, its digest stays
    the same. The order of the payments does not matter.

    :param environment: of the connection, such as ``production``.
    """
    bodies = [json.loads(request.body()) for request in sorted(requests, key=lambda each: each.ref_id)]
    canonical = json.dumps(
        {"environment": environment, "orchestrations": bodies},
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def digest_of_names(names: Iterable[str]) -> str:
    """Return the SHA-256 of some names, in whatever order, in hexadecimal digits."""
    return hashlib.sha256(json.dumps(sorted(names)).encode()).hexdigest()


def code_of(digest: str) -> str:
    """Return the beginning of a digest in a form that a person can compare, such as ``4F1A-22C9``.

    It names a plan, and binds nobody to it: whoever may change a payment's metadata finds two plans of one code.
    """
    return _grouped(digest[:_CODE_DIGITS])


def binding_code_of(digest: str) -> str:
    """Return so much of a digest that no two plans can be found that share it; it begins with the code."""
    return _grouped(digest[:_BINDING_DIGITS])


def _grouped(digits: str) -> str:
    return "-".join(digits[start : start + _GROUP] for start in range(0, len(digits), _GROUP)).upper()
