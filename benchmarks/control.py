"""The benchmark's side of the local server: sets when jobs end, and reads the counts."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit


class Control:
    """Controls a local server.

    :param url: its origin.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    def start_anew(self, **settings: Any) -> None:
        """Forget all jobs and counts.

        :param settings: ``latency`` and ``settle_after`` in seconds; ``limited`` to enforce Paxos' rate limits.
        """
        self._call("PUT", {"anew": True, **settings})

    def set_ends(self, ends: Mapping[str, float]) -> None:
        """Set when jobs end, on the monotonic clock."""
        self._call("PUT", {"ends": dict(ends)})

    def counts(self) -> dict[str, float]:
        """Return the counts of requests, polls, token, accepted, throttled, connections, held; and server_cpu."""
        return self._call("GET", None)

    def _call(self, method: str, body: Any) -> dict[str, float]:
        # The standard library: it has to work in the peers' environment as in this one.
        address = urlsplit(self.url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
        try:
            connection.request(method, "/_bench", json.dumps(body) if body is not None else None)
            counts: dict[str, float] = json.loads(connection.getresponse().read())
            return counts
        finally:
            connection.close()


def difference(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Return what was counted in between."""
    return {name: after[name] - before.get(name, 0) for name in after}
