"""Answers and files that nobody would send, and real ones that something has bitten."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import strategies as st

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(("1.5", "-1", "1e9")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)

_MONSTERS = (
    b"",
    b"null",
    b"[" * 2_000,
    b'{"id": ' + b"9" * 4_301 + b"}",
    b'{"id": "\\ud800", "detail": "\\ud800\\u0000\\u202e"}',
    b'{"id": "a", "source_amount": 1e999999999}',
    b'{"id": "a", "source_amount": NaN, "created_at": -1e300}',
    b'{"id": "a", "created_at": "9999-12-31T23:59:59.999999-23:59"}',
    b'{"a":' * 200 + b"1" + b"}" * 200,
    b"\xef\xbb\xbf{}",
    b"<html>\x00</html>",
    b'\xff\xfe{\x00"\x00i\x00d\x00"\x00:\x00"\x001\x00"\x00}\x00',
)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container inside a JSON value, with each of its keys."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


@st.composite
def bitten(draw: Callable[..., Any], documents: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    """A real document in which values were replaced, taken away or exchanged."""
    document = copy.deepcopy(draw(st.sampled_from(documents)))
    for _ in range(draw(st.integers(0, 4))):
        places = list(_places(document))
        if not places:
            break
        container, key = draw(st.sampled_from(range(len(places))).map(places.__getitem__))
        match draw(st.sampled_from(("replace", "take away", "exchange"))):
            case "replace":
                container[key] = draw(json_values)
            case "take away":
                del container[key]
            case "exchange":
                other, name = draw(st.sampled_from(range(len(places))).map(places.__getitem__))
                container[key] = copy.deepcopy(other[name])
    return document


@st.composite
def damaged(draw: Callable[..., Any], whole: st.SearchStrategy[bytes]) -> bytes:
    """Bytes of which some are cut off, or others than they were."""
    content = bytearray(draw(whole))
    for _ in range(draw(st.integers(0, 3))):
        if content:
            content[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
    return bytes(content[: draw(st.integers(0, len(content)))] if draw(st.booleans()) else content)


def bodies(documents: tuple[dict[str, Any], ...]) -> st.SearchStrategy[bytes]:
    """Return what may come as the body of an answer."""
    sound = bitten(documents).map(lambda document: json.dumps(document).encode())
    return st.one_of(
        sound,
        damaged(sound),
        json_values.map(lambda value: json.dumps(value).encode()),
        st.binary(max_size=200),
        st.sampled_from(_MONSTERS),
    )
