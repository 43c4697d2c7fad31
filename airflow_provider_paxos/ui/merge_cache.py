"""Cache of merged records: an answer merges anew only what has changed, and at least once a minute."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock

from airflow_provider_paxos.ui.merge import MergeResult

_LONGEST = timedelta(minutes=1)
"""Ages count: what is unusually long in progress shows by then."""


class MergeCache:
    """Keeps the records that were merged last. Several threads may use one cache; one of them merges at a time.

    So the memory that records take is bounded: by those that are kept, and those that are being merged.

    :param most: records to keep; the cache of receipts has them, too. Users with the same rights share a result.
    """

    def __init__(self, most: int = 200_000) -> None:
        self._most = most
        self._results: OrderedDict[Hashable, tuple[Hashable, MergeResult]] = OrderedDict()
        self._lock = Lock()

    def merged(self, key: Hashable, version: Hashable, now: datetime, merge: Callable[[], MergeResult]) -> MergeResult:
        """Return the result of ``merge``, or the kept one of the same key and version.

        :param key: what is merged: the Dags that the user may read, and the run if one is asked for.
        :param version: of Airflow's database.
        """
        with self._lock:
            kept_version, kept = self._results.get(key, (None, None))
            if kept and kept_version == version and now - kept.merged_at < _LONGEST:
                self._results.move_to_end(key)
                return replace(kept, as_of=now)
            self._results.pop(key, None)
            result = merge()
            self._results[key] = version, result
            while sum(len(each.records) for _, each in self._results.values()) > self._most:
                self._results.popitem(last=False)
            return result
