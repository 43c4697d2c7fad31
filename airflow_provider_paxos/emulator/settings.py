"""Define an emulator's settings, which its options and ``PATCH /_emulator/settings`` change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator

from airflow_provider_paxos.emulator.limit_rules import LimitRule, TransferType
from airflow_provider_paxos.emulator.signatures import public_key

CLIENT_ID = "paxos-emulator"
CLIENT_SECRET = "paxos-emulator-secret"  # noqa: S105 - printed in the documentation, and good for nothing else
SCOPES = (
    "orchestration:read_orchestration",
    "orchestration:write_orchestration",
    "orchestration:read_orchestration_rule",
    "orchestration:write_orchestration_rule",
    "events:read_event",
    "funding:read_profile",
    "transfer:read_transfer_limit",
    "transfer:read_fiat_account",
    "transfer:read_crypto_destination_address",
    "transfer:write_crypto_destination_address",
    "transfer:read_transfer",
    "transfer:read_fiat_deposit_instructions",
    "transfer:write_sandbox_fiat_deposit",
)

ConflictShape = Literal["whole", "partial", "none"]
ProblemStyle = Literal["developer", "api"]
ProblemMedia = Literal["problem", "json"]
ListKey = Literal["items", "former", "both"]


# More would exceed the latest date that a datetime holds.
Seconds = Annotated[float, Field(ge=0, le=1e9)]
"""A length of time."""


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_in_utc)]
"""A time, in UTC unless it says otherwise; a date is its midnight."""


class EmulatorSettings(BaseModel):
    """Holds the settings of one emulator; times are seconds of its own clock."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    client_id: str = Field(default=CLIENT_ID, min_length=1)
    client_secret: SecretStr = Field(default=SecretStr(CLIENT_SECRET), min_length=1)
    scopes: tuple[str, ...] = Field(default=SCOPES, description="scopes that the client may request")
    narrow_scopes: bool = Field(default=False, description="grant fewer scopes silently instead of invalid_scope")
    token_lifetime: int = Field(default=3599, ge=0, le=10**9)

    settle_seconds: Seconds = Field(default=6, description="from PROCESSING to the terminal status")
    approve_seconds: Seconds | None = Field(default=None, description="until a PENDING one is approved; None: never")

    conflict_shape: ConflictShape = Field(default="whole", description="what a 409 shows of the first orchestration")
    problem_style: ProblemStyle = Field(
        default="developer",
        description="developer.paxos.com/docs/v2/problems/some-cause or api.paxos.com/v2/problems/some_cause",
    )
    problem_media: ProblemMedia = Field(default="problem", description="application/problem+json or application/json")

    list_lag_seconds: Seconds = Field(default=0, description="how long List does not see a new orchestration")
    last_cursor: Literal["absent", "empty"] = Field(default="absent", description="next_page_cursor of the last page")
    list_key: ListKey = Field(
        default="items", description="where a list of orchestrations or rules is: items, the former key, or both"
    )
    normalize_amounts: bool = Field(default=False, description="answer 100.50 as 100.5")

    rule_approve_seconds: Seconds | None = Field(
        default=0, description="until a rule is ACTIVE; None: when a control says so"
    )
    event_retention_seconds: Seconds | None = Field(default=None, description="how long an event is kept; None: always")
    event_lag_seconds: Seconds = Field(default=0, description="how long an event is not shown")
    event_jitter_seconds: Seconds = Field(default=0, description="how much longer at most, different for each event")
    event_order: Literal["created_at", "arrival"] = Field(
        default="created_at", description="how events are listed; arrival: as they came to be shown"
    )
    event_duplicates: Literal["none", "same_id", "new_id"] = Field(
        default="none", description="list every event twice, the second time with the same id or with another"
    )

    travel_rule_from: Moment | None = Field(
        default=None, description="when 3,000 USD or more to a crypto address begin to need travel rule data"
    )
    travel_rule_at: Literal["acceptance", "execution"] = Field(
        default="acceptance", description="refuse what lacks the data, or accept it and let it fail"
    )
    require_approved_accounts: bool = Field(default=False, description="refuse bank accounts that are not APPROVED")
    require_approved_addresses: bool = Field(default=False, description="refuse crypto addresses not saved, APPROVED")
    address_approve_seconds: Seconds | None = Field(
        default=0, description="until a saved address is APPROVED; None: when a control says so"
    )
    transfer_limits: tuple[LimitRule, ...] = ()
    fees: dict[TransferType, Annotated[Decimal, Field(ge=0, decimal_places=2)]] = Field(
        default_factory=dict, description="what a withdrawal costs, by type; it is taken from the amount"
    )
    unsupported_addresses: dict[str, str] = Field(
        default_factory=dict, description="address to the reason it is refused"
    )

    require_signatures: bool = Field(default=False, description="refuse requests to the API that are not signed")
    signing_keys: dict[str, str] = Field(default_factory=dict, description="key id to the public key in PEM")

    rate_limits: bool = False
    token_rate: float = Field(default=1, gt=0, description="token requests per second, on average")
    api_rate: float = Field(default=50, gt=0, description="requests per second and endpoint, on average")
    rate_window: Seconds = Field(default=300, gt=0, description="over which a rate is averaged")
    rate_penalty: Seconds = Field(default=300, description="how long an address is throttled")

    @field_validator("signing_keys")
    @classmethod
    def _require_public_keys(cls, keys: dict[str, str]) -> dict[str, str]:
        for pem in keys.values():
            public_key(pem)
        return keys

    def changed(self, changes: Mapping[str, Any]) -> EmulatorSettings:
        """Return these settings with some changed.

        :raises pydantic.ValidationError: on an unknown name or an impossible value.
        """
        return EmulatorSettings.model_validate({**self.model_dump(), **changes})

    def to_json(self) -> dict[str, Any]:
        """Return the settings without the secret."""
        return self.model_dump(mode="json", exclude={"client_secret"})
