"""Name the paths that the emulator serves."""

from __future__ import annotations

API = "/v2"
ORCHESTRATIONS = f"{API}/orchestration/orchestrations"
RULES = f"{API}/orchestration/rules"
EVENTS = f"{API}/events"
SANDBOX = f"{API}/sandbox"
TRANSFER = f"{API}/transfer"
VASPS = f"{API}/travelrule/vasps"
TOKEN = "/oauth2/token"  # noqa: S105 - a path
CONTROLS = "/_emulator"
