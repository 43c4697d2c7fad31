"""The comparison of an orchestration with a request: is it the same payment?

Compared are the assets, the amount, source, destination, ``identity_id`` and ``account_id``, each as far as the request
names it. Metadata is not part of the payment, except for the ref_id of a payment that it replaces. No field of an
answer is promised, so there are three results for a field: both values are the same, both are shown and differ, or
Paxos does not show its own. Only two values that are shown and differ make another payment.

By meaning: amounts as numbers (``100`` is ``100.00``), and text in the form of ``canonical``, in which it is sent;
addresses of Ethereum's kind without regard to case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from airflow_provider_paxos.api.canonical import canonical, canonical_code, canonical_memo
from airflow_provider_paxos.api.errors import quoted
from airflow_provider_paxos.api.models import Orchestration, OrchestrationRequest
from airflow_provider_paxos.api.repair_chain import REPLACES, replaced_ref_id

_NOT_COMPARED = {"ref_id", "metadata"}
_RAILS = frozenset({"profile", "fiat", "crypto"})
_PAIRS_ALIKE = {"rn": "m", "vv": "w"}
_ALIKE = str.maketrans("0I1|`", "Olll'")
_LONGEST_SHOWN = 400
"""Characters: ``errors.quoted`` cuts longer texts, and with them a difference at their end."""

_SHOWN_BEFORE, _SHOWN_AFTER = 12, 24
_CODES = frozenset(
    {
        "source_asset",
        "destination_asset",
        "destination.crypto.network",
        "source.crypto.network",
        "source.fiat.network",
        "source.fiat.account_type",
    }
)


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
    wanted = request.model_dump(exclude_none=True, exclude=_NOT_COMPARED)
    compared = compare_fields(wanted, existing.model_dump())
    differences, absent = dict(compared.differences), list(compared.absent)
    if replaced := replaced_ref_id(request.metadata):
        path = f"metadata.{REPLACES}"
        if existing.metadata is None:
            absent.append(path)
        elif (other := replaced_ref_id(existing.metadata)) != replaced:
            differences[path] = shown_apart(replaced, other or "nothing")
    return Comparison(differences, tuple(absent))


def compare_fields(asked: Mapping[str, Any], shown: Mapping[str, Any]) -> Comparison:
    """Return how what Paxos shows compares with what is asked for, field by field.

    :param asked: the fields of a request, without those that are not compared.
    :param shown: the fields of an answer.
    """
    differences, absent = {}, []
    for path, wanted in _flat(asked):
        found = _at(shown, path)
        if found in (None, ""):
            other_rail = _other_rail(path, shown)
            if other_rail is None:
                absent.append(path)
            else:
                end = path.partition(".")[0]
                differences[end] = (path.split(".")[1], other_rail)
        elif _meaning(path, wanted) != _meaning(path, found):
            differences[path] = shown_apart(wanted, found)
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


def shown_apart(wanted: Any, found: Any) -> tuple[str, str]:
    """Return two values that differ so that they look different, wherever they differ.

    A cyrillic letter, a second blank and an invisible character are escaped, and so are ASCII characters if the two
    look alike without. Of long texts, the surroundings of the first difference are shown.
    """
    one, two = _in_words(wanted), _in_words(found)
    if not all(_is_plain(text) for text in (one, two)):
        shown = _quoted_escaped(one), _quoted_escaped(two)
    elif _outline(one) == _outline(two):
        start, end = _difference(one, two)
        shown = _marked(one, start, end), _marked(two, start, end)
    else:
        shown = one, two
    if max(map(len, shown)) <= _LONGEST_SHOWN:
        return shown
    start, _ = _difference(one, two)
    return _around(one, start), _around(two, start)


def _in_words(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and " ".join(text.split()) == text


def _outline(text: str) -> str:
    """Return a text with one character for all ASCII characters that look like it."""
    for pair, one in _PAIRS_ALIKE.items():
        text = text.replace(pair, one)
    return text.translate(_ALIKE)


def _difference(one: str, two: str) -> tuple[int, int]:
    """Return how many characters two texts share at their beginning, and how many behind that at their end."""
    start = _shared(one, two)
    return start, _shared(one[start:][::-1], two[start:][::-1])


def _shared(one: str, two: str) -> int:
    differing = (index for index, (a, b) in enumerate(zip(one, two, strict=False)) if a != b)
    return next(differing, min(len(one), len(two)))


def _marked(text: str, start: int, end: int) -> str:
    """Return a text with the characters that another one has not as codes."""
    stop = len(text) - end
    return f"'{text[:start]}{''.join(map(_code, text[start:stop]))}{text[stop:]}'"


def _around(text: str, start: int) -> str:
    before, after = max(0, start - _SHOWN_BEFORE), start + _SHOWN_AFTER
    cut = "…" if before else "", "…" if after < len(text) else ""
    # A look-alike is not searched for here: the characters at the difference are always shown as codes.
    return f"{cut[0]}{_quoted_escaped(text[before:after], mark=start - before)}{cut[1]}"


def _quoted_escaped(text: str, *, mark: int | None = None) -> str:
    ends = (0, len(text) - 1)
    signs = (
        _code(sign)
        if index == mark
        or not (sign.isascii() and sign.isprintable())
        or (sign == " " and (index in ends or text[index - 1] == " "))
        else sign.replace("\\", "\\\\")
        for index, sign in enumerate(text)
    )
    return f"'{''.join(signs)}'"


def _code(sign: str) -> str:
    point = ord(sign)
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
