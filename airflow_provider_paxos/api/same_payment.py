"""The comparison of an orchestration with a request: is it the same payment?

Compared are the assets, the amount, source, destination, ``identity_id`` and ``account_id``, each as far as the request
names it; metadata is not part of the payment. No field of an answer is promised, so there are three results for a
field: both values are the same, both are shown and differ, or Paxos does not show its own. Only two values that are
shown and differ make another payment.

By meaning: amounts as numbers (``100`` is ``100.00``), and text in the form of ``canonical``, in which it is sent;
addresses of Ethereum's kind without regard to case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from airflow_provider_paxos.api.canonical import canonical, canonical_code, canonical_memo
from airflow_provider_paxos.api.errors import quoted
from airflow_provider_paxos.api.models import Orchestration, OrchestrationRequest

_NOT_COMPARED = {"ref_id", "metadata"}
_RAILS = frozenset({"profile", "fiat", "crypto"})
_CODES = frozenset({"source_asset", "destination_asset", "destination.crypto.network", "source.crypto.network"})


@dataclass(frozen=True, slots=True)
class Comparison:
    """How an orchestration compares with a request.

    :param differences: per field, such as ``destination.fiat.memo``, the requested and the existing value, both shown.
    :param absent: fields of the request that the orchestration does not show.
    """

    differences: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    absent: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """True if all that was asked for is shown, and nothing differs."""
        return not self.differences and not self.absent


def compare(request: OrchestrationRequest, existing: Orchestration) -> Comparison:
    """Return how an orchestration compares with a request, field by field."""
    shown = existing.model_dump()
    differences, absent = {}, []
    for path, wanted in _leaves(request):
        found = _at(shown, path)
        if found in (None, ""):
            other_rail = _other_rail(path, shown)
            if other_rail is None:
                absent.append(path)
            else:
                end = path.partition(".")[0]
                differences[end] = (path.split(".")[1], other_rail)
        elif _meaning(path, wanted) != _meaning(path, found):
            differences[path] = _both(wanted, found)
    return Comparison(differences, tuple(absent))


def describe_differences(differing: Mapping[str, tuple[str, str]]) -> str:
    """Return differing fields in words: ``source_amount: asked for 100.25, exists with 99.00``."""
    return "; ".join(
        f"{name}: asked for {quoted(asked)}, exists with {quoted(found)}" for name, (asked, found) in differing.items()
    )


def _meaning(path: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if path in _CODES:
        return canonical_code(value)
    return canonical_memo(value) if path.endswith(".memo") else canonical(value)


def _other_rail(path: str, shown: Mapping[str, Any]) -> str | None:
    """Return the rail that an orchestration shows instead of the one that a field belongs to."""
    end, _, rest = path.partition(".")
    rail = rest.partition(".")[0]
    if rail not in _RAILS:
        return None
    rails = {name for name, value in _flat(shown.get(end) or {}) if value not in (None, "")}
    used = {name.partition(".")[0] for name in rails} & _RAILS
    return None if rail in used else next(iter(sorted(used)), None)


def _leaves(request: OrchestrationRequest) -> Iterator[tuple[str, Any]]:
    return _flat(request.model_dump(exclude_none=True, exclude=_NOT_COMPARED))


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _at(values: Mapping[str, Any], path: str) -> Any:
    found: Any = values
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _both(wanted: Any, found: Any) -> tuple[str, str]:
    """Return two values that differ so that they look different: a cyrillic letter, or a second blank, is escaped."""
    one, two = _in_words(wanted), _in_words(found)
    if all(text.isascii() and " ".join(text.split()) == text for text in (one, two)):
        return one, two
    return _escaped(one), _escaped(two)


def _in_words(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _escaped(text: str) -> str:
    blanks = re.sub(r"^ | $|(?<= ) ", lambda _: "\\x20", text)
    return ascii(blanks).replace("\\\\x20", "\\x20")
