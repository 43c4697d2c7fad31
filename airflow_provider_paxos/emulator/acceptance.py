"""Decide whether a create request may be accepted: its profiles, destination, travel rule data and funds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from airflow_provider_paxos.emulator import ledger as accounts
from airflow_provider_paxos.emulator.amounts import plain
from airflow_provider_paxos.emulator.crypto_addresses import AddressBook
from airflow_provider_paxos.emulator.fiat_accounts import FiatAccount
from airflow_provider_paxos.emulator.ledger import Ledger
from airflow_provider_paxos.emulator.models import Party
from airflow_provider_paxos.emulator.problems import Problem, bad_request
from airflow_provider_paxos.emulator.settings import EmulatorSettings
from airflow_provider_paxos.emulator.store import ProfileStore
from airflow_provider_paxos.emulator.travel_rule import THRESHOLD, missing


def check_profiles(profiles: ProfileStore, profile_id: str, destination: Party | None) -> None:
    """Check that the profiles that pay and receive exist.

    :raises Problem: 400 if one does not.
    """
    if profiles.get(profile_id) is None:
        raise bad_request(f"source.profile.profile_id: there is no profile '{profile_id}'")
    to = (destination or {}).get("profile")
    if to and profiles.get(to["profile_id"]) is None:
        raise bad_request(f"destination.profile.profile_id: there is no profile '{to['profile_id']}'")


def check_funds(ledger: Ledger, profile_id: str, asset: str, amount: Decimal) -> None:
    """Check that a profile can spend an amount.

    :raises Problem: 403 ``insufficient-funds``.
    """
    spendable = ledger.balance(accounts.available(profile_id), asset)
    if spendable < amount:
        needed, available = plain(amount), plain(spendable)
        raise Problem(
            403,
            f"insufficient {asset} funds in profile {profile_id}: {needed} needed, {available} available",
            cause="insufficient-funds",
            meta={"profile_id": profile_id, "asset": asset, "available": available, "needed": needed},
        )


def check_fee(amount: Decimal, fee: Decimal) -> None:
    """Check that something is left of an amount after the fee.

    :raises Problem: 400 ``below-min-withdraw-limit``.
    """
    if amount <= fee:
        meta = {"limit": plain(fee), "amount": plain(amount)}
        detail = f"amount too small: {meta['amount']} does not exceed the fee of {meta['limit']}"
        raise Problem(400, detail, cause="below-min-withdraw-limit", meta=meta)


@dataclass(frozen=True)
class Destinations:
    """Holds what is known of destinations outside Paxos.

    :param accounts: the bank accounts by id
    :param addresses: the saved crypto addresses
    """

    settings: EmulatorSettings
    accounts: Mapping[str, FiatAccount]
    addresses: AddressBook

    def check(self, destination: Party, identity_id: str | None, now: datetime) -> None:
        """Check that a destination is supported and, where the settings require that, approved.

        That an account or address must be APPROVED is documented for rules; the status of the answer is not: it is
        that of any other value that a request may not have.

        :raises Problem: 400, ``unsupported-address`` if that is the reason.
        """
        if "fiat" in destination:
            self._check_account(destination["fiat"]["bank_account_id"])
        elif "crypto" in destination:
            self._check_address(destination, identity_id, now)

    def travel_rule_data_missing(
        self, destination: Party, identity_id: str | None, amount: Decimal, now: datetime
    ) -> str | None:
        """Return which travel rule data a payment needs and its destination does not have, or None."""
        since = self.settings.travel_rule_from
        if since is None or now < since or amount < THRESHOLD or "crypto" not in destination:
            return None
        saved = self.addresses.of_destination(destination, identity_id)
        return missing(saved.travel_rule if saved else None)

    def check_travel_rule(self, destination: Party, identity_id: str | None, amount: Decimal, now: datetime) -> None:
        """Check that a destination has the travel rule data that a payment needs.

        :raises Problem: 403 ``travel-rule-information-required``.
        """
        if self.settings.travel_rule_at != "acceptance":
            return
        if self.travel_rule_data_missing(destination, identity_id, amount, now) is None:
            return
        crypto = destination["crypto"]
        saved = self.addresses.of_destination(destination, identity_id)
        address = {"crypto_network": saved.crypto_network, "address": saved.address} if saved else {}
        named = {"crypto_network": crypto.get("network"), "address": crypto.get("address"), **address}
        meta = {"identity_id": identity_id, **named}
        raise Problem(
            403,
            "Travel Rule information is required for this destination: call PutCryptoDestinationAddress with"
            " travelrule_metadata populated and retry",
            cause="travel-rule-information-required",
            meta={name: value for name, value in meta.items() if value is not None},
        )

    def _check_account(self, account_id: str) -> None:
        if not self.settings.require_approved_accounts:
            return
        account = self.accounts.get(account_id)
        if account is None:
            raise bad_request(f"destination.fiat.bank_account_id: there is no fiat account '{account_id}'")
        if account.status != "APPROVED":
            raise bad_request(f"destination.fiat.bank_account_id: fiat account '{account_id}' is {account.status}")

    def _check_address(self, destination: Party, identity_id: str | None, now: datetime) -> None:
        crypto = destination["crypto"]
        address = crypto.get("address", "")
        if address in self.settings.unsupported_addresses:
            reason = self.settings.unsupported_addresses[address]
            meta = {"address": address, "reason": reason}
            detail = f"unsupported address {address}: {reason}"
            raise Problem(400, detail, cause="unsupported-address", meta=meta)
        if not self.settings.require_approved_addresses:
            return
        saved = self.addresses.of_destination(destination, identity_id)
        named = crypto.get("address_id") or f"{address} on {crypto['network']}"
        if saved is None:
            raise bad_request(f"destination.crypto: there is no saved address {named}")
        if (status := saved.status(now)) != "APPROVED":
            raise bad_request(f"destination.crypto: the saved address {named} is {status}")
