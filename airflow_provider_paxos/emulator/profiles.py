"""Profiles: whose money it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

DEFAULT_PROFILE = "00000000-0000-4000-8000-000000000001"
TREASURY_PROFILE = "00000000-0000-4000-8000-000000000002"
PAYOUTS_PROFILE = "00000000-0000-4000-8000-000000000003"

SEEDED = ((DEFAULT_PROFILE, "default"), (TREASURY_PROFILE, "treasury"), (PAYOUTS_PROFILE, "payouts"))
"""The profiles that an emulator starts with."""

SEED_BALANCE = Decimal(10_000_000)
"""What each of them has of every asset."""


@dataclass(frozen=True)
class Profile:
    """A profile as the API shows it, and its place in the order of creation."""

    seq: int
    id: str
    nickname: str
    type: Literal["DEFAULT", "NORMAL"]
    created_at: datetime

    def shown(self) -> dict[str, str]:
        """Return it as the API does."""
        return {"id": self.id, "nickname": self.nickname, "type": self.type}


class Profiles:
    """All profiles, in the order of their creation."""

    def __init__(self, profiles: Iterable[Profile] = ()) -> None:
        self._by_id = {profile.id: profile for profile in profiles}

    def all(self) -> list[Profile]:
        """Return every profile, oldest first."""
        return list(self._by_id.values())

    def get(self, profile_id: str) -> Profile | None:
        """Return a profile, or None."""
        return self._by_id.get(profile_id)

    def add(self, profile_id: str, nickname: str, created_at: datetime) -> Profile:
        """Add a profile; the very first is the default one."""
        kind: Literal["DEFAULT", "NORMAL"] = "NORMAL" if self._by_id else "DEFAULT"
        profile = Profile(len(self._by_id), profile_id, nickname, kind, created_at)
        self._by_id[profile_id] = profile
        return profile
