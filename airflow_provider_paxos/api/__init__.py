"""Paxos' API as published: models, rules as flows, and two clients. It imports no Airflow, and has no global state.

The names below are the public surface; ``docs/api.md`` lists them. They are loaded when they are first used, so that
importing the package alone imports nothing. Everything else in it is private by convention, and may change at any time.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_provider_paxos.api.async_client import AsyncPaxosClient
    from airflow_provider_paxos.api.base_client import SharedState
    from airflow_provider_paxos.api.client import PaxosClient
    from airflow_provider_paxos.api.creators import (
        Adopt,
        Creator,
        Relation,
    )
    from airflow_provider_paxos.api.credentials import Credentials
    from airflow_provider_paxos.api.crypto_destinations import (
        CryptoDestinations,
        Ensured,
    )
    from airflow_provider_paxos.api.deposit_instructions import (
        DepositInstructions,
        FiatDepositInstructions,
    )
    from airflow_provider_paxos.api.description import describe
    from airflow_provider_paxos.api.destination_status import DestinationStatus
    from airflow_provider_paxos.api.errors import (
        Acceptance,
        AlreadyExists,
        BadCredentials,
        BadRequest,
        BatchIncomplete,
        CreatedByAnother,
        DestinationPending,
        DestinationRejected,
        ExceedsPrecision,
        Forbidden,
        HoldsSecret,
        InsufficientFunds,
        InvalidConnection,
        InvalidRequest,
        MissingScope,
        NotAllowed,
        NotApproved,
        NotFound,
        NotReady,
        NotRepairable,
        OrchestrationFailed,
        OrchestrationMissing,
        OrchestrationRejected,
        OrchestrationUnsuccessful,
        OutcomeUnknown,
        PaxosError,
        RateLimited,
        RefIdConflict,
        Refused,
        RuleConflict,
        RulePending,
        ServiceUnavailable,
        StillInProgress,
        Stopped,
        Subject,
        TemporarilyRefused,
        TravelRuleInformationRequired,
        UndefinedConnection,
        Unreachable,
        UnreadableAnswer,
        UnsupportedAddress,
        WaitAborted,
    )
    from airflow_provider_paxos.api.events import (
        Event,
        Events,
    )
    from airflow_provider_paxos.api.exchange import Patience
    from airflow_provider_paxos.api.fiat_accounts import (
        FiatAccount,
        FiatAccounts,
    )
    from airflow_provider_paxos.api.limit_utilizations import (
        LimitUtilization,
        LimitUtilizations,
    )
    from airflow_provider_paxos.api.limits import Limits
    from airflow_provider_paxos.api.models import (
        CryptoDestination,
        Destination,
        FiatDestination,
        Orchestration,
        OrchestrationRequest,
        ProfileEnd,
        Source,
    )
    from airflow_provider_paxos.api.orchestrations import (
        Orchestrations,
        Submission,
    )
    from airflow_provider_paxos.api.profiles import (
        Balance,
        Profile,
        Profiles,
    )
    from airflow_provider_paxos.api.rule_models import (
        OrchestrationRule,
        OrchestrationRuleRequest,
        RuleStatus,
    )
    from airflow_provider_paxos.api.rules import (
        EnsuredRule,
        OrchestrationRules,
    )
    from airflow_provider_paxos.api.same_payment import (
        Comparison,
        compare,
    )
    from airflow_provider_paxos.api.saved_addresses import (
        CryptoDestinationAddress,
        CryptoDestinationAddressRequest,
        DestinationKey,
        checked_destination,
        saved_network,
    )
    from airflow_provider_paxos.api.secrecy import Secret
    from airflow_provider_paxos.api.settings import (
        Settings,
        checked_settings,
    )
    from airflow_provider_paxos.api.signing import PemSigner
    from airflow_provider_paxos.api.snapshot import Snapshot
    from airflow_provider_paxos.api.statuses import (
        Meaning,
        Status,
        meaning_of,
        require_completed,
        require_not_failed,
    )
    from airflow_provider_paxos.api.transfers import (
        Transfer,
        Transfers,
    )
    from airflow_provider_paxos.api.travel_rule import (
        SavedTravelRuleData,
        TravelRuleData,
        missing_travel_rule_data,
    )
    from airflow_provider_paxos.api.validation import checked_request
    from airflow_provider_paxos.api.vasps import (
        Vasp,
        Vasps,
    )

__all__ = [
    "Acceptance",
    "Adopt",
    "AlreadyExists",
    "AsyncPaxosClient",
    "BadCredentials",
    "BadRequest",
    "Balance",
    "BatchIncomplete",
    "Comparison",
    "CreatedByAnother",
    "Creator",
    "Credentials",
    "CryptoDestination",
    "CryptoDestinationAddress",
    "CryptoDestinationAddressRequest",
    "CryptoDestinations",
    "DepositInstructions",
    "Destination",
    "DestinationKey",
    "DestinationPending",
    "DestinationRejected",
    "DestinationStatus",
    "Ensured",
    "EnsuredRule",
    "Event",
    "Events",
    "ExceedsPrecision",
    "FiatAccount",
    "FiatAccounts",
    "FiatDepositInstructions",
    "FiatDestination",
    "Forbidden",
    "HoldsSecret",
    "InsufficientFunds",
    "InvalidConnection",
    "InvalidRequest",
    "LimitUtilization",
    "LimitUtilizations",
    "Limits",
    "Meaning",
    "MissingScope",
    "NotAllowed",
    "NotApproved",
    "NotFound",
    "NotReady",
    "NotRepairable",
    "Orchestration",
    "OrchestrationFailed",
    "OrchestrationMissing",
    "OrchestrationRejected",
    "OrchestrationRequest",
    "OrchestrationRule",
    "OrchestrationRuleRequest",
    "OrchestrationRules",
    "OrchestrationUnsuccessful",
    "Orchestrations",
    "OutcomeUnknown",
    "Patience",
    "PaxosClient",
    "PaxosError",
    "PemSigner",
    "Profile",
    "ProfileEnd",
    "Profiles",
    "RateLimited",
    "RefIdConflict",
    "Refused",
    "Relation",
    "RuleConflict",
    "RulePending",
    "RuleStatus",
    "SavedTravelRuleData",
    "Secret",
    "ServiceUnavailable",
    "Settings",
    "SharedState",
    "Snapshot",
    "Source",
    "Status",
    "StillInProgress",
    "Stopped",
    "Subject",
    "Submission",
    "TemporarilyRefused",
    "Transfer",
    "Transfers",
    "TravelRuleData",
    "TravelRuleInformationRequired",
    "UndefinedConnection",
    "Unreachable",
    "UnreadableAnswer",
    "UnsupportedAddress",
    "Vasp",
    "Vasps",
    "WaitAborted",
    "checked_destination",
    "checked_request",
    "checked_settings",
    "compare",
    "describe",
    "meaning_of",
    "missing_travel_rule_data",
    "require_completed",
    "require_not_failed",
    "saved_network",
]

_MODULES = {
    "async_client": ("AsyncPaxosClient",),
    "base_client": ("SharedState",),
    "client": ("PaxosClient",),
    "creators": (
        "Adopt",
        "Creator",
        "Relation",
    ),
    "credentials": ("Credentials",),
    "crypto_destinations": (
        "CryptoDestinations",
        "Ensured",
    ),
    "deposit_instructions": (
        "DepositInstructions",
        "FiatDepositInstructions",
    ),
    "description": ("describe",),
    "destination_status": ("DestinationStatus",),
    "errors": (
        "Acceptance",
        "AlreadyExists",
        "BadCredentials",
        "BadRequest",
        "BatchIncomplete",
        "CreatedByAnother",
        "DestinationPending",
        "DestinationRejected",
        "ExceedsPrecision",
        "Forbidden",
        "HoldsSecret",
        "InsufficientFunds",
        "InvalidConnection",
        "InvalidRequest",
        "MissingScope",
        "NotAllowed",
        "NotApproved",
        "NotFound",
        "NotReady",
        "NotRepairable",
        "OrchestrationFailed",
        "OrchestrationMissing",
        "OrchestrationRejected",
        "OrchestrationUnsuccessful",
        "OutcomeUnknown",
        "PaxosError",
        "RateLimited",
        "RefIdConflict",
        "Refused",
        "RuleConflict",
        "RulePending",
        "ServiceUnavailable",
        "StillInProgress",
        "Stopped",
        "Subject",
        "TemporarilyRefused",
        "TravelRuleInformationRequired",
        "UndefinedConnection",
        "Unreachable",
        "UnreadableAnswer",
        "UnsupportedAddress",
        "WaitAborted",
    ),
    "events": (
        "Event",
        "Events",
    ),
    "exchange": ("Patience",),
    "fiat_accounts": (
        "FiatAccount",
        "FiatAccounts",
    ),
    "limit_utilizations": (
        "LimitUtilization",
        "LimitUtilizations",
    ),
    "limits": ("Limits",),
    "models": (
        "CryptoDestination",
        "Destination",
        "FiatDestination",
        "Orchestration",
        "OrchestrationRequest",
        "ProfileEnd",
        "Source",
    ),
    "orchestrations": (
        "Orchestrations",
        "Submission",
    ),
    "profiles": (
        "Balance",
        "Profile",
        "Profiles",
    ),
    "same_payment": (
        "Comparison",
        "compare",
    ),
    "rule_models": (
        "OrchestrationRule",
        "OrchestrationRuleRequest",
        "RuleStatus",
    ),
    "rules": (
        "EnsuredRule",
        "OrchestrationRules",
    ),
    "saved_addresses": (
        "CryptoDestinationAddress",
        "CryptoDestinationAddressRequest",
        "DestinationKey",
        "checked_destination",
        "saved_network",
    ),
    "secrecy": ("Secret",),
    "settings": (
        "Settings",
        "checked_settings",
    ),
    "signing": ("PemSigner",),
    "snapshot": ("Snapshot",),
    "statuses": (
        "Meaning",
        "Status",
        "meaning_of",
        "require_completed",
        "require_not_failed",
    ),
    "transfers": (
        "Transfer",
        "Transfers",
    ),
    "travel_rule": (
        "SavedTravelRuleData",
        "TravelRuleData",
        "missing_travel_rule_data",
    ),
    "validation": ("checked_request",),
    "vasps": (
        "Vasp",
        "Vasps",
    ),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


if not TYPE_CHECKING:  # A type checker reads the imports above: with this function it would take any name for granted.

    def __getattr__(name: str) -> object:
        """Load a public name from its module when it is first used (PEP 562)."""
        if name not in _MODULE_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
        return value


def __dir__() -> list[str]:
    """Return the public names."""
    return [*__all__]
