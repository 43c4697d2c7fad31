"""Control a running emulator over HTTP: one method for each control."""

from __future__ import annotations

import http.client
import json
from collections import defaultdict
from typing import Any
from urllib.parse import quote, urlsplit

from airflow_provider_paxos.emulator.urls import CONTROLS


class ControlRefused(Exception):
    """Reports that the emulator refused a control, with its reason."""


class Controls:
    """Controls the emulator at a URL, over HTTP.

    :param url: its origin, such as ``http://127.0.0.1:8085``
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def fault(self, kind: str, times: int = 1, **match: Any) -> None:
        """Apply a fault to the next ``times`` requests that match.

        :param kind: ``refuse``, ``delay``, ``drop_before``, ``drop_after``, ``cut``, ``garble``, ``html``,
            ``unauthorized``, ``throttle``, ``error``, ``problem``, ``ignore_filters`` or ``repeat_cursor``
        :param match: requests to match (``method``, ``path``, ``query``, ``ref_id``, ``skip``), and other fields of
            the fault (``seconds``, ``status``, ``retry_after``, ``after_work``, ``cause``, ``detail``, ``meta``)
        """
        self._call("POST", "faults", {"kind": kind, "times": times, **match})

    def faults(self) -> list[dict[str, Any]]:
        """Return the faults that are still to come."""
        return list(self._call("GET", "faults")["faults"])

    def clear_faults(self) -> None:
        """Remove the faults that are still to come."""
        self._call("DELETE", "faults")

    def outcome(
        self,
        status: str = "COMPLETED",
        *,
        times: int = 1,
        match: dict[str, Any] | None = None,
        approval: bool = False,
        reason: str | None = None,
        settle_seconds: float | None = None,
    ) -> None:
        """Decide the terminal status of the next ``times`` orchestrations whose request matches.

        :param status: COMPLETED, FAILED or REJECTED
        :param match: a request's fields by dotted path (``destination.fiat.bank_account_id``), and their values
        :param approval: whether they start PENDING
        """
        queued = {"status": status, "times": times, "match": match or {}, "approval": approval, "reason": reason}
        self._call("POST", "outcomes", {**queued, "settle_seconds": settle_seconds})

    def set_status(self, orchestration_id: str, status: str, reason: str | None = None) -> dict[str, Any]:
        """Take an orchestration, named by its id or its ref_id, to a status at once, and return it."""
        return self._decide(orchestration_id, "status", {"status": status, "reason": reason})

    def approve(self, orchestration_id: str) -> dict[str, Any]:
        """Approve a PENDING orchestration, and return it."""
        return self._decide(orchestration_id, "approve", {})

    def reject(self, orchestration_id: str, reason: str | None = None) -> dict[str, Any]:
        """Reject a PENDING orchestration, and return it."""
        return self._decide(orchestration_id, "reject", {"reason": reason})

    def make_orchestration(self, **fields: Any) -> dict[str, Any]:
        """Create an orchestration as people do, without the API, and return it.

        :param fields: those of a create request; metadata only if there are any here
        """
        return self._call("POST", "orchestrations", fields)

    def alter_orchestration(self, orchestration_id: str, **fields: Any) -> dict[str, Any]:
        """Let the API show an orchestration, named by its id or its ref_id, with other values; None hides a field."""
        return self._call("PATCH", f"orchestrations/{quote(orchestration_id, safe='')}", fields)

    def set_rule(self, rule_id: str, status: str) -> dict[str, Any]:
        """Decide on a rule, named by its id or its ref_id, and return it.

        :param status: PENDING, APPROVED (it is ACTIVE then) or REJECTED
        """
        return self._call("POST", f"rules/{quote(rule_id, safe='')}/status", {"status": status})

    def deposit(self, rule_id: str, amount: str, asset: str | None = None, times: int = 1) -> list[dict[str, Any]]:
        """Let money for a rule arrive, and return the deposits' transfers.

        :param rule_id: its id or its ref_id
        :param asset: the rule's, unless given
        :param times: how many equal deposits
        """
        body = {"amount": amount, "asset": asset, "times": times}
        return list(self._call("POST", f"rules/{quote(rule_id, safe='')}/deposits", body)["transfers"])

    def set_transfer(
        self, transfer_id: str, status: str | None = None, secondary_status: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """Give a transfer a status, whatever its orchestration's status is, and return it.

        :param status: PENDING, COMPLETED or FAILED; None leaves it
        :param secondary_status: its ``name`` and ``detail``
        """
        body = {"status": status, "secondary_status": secondary_status}
        return self._call("POST", f"transfers/{quote(transfer_id, safe='')}", body)

    def now(self) -> str:
        """Return the time of the emulator's clock."""
        return str(self._call("GET", "clock")["now"])

    def advance(self, seconds: float) -> None:
        """Move the clock ahead, and run the steps that are due."""
        self._call("POST", "clock/advance", {"seconds": seconds})

    def freeze(self) -> None:
        """Stop the clock."""
        self._call("POST", "clock/freeze")

    def thaw(self) -> None:
        """Let the clock run again."""
        self._call("POST", "clock/thaw")

    def revoke_tokens(self) -> None:
        """Revoke every token that was granted."""
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

    def add_fiat_account(
        self, account_id: str | None = None, status: str = "APPROVED", **fields: Any
    ) -> dict[str, Any]:
        """Add a bank account, and return it.

        :param status: PENDING, APPROVED or REJECTED
        :param fields: other fields of a fiat account (``fiat_network_instructions``, ``ref_id``, …)
        """
        return self._call("POST", "fiat-accounts", {"id": account_id, "status": status, **fields})

    def set_fiat_account(self, account_id: str, status: str) -> dict[str, Any]:
        """Set the status of a bank account, and return it."""
        return self._call("POST", f"fiat-accounts/{quote(account_id, safe='')}/status", {"status": status})

    def save_crypto_address(
        self, crypto_network: str, address: str, status: str = "APPROVED", **fields: Any
    ) -> dict[str, Any]:
        """Save a crypto address, or change a saved one, and return it.

        :param status: PENDING, APPROVED or REJECTED
        :param fields: other fields of a request to save one (``identity_id``, ``travelrule_metadata``, …)
        """
        body = {"crypto_network": crypto_network, "address": address, "status": status, **fields}
        return self._call("POST", "crypto-addresses", body)

    def set_crypto_address(self, address_id: str, status: str) -> dict[str, Any]:
        """Set the status of a saved crypto address, and return it."""
        return self._call("POST", f"crypto-addresses/{quote(address_id, safe='')}/status", {"status": status})

    def add_vasp(self, name: str, vasp_id: str | None = None) -> dict[str, Any]:
        """Add a VASP to the directory, or rename one, and return it."""
        return self._call("POST", "vasps", {"id": vasp_id, "name": name})

    def remove_vasp(self, vasp_id: str) -> None:
        """Remove a VASP from the directory."""
        self._call("DELETE", f"vasps/{quote(vasp_id, safe='')}")

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
        """Return the sum over all accounts, by asset: always zero."""
        return dict(self._call("GET", "ledger")["sums"])

    def report(self, date: str) -> str:
        """Return the report of profile transactions of a day in UTC, as CSV.

        :param date: the day, such as ``2026-11-30``
        """
        return self._read("GET", f"report?date={quote(date)}").decode()

    def reset(self) -> None:
        """Forget everything that has happened, and return to the settings of the start."""
        self._call("POST", "reset")

    def _decide(self, orchestration_id: str, control: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._call("POST", f"orchestrations/{quote(orchestration_id, safe='')}/{control}", body)

    def _call(self, method: str, control: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        return dict(json.loads(self._read(method, control, body)))

    def _read(self, method: str, control: str, body: dict[str, Any] | None = None) -> bytes:
        # Not requests: a test suite's patches and proxy settings must not reach the controls.
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        try:
            payload = None if body is None else json.dumps(body)
            headers = {} if payload is None else {"Content-Type": "application/json"}
            connection.request(method, f"{CONTROLS}/{control}", payload, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status >= 400:
            raise ControlRefused(f"{method} {CONTROLS}/{control}: {json.loads(content).get('detail')}")
        return content
