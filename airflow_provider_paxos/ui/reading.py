"""From the text of an XCom to its receipts, remembered: a page that is opened again reads only what has changed."""

from __future__ import annotations

import json
from collections import OrderedDict
from threading import Lock
from typing import Any

from airflow_provider_paxos.receipts import receipts_in

Receipts = tuple[dict[str, Any], ...]

_LONGEST = 32 * 1024 * 1024


class Reader:
    """Reads texts, and remembers what it has read lately.

    Whoever is given receipts must not change them.

    :param most: receipts to remember, some 3 KiB each.
    """

    def __init__(self, most: int = 30_000) -> None:
        self._most = most
        self._held = 0
        self._known: OrderedDict[str, Receipts] = OrderedDict()
        self._lock = Lock()

    def receipts(self, text: str | None) -> Receipts | None:
        """Return the receipts of an XCom; None if it holds something else.

        :param text: its value as JSON. Some writers leave a JSON string that holds the JSON of the value.
        """
        if text is None or len(text) > _LONGEST:
            return None
        with self._lock:
            if (known := self._known.get(text)) is not None:
                self._known.move_to_end(text)
                return known
        read = _read(text)
        if read and len(read) <= self._most:
            self._remember(text, read)
        return read

    def _remember(self, text: str, read: Receipts) -> None:
        with self._lock:
            if text not in self._known:
                self._known[text] = read
                self._held += len(read)
            while self._held > self._most:
                _, forgotten = self._known.popitem(last=False)
                self._held -= len(forgotten)


def _read(text: str) -> Receipts | None:
    try:
        value = json.loads(text)
        if isinstance(value, str):
            value = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return tuple(receipts_in(value)) or (() if value == [] else None)
