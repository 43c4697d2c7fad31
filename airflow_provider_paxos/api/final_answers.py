"""Make requests pass over interim answers, and return the final one: http.client passes over 100 alone.

An interim answer (1xx, such as 102 Processing or 103 Early Hints) precedes the final one on the same connection. Who
takes it for the final one reports an accepted payment as refused. httpx2 passes over all of them by itself.
"""

from __future__ import annotations

import http.client
from functools import cache
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, PoolManager

_MOST_INTERIM = 100
_SWITCHING_PROTOCOLS = 101


class FinalResponse(http.client.HTTPResponse):
    """Reads up to the final answer."""

    def begin(self, *arguments: Any, **options: Any) -> None:
        """Read the status and the headers of the final answer.

        :raises http.client.HTTPException: for a switch to a protocol that nobody asked for, and for interim answers
            without end.
        """
        for _ in range(_MOST_INTERIM):
            super().begin(*arguments, **options)
            if self.status == _SWITCHING_PROTOCOLS:
                raise http.client.HTTPException("the server switches protocols, which was not asked for")
            if self.status >= 200:
                return
            # Without headers it begins anew, and sets everything again.
            self.headers = self.msg = None  # type: ignore[assignment]
        raise http.client.HTTPException("interim answers without end")


class FinalAnswers(HTTPAdapter):
    """A transport of requests whose connections read up to the final answer, with a proxy or without one."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Make the pools of direct connections."""
        super().init_poolmanager(*arguments, **options)
        _read_final_answers(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """Return the pools of connections through a proxy."""
        manager = super().proxy_manager_for(proxy, **options)
        _read_final_answers(manager)
        return manager


def _read_final_answers(manager: PoolManager) -> None:
    pools = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {scheme: _of_final_answers(pool) for scheme, pool in pools.items()}


@cache
def _of_final_answers(pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
    connection: Any = pool.ConnectionCls
    if getattr(connection, "response_class", None) is FinalResponse:
        return pool
    reading = type(connection.__name__, (connection,), {"response_class": FinalResponse})
    return type(pool.__name__, (pool,), {"ConnectionCls": reading})
