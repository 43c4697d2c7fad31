"""The instructions for deposits of fiat money: Get Fiat Deposit Instructions."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from pydantic import Field

from airflow_provider_paxos.api.calls import Calls, in_path
from airflow_provider_paxos.api.decoding import read_model
from airflow_provider_paxos.api.errors import Subject, quoted
from airflow_provider_paxos.api.fiat_accounts import FiatAccountOwner, FiatNetworkInstructions
from airflow_provider_paxos.api.fields import OptionalMoment, OptionalText, Received
from airflow_provider_paxos.api.flow import Flow
from airflow_provider_paxos.api.leniency import Otherwise, nothing, texts_of

READ_FIAT_DEPOSIT_INSTRUCTIONS = "transfer:read_fiat_deposit_instructions"
"""The scope that the call needs."""


class FiatDepositInstructions(Received):
    """The account that a deposit is sent to, and its memo. Its repr shows no account number and no owner."""

    id: Annotated[str, Field(min_length=1)]
    profile_id: OptionalText = None
    identity_id: OptionalText = None
    account_id: OptionalText = None
    ref_id: OptionalText = None
    status: str | None = None
    memo_id: OptionalText = None
    fiat_network_instructions: Annotated[FiatNetworkInstructions | None, Otherwise(nothing)] = None
    fiat_account_owner: Annotated[FiatAccountOwner | None, Otherwise(nothing)] = None
    metadata: Annotated[dict[str, str] | None, Otherwise(texts_of)] = None
    created_at: OptionalMoment = None

    @property
    def account(self) -> dict[str, str]:
        """The account that deposits are sent to: its number and bank, without a person's name or address."""
        networks = self.fiat_network_instructions
        if networks is None:
            return {}
        wire, cubix = networks.wire, networks.cubix
        bank = wire and wire.routing_details
        named = {
            "account_number": wire and wire.account_number,
            "routing_number_type": bank and bank.routing_number_type,
            "routing_number": bank and bank.routing_number,
            "bank_name": bank and bank.bank_name,
            "account_id": cubix and cubix.account_id,
        }
        return {name: value for name, value in named.items() if value}


class DepositInstructions(Calls):
    """The call on instructions. It needs the scope ``transfer:read_fiat_deposit_instructions``."""

    def get(self, instructions_id: str) -> Flow[FiatDepositInstructions]:
        """Get Fiat Deposit Instructions.

        :raises MissingScope: if the token does not have the scope.
        :raises NotFound: if Paxos has no instructions with the id.
        """
        subject = Subject(f"Get Fiat Deposit Instructions {quoted(instructions_id)}")
        path = f"transfer/fiat-deposit-instructions/{in_path(instructions_id, 'instructions', subject)}"
        read = partial(read_model, FiatDepositInstructions)
        return (yield from self._get(path, read, subject, scope=READ_FIAT_DEPOSIT_INSTRUCTIONS))
