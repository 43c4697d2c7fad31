"""Enforce Paxos' rate limits: per endpoint and address, averaged over minutes.

An address that exceeds one is throttled at every endpoint.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from datetime import datetime, timedelta

from airflow_provider_paxos.emulator.settings import EmulatorSettings
from airflow_provider_paxos.emulator.urls import TOKEN

_ID = re.compile(r"/[0-9a-f]{8}-[0-9a-f-]{27}(?=/|$)", re.IGNORECASE)


class RateLimits:
    """Counts requests, and throttles addresses."""

    def __init__(self) -> None:
        self._times: defaultdict[tuple[str, str], deque[datetime]] = defaultdict(deque)
        self._throttled: dict[str, datetime] = {}

    def allow(self, settings: EmulatorSettings, request: tuple[str, str, str], now: datetime) -> bool:
        """Count a request, and return whether it may be answered.

        :param request: the client's address, the method and the path
        """
        address, method, path = request
        if not settings.rate_limits:
            return True
        if now < self._throttled.get(address, now):
            return False
        times = self._times[address, f"{method} {_ID.sub('/{id}', path)}"]
        while times and times[0] <= now - timedelta(seconds=settings.rate_window):
            times.popleft()
        rate = settings.token_rate if path == TOKEN else settings.api_rate
        if len(times) >= rate * settings.rate_window:
            self._throttled[address] = now + timedelta(seconds=settings.rate_penalty)
            return False
        times.append(now)
        return True
