"""From the JSON of an XCom to its receipts, with a cache: a page that is opened again parses only what has changed."""

from __future__ import annotations

import json
from collections import OrderedDict
from threading import Lock
from typing import Any

from airflow_provider_paxos.receipts import receipts_in
from airflow_provider_paxos.xcom import may_be_decoded

Receipts = tuple[dict[str, Any], ...]

_LONGEST = 32 * 1024 * 1024


class ReceiptCache:
    """Parses XComs, and keeps the receipts of those that were used last.

    Several threads may use one cache. Callers must not change the receipts.

    :param most: receipts to keep, some 3 KiB each.
    """

    def __init__(self, most: int = 30_000) -> None:
        self._most = most
        self._held = 0
        self._by_json: OrderedDict[str, Receipts] = OrderedDict()
        self._lock = Lock()

    def receipts(self, text: str | None) -> Receipts | None:
        """Return the receipts of an XCom; None if it holds something else.

        :param text: its value as JSON. Some writers leave a JSON string that holds the JSON of the value.
        """
        if text is None or len(text) > _LONGEST or not may_be_decoded(text):
            return None
        with self._lock:
            if (cached := self._by_json.get(text)) is not None:
                self._by_json.move_to_end(text)
                return cached
        parsed = _parsed(text)
        if parsed and len(parsed) <= self._most:
            self._keep(text, parsed)
        return parsed

    def _keep(self, text: str, receipts: Receipts) -> None:
        with self._lock:
            if text not in self._by_json:
                self._by_json[text] = receipts
                self._held += len(receipts)
            while self._held > self._most:
                _, dropped = self._by_json.popitem(last=False)
                self._held -= len(dropped)


def _parsed(text: str) -> Receipts | None:
    try:
        value = json.loads(text)
        if isinstance(value, str):
            value = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return tuple(receipts_in(value)) or (() if value == [] else None)
