"""The controls of a running emulator, as methods."""

from __future__ import annotations

import http.client
import json
from collections import defaultdict
from typing import Any
from urllib.parse import quote, urlsplit


class ControlRefused(Exception):
    """The emulator did not do what it was told, for the reason given."""


class Controls:
    """Controls the emulator at a URL, over HTTP.

    :param url: its origin, such as ``http://127.0.0.1:8085``
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def fault(self, kind: str, times: int = 1, **match: Any) -> None:
        """Let something go wrong with the next ``times`` requests that match.

        :param kind: ``refuse``, ``delay``, ``drop_before``, ``drop_after``, ``cut``, ``garble``, ``html``,
            ``unauthorized``, ``throttle``, ``error``, ``problem`` or ``strangers``
        :param match: which requests (``method``, ``path``, ``ref_id``), and what else the kind takes (``seconds``,
            ``status``, ``retry_after``, ``after_work``, ``cause``, ``detail``, ``meta``)
        """
        self._call("POST", "faults", {"kind": kind, "times": times, **match})

    def faults(self) -> list[dict[str, Any]]:
        """Return the faults that are still to come."""
        return list(self._call("GET", "faults")["faults"])

    def clear_faults(self) -> None:
        """Let nothing more go wrong."""
        self._call("DELETE", "faults")

    def outcome(
        self,
        end: str = "COMPLETED",
        *,
        times: int = 1,
        match: dict[str, Any] | None = None,
        approval: bool = False,
        reason: str | None = None,
        settle_seconds: float | None = None,
    ) -> None:
        """Decide how the next ``times`` orchestrations end whose request matches.

        :param end: COMPLETED, FAILED or REJECTED
        :param match: a request's fields by dotted path (``destination.fiat.bank_account_id``), and their values
        :param approval: whether they start PENDING
        """
        order = {"end": end, "times": times, "match": match or {}, "approval": approval, "reason": reason}
        self._call("POST", "outcomes", {**order, "settle_seconds": settle_seconds})

    def set_status(self, orchestration_id: str, status: str, reason: str | None = None) -> dict[str, Any]:
        """Take an orchestration, named by its id or its ref_id, to a status at once, and return it."""
        return self._decide(orchestration_id, "status", {"status": status, "reason": reason})

    def approve(self, orchestration_id: str) -> dict[str, Any]:
        """Approve a PENDING orchestration, and return it."""
        return self._decide(orchestration_id, "approve", {})

    def reject(self, orchestration_id: str, reason: str | None = None) -> dict[str, Any]:
        """Reject a PENDING orchestration, and return it."""
        return self._decide(orchestration_id, "reject", {"reason": reason})

    def now(self) -> str:
        """Return the time of the emulator's clock."""
        return str(self._call("GET", "clock")["now"])

    def advance(self, seconds: float) -> None:
        """Move the clock ahead, and let everything happen that is due."""
        self._call("POST", "clock/advance", {"seconds": seconds})

    def freeze(self) -> None:
        """Stop the clock."""
        self._call("POST", "clock/freeze")

    def thaw(self) -> None:
        """Let the clock go on."""
        self._call("POST", "clock/thaw")

    def revoke_tokens(self) -> None:
        """Make every token worthless that was granted."""
        self._call("POST", "tokens/revoke")

    def configure(self, **changes: Any) -> dict[str, Any]:
        """Change settings by name, and return them all, without the secret."""
        return self._call("PATCH", "settings", changes)

    def settings(self) -> dict[str, Any]:
        """Return the settings, without the secret."""
        return self._call("GET", "settings")

    def add_profile(
        self, nickname: str, profile_id: str | None = None, balances: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """Add a profile, and return it."""
        return self._call("POST", "profiles", {"nickname": nickname, "id": profile_id, "balances": balances or {}})

    def journal(self) -> list[dict[str, Any]]:
        """Return every request to the API and the token endpoint, oldest first."""
        return list(self._call("GET", "journal")["requests"])

    def bookings(self) -> list[dict[str, Any]]:
        """Return every booking, oldest first."""
        return list(self._call("GET", "journal")["bookings"])

    def accepted_creates(self) -> dict[str, list[str]]:
        """Return, by ref_id, the orchestrations for which money was reserved: one each, if all is well."""
        accepted: defaultdict[str, list[str]] = defaultdict(list)
        for booking in self.bookings():
            if booking["reason"] == "reserve":
                accepted[booking["ref_id"]].append(booking["orchestration_id"])
        return dict(accepted)

    def balances(self) -> dict[str, dict[str, str]]:
        """Return every account's balances, by account and asset."""
        return dict(self._call("GET", "ledger")["accounts"])

    def ledger_sums(self) -> dict[str, str]:
        """Return the sum over all accounts, by asset: zero, always."""
        return dict(self._call("GET", "ledger")["sums"])

    def reset(self) -> None:
        """Forget everything that has happened, and return to the settings of the start."""
        self._call("POST", "reset")

    def _decide(self, orchestration_id: str, what: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._call("POST", f"orchestrations/{quote(orchestration_id, safe='')}/{what}", body)

    def _call(self, method: str, control: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        # Not requests: what a suite patches or a proxy setting redirects must not reach the controls.
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        try:
            payload = None if body is None else json.dumps(body)
            headers = {} if payload is None else {"Content-Type": "application/json"}
            connection.request(method, f"/_emulator/{control}", payload, headers)
            answer = connection.getresponse()
            document: dict[str, Any] = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status >= 400:
            raise ControlRefused(f"{method} /_emulator/{control}: {document.get('detail')}")
        return document
