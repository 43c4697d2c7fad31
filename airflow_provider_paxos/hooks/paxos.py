"""PaxosHook and PaxosAsyncHook: from an Airflow connection to Paxos, for workers and for the triggerer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, TypeVar

from airflow.sdk import BaseHook, Connection
from airflow.sdk.log import mask_secret

from airflow_provider_paxos.api.async_client import AsyncPaxosClient
from airflow_provider_paxos.api.base_client import BaseClient
from airflow_provider_paxos.api.client import PaxosClient
from airflow_provider_paxos.api.creators import Adopt, Creator
from airflow_provider_paxos.api.crypto_destinations import Ensured
from airflow_provider_paxos.api.deposit_instructions import FiatDepositInstructions
from airflow_provider_paxos.api.errors import HoldsSecret, PaxosError, UndefinedConnection, quoted
from airflow_provider_paxos.api.events import Event
from airflow_provider_paxos.api.exchange import BATCH
from airflow_provider_paxos.api.fiat_accounts import FiatAccount
from airflow_provider_paxos.api.flow import Flow
from airflow_provider_paxos.api.limit_utilizations import LimitUtilization
from airflow_provider_paxos.api.models import Orchestration, OrchestrationRequest
from airflow_provider_paxos.api.orchestrations import Submission
from airflow_provider_paxos.api.own_secrets import Outgoing
from airflow_provider_paxos.api.profiles import Balance, Profile
from airflow_provider_paxos.api.rule_models import OrchestrationRule, OrchestrationRuleRequest
from airflow_provider_paxos.api.rules import EnsuredRule
from airflow_provider_paxos.api.saved_addresses import CryptoDestinationAddress, CryptoDestinationAddressRequest
from airflow_provider_paxos.api.secrecy import CutFrames, Secret
from airflow_provider_paxos.api.transfers import Transfer
from airflow_provider_paxos.api.vasps import Vasp
from airflow_provider_paxos.batch.validation import Payment
from airflow_provider_paxos.hooks.check import check_connection
from airflow_provider_paxos.hooks.connection import Allowance, allowance_of, secrets_of, settings_of, shared_by
from airflow_provider_paxos.hooks.creator import current_creator, stamped
from airflow_provider_paxos.hooks.planning import payments_of, within_limits
from airflow_provider_paxos.hooks.task_receipts import Attempt, all_written, write_the_rest
from airflow_provider_paxos.observability.requests import RequestMetrics
from airflow_provider_paxos.observability.spans import LOOK_UP, span
from airflow_provider_paxos.planning.plan import Plan
from airflow_provider_paxos.planning.preflight import make_plan
from airflow_provider_paxos.reconciliation.reconcile import Books, reconcile
from airflow_provider_paxos.reconciliation.report import Report
from airflow_provider_paxos.reconciliation.window import Window
from airflow_provider_paxos.version_compat import AirflowNotFoundException, amask_secret

DEFAULT_CONNECTION = "paxos_default"
_One = TypeVar("_One")
_Stamped = tuple[OrchestrationRequest | Mapping[str, Any], Creator | None]


class _PaxosConnection(BaseHook):
    """Names the connection that a hook reads.

    :param paxos_conn_id: the id of a connection of type ``paxos``.
    """

    conn_name_attr = "paxos_conn_id"
    default_conn_name = DEFAULT_CONNECTION
    conn_type = "paxos"
    hook_name = "Paxos"

    def __init__(self, paxos_conn_id: str = DEFAULT_CONNECTION) -> None:
        super().__init__()
        self.paxos_conn_id = paxos_conn_id

    def __getstate__(self) -> dict[str, Any]:
        # A client holds connections and secrets; a copy makes its own.
        return {name: value for name, value in vars(self).items() if name not in ("_client", "_allowance")}

    @staticmethod
    def _stamped(
        request: OrchestrationRequest | Mapping[str, Any], creator: Creator | None, namespace: str | None
    ) -> _Stamped:
        if creator is not None:
            return request, creator
        creator = current_creator(namespace)
        if creator is None:
            return request, None
        values = request.model_dump(exclude_none=True) if isinstance(request, OrchestrationRequest) else dict(request)
        return {**values, "metadata": stamped(values.get("metadata"), creator)}, creator

    def _undefined(self) -> UndefinedConnection:
        return UndefinedConnection(f"Connection {quoted(self.paxos_conn_id)} is not defined.")


class PaxosHook(_PaxosConnection):
    """Calls Paxos by an Airflow connection. A context manager: leaving it closes its connections.

    Tokens are fetched when needed, shared by all hooks of the host, renewed ahead of their end and masked in logs.

    :param paxos_conn_id: the id of a connection of type ``paxos``.
    """

    _client: PaxosClient | None = None
    _allowance: Allowance

    def get_conn(self) -> PaxosClient:
        """Return the client of this hook's connection.

        :raises InvalidConnection: if the connection is not defined, or has a field that cannot work.
        """
        if self._client is None:
            connection = Secret(self._connection())
            with CutFrames():
                self._client = self._made(connection.reveal())
        return self._client

    def _made(self, connection: Connection) -> PaxosClient:
        for secret in secrets_of(connection):
            mask_secret(secret)
        settings = settings_of(connection)
        shared = shared_by(settings)
        self._allowance = allowance_of(connection, shared.tokens)
        return PaxosClient(
            settings,
            shared=shared,
            on_token=mask_secret,
            require_allowed=self._allowance.require_allowed,
            observe=RequestMetrics(self.paxos_conn_id),
        )

    def get_concurrent_conn(self) -> AsyncPaxosClient:
        """Return a client for an event loop on a worker: of the same connection, token and throttle.

        :raises InvalidConnection: if the connection is not defined, or has a field that cannot work.
        """
        of = self.get_conn()
        return AsyncPaxosClient(
            of.settings,
            shared=of.shared,
            on_token=_mask_blocking,
            require_allowed=self.require_allowed,
            observe=RequestMetrics(self.paxos_conn_id),
            patience=BATCH,
        )

    def require_allowed(self, request: Outgoing) -> None:
        """Raise for a request that holds a secret of the connection, or is beyond a limit of it.

        :raises HoldsSecret: names the field.
        :raises NotAllowed: names the limit.
        """
        sealed = Secret(request)
        del request
        with CutFrames(HoldsSecret):
            self.allowance.require_allowed(sealed.reveal())

    @property
    def allowance(self) -> Allowance:
        """The check of requests, by the connection's secrets and limits."""
        self.get_conn()
        return self._allowance

    @property
    def ref_id_namespace(self) -> str | None:
        """The connection's ``ref_id_namespace``, which is part of derived ref_ids and of creators."""
        return self.get_conn().settings.ref_id_namespace

    def _connection(self) -> Connection:
        try:
            return self.get_connection(self.paxos_conn_id)
        except AirflowNotFoundException:
            raise self._undefined() from None

    def create_orchestration(self, request: OrchestrationRequest | Mapping[str, Any]) -> Orchestration:
        """Create an orchestration; a ref_id that is in use is refused.

        :param request: the API's fields.
        :raises HoldsSecret: if a field holds a secret of the connection.
        :raises AlreadyExists: if the ref_id is in use, be it by this very payment: ``submit_orchestration`` adopts it.
        :raises PaxosError: of the class of the cause.
        """
        client, sealed = self.get_conn(), Secret(_unstamped(request))
        attempt = Attempt(client.settings.dashboard_url)
        del request
        with CutFrames(HoldsSecret), attempt.left():
            return client.run(_create(client, sealed, self._allowance, attempt))

    def submit_orchestration(
        self,
        request: OrchestrationRequest | Mapping[str, Any],
        *,
        creator: Creator | None = None,
        adopt: Adopt | str = Adopt.SAME_TASK,
    ) -> Submission:
        """Create an orchestration, or adopt the one that exists under its ref_id.

        :param request: the API's fields, and optionally ``duplicate_of_ok``: keys, ref_ids or ids of equal payments
            that do not count as duplicates.
        :param creator: the task instance that submits, whose stamp the metadata holds already. By default the one that
            runs, if any; then the stamp is added.
        :param adopt: whose orchestrations to adopt: ``own``, ``same_task`` or ``any``.
        :returns: the orchestration, in progress or COMPLETED, and whether it was adopted.
        :raises HoldsSecret: if a field holds a secret of the connection.
        :raises NotAllowed: if a limit of the connection forbids it.
        :raises RefIdConflict: if the ref_id belongs to another payment.
        :raises CreatedByAnother: if the ref_id belongs to an equal payment of another task.
        :raises OrchestrationUnsuccessful: if the orchestration is FAILED or REJECTED.
        :raises PaxosError: of the class of the cause.
        """
        client = self.get_conn()
        # Sealed, as the local variables of this frame stay in an error's traceback.
        sealed = Secret(self._stamped(request, creator, client.settings.ref_id_namespace))
        attempt = Attempt(client.settings.dashboard_url)
        del request
        with CutFrames(HoldsSecret), attempt.left():
            return client.run(_submit(client, sealed, Adopt(adopt), self._allowance, attempt))

    def plan_orchestrations(
        self,
        payments: Iterable[Mapping[str, Any] | Payment],
        *,
        adopt: Adopt | str = Adopt.SAME_TASK,
        existing: Sequence[Orchestration] | None = None,
        limits_alone: bool = False,
        approvable: bool = False,
    ) -> Plan:
        """Look at payments before any money moves. What the connection's scopes do not cover is not checked.

        :param payments: mappings of the API's fields with a ``ref_id``, and optionally a ``key`` and
            ``duplicate_of_ok``.
        :param adopt: whose orchestrations would be adopted.
        :param existing: the orchestrations under their ref_ids, if they were read already.
        :param limits_alone: whether to check nothing but the connection's limits over time.
        :param approvable: whether a person approves duplicates, where ``on_duplicate`` of the connection is
            ``approve``.
        :returns: the plan: per payment what exists and whether its destination is ready, funds, limits, duplicates.
        :raises InvalidRequest: names every payment that is wrong.
        :raises PaxosError: if Paxos does not answer.
        """
        client = self.get_conn()
        namespace, limits = client.settings.ref_id_namespace, self._allowance.over_time
        return client.run(
            make_plan(
                client,
                payments_of(payments, namespace=namespace, require_allowed=self.require_allowed),
                limits=limits,
                adopt=Adopt(adopt),
                existing=existing,
                limits_alone=limits_alone,
                approvable=approvable,
                now=datetime.now(UTC),
            )
        )

    def reconcile_orchestrations(
        self, profile_ids: Sequence[str], window: Window, books: Books, *, now: datetime | None = None
    ) -> Report:
        """Compare what was meant and recorded with what Paxos has. Nothing is sent but reads.

        :param profile_ids: of the profiles that pay.
        :param window: when the orchestrations were created that it is about.
        :param books: what was meant, and what Airflow has recorded.
        :param now: with a time zone; the time at which it runs by default.
        :returns: the report. If Paxos does not answer in between, it is not complete, and holds the error.
        :raises InvalidRequest: without a profile.
        """
        client = self.get_conn()
        return client.run(reconcile(client, profile_ids, window, books, now=now or datetime.now(UTC)))

    def get_orchestration(self, orchestration_id: str) -> Orchestration:
        """Return an orchestration as it is now.

        :raises NotFound: if Paxos has no orchestration with the id.
        """
        client = self.get_conn()
        return client.run(client.orchestrations.get(orchestration_id))

    def find_orchestration(self, ref_id: str) -> Orchestration | None:
        """Return the orchestration of a ref_id, or None if Paxos returns none (yet)."""
        client = self.get_conn()
        return client.run(client.orchestrations.find(ref_id))

    def read_orchestrations(self, *, ids: Sequence[str] = (), ref_ids: Sequence[str] = ()) -> list[Orchestration]:
        """Return many orchestrations as they are now, 100 a request; those that Paxos does not return are missing."""
        client = self.get_conn()
        with span(LOOK_UP, conn_id=self.paxos_conn_id, payments=len(ids) + len(ref_ids)):
            return client.run(client.orchestrations.read(ids=ids, ref_ids=ref_ids))

    def list_orchestrations(self, **filters: Any) -> Iterator[Orchestration]:
        """Iterate over orchestrations, newest first unless ``order="ASC"``.

        :param filters: by the API's names: ``ref_id=[…]``, ``status="FAILED"``, ``**{"created_at.gte": …}``; up to
            100 values each. ``limit`` is the size of a page, not of the whole.
        """
        client = self.get_conn()
        return client.iterate(client.orchestrations.pages(**filters))

    def list_profiles(self, **filters: Any) -> Iterator[Profile]:
        """Iterate over profiles.

        :param filters: by the API's names: ``ids=[…]``, ``nickname`` (its beginning), ``created_at.gte``, …
        :raises MissingScope: without the scope ``funding:read_profile``.
        """
        client = self.get_conn()
        return client.iterate(client.profiles.pages(**filters))

    def get_balances(self, profile_id: str = "default", assets: Sequence[str] = ()) -> list[Balance]:
        """Return the balances of a profile. An asset that it has never held may be missing.

        :param profile_id: its id, or ``default``.
        :param assets: by default all that it holds.
        :raises MissingScope: without the scope ``funding:read_profile``.
        :raises NotFound: if Paxos has no profile with the id.
        """
        client = self.get_conn()
        return client.run(client.profiles.balances(profile_id, assets))

    def get_limit_utilizations(self, transfer_type: str) -> list[LimitUtilization]:
        """Return Paxos' own limits on a type of transfers, and what is left of them.

        :param transfer_type: such as ``CRYPTO_WITHDRAWAL`` or ``WIRE_WITHDRAWAL``.
        :raises MissingScope: without the scope ``transfer:read_transfer_limit``.
        """
        client = self.get_conn()
        return client.run(client.limit_utilizations.read(transfer_type))

    def list_fiat_accounts(self, **filters: Any) -> Iterator[FiatAccount]:
        """Iterate over bank accounts, newest first unless ``order="ASC"``.

        :param filters: by the API's names: ``ids=[…]``, ``ref_ids=[…]``, ``include_deleted``, …; up to 100 values each.
        :raises MissingScope: without the scope ``transfer:read_fiat_account``.
        """
        client = self.get_conn()
        return client.iterate(client.fiat_accounts.pages(**filters))

    def list_crypto_destinations(self, **filters: Any) -> Iterator[CryptoDestinationAddress]:
        """Iterate over saved blockchain addresses, newest first unless ``order="ASC"``.

        :param filters: by the API's names: ``addresses=[…]``, ``crypto_networks=[…]``, …; up to 100 values each.
        :raises MissingScope: without the scope ``transfer:read_crypto_destination_address``.
        """
        client = self.get_conn()
        return client.iterate(client.crypto_destinations.pages(**filters))

    def read_crypto_destinations(
        self, addresses: Sequence[str] = (), *, ids: Sequence[str] = ()
    ) -> list[CryptoDestinationAddress]:
        """Return what is saved of many addresses or ids, 100 a request; those that are not saved are missing.

        :raises MissingScope: without the scope ``transfer:read_crypto_destination_address``.
        """
        client = self.get_conn()
        return client.run(client.crypto_destinations.read(addresses, ids=ids))

    def put_crypto_destination(
        self, request: CryptoDestinationAddressRequest | Mapping[str, Any]
    ) -> CryptoDestinationAddress:
        """Save a blockchain address, or change what the request names of it.

        :param request: the API's fields.
        :returns: the address as it is saved: PENDING, APPROVED or REJECTED.
        :raises InvalidRequest: names every wrong field, before anything is sent.
        :raises HoldsSecret: if a field holds a secret of the connection.
        :raises MissingScope: without the scope ``transfer:write_crypto_destination_address``.
        """
        client, sealed = self.get_conn(), Secret(request)
        del request
        return client.run(client.crypto_destinations.put(sealed.reveal()))

    def ensure_crypto_destination(self, request: CryptoDestinationAddressRequest | Mapping[str, Any]) -> Ensured:
        """Save a blockchain address as the request describes it: put what differs, or nothing.

        :param request: the API's fields, with ``crypto_network`` and ``address``. What it does not name stays.
        :returns: the address, PENDING, APPROVED or REJECTED, and what was changed.
        :raises InvalidRequest: names every wrong field, before anything is sent.
        :raises HoldsSecret: if a field holds a secret of the connection.
        :raises MissingScope: without the scope ``transfer:read_crypto_destination_address``; and, if something is to
            be put, without ``transfer:write_crypto_destination_address``.
        """
        client, sealed = self.get_conn(), Secret([request])
        del request
        return _only(client.run(client.crypto_destinations.ensure(sealed.reveal())))

    def list_transfers(self, **filters: Any) -> Iterator[Transfer]:
        """Iterate over transfers, newest first unless ``order="ASC"``.

        :param filters: by the API's names: ``ids=[…]``, ``profile_ids=[…]``, ``**{"updated_at.gte": …}``; up to 100
            values each.
        :raises MissingScope: without the scope ``transfer:read_transfer``.
        """
        client = self.get_conn()
        return client.iterate(client.transfers.pages(**filters))

    def read_transfers(self, ids: Sequence[str]) -> list[Transfer]:
        """Return many transfers as they are now, 100 a request; those that Paxos does not return are missing.

        :raises MissingScope: without the scope ``transfer:read_transfer``.
        """
        client = self.get_conn()
        return client.run(client.transfers.read(ids))

    def list_orchestration_rules(self, **filters: Any) -> Iterator[OrchestrationRule]:
        """Iterate over orchestration rules, newest first unless ``order="ASC"``.

        :param filters: by the API's names: ``status=["ACTIVE"]``, ``profile_id``, ``source_asset``, …
        :raises MissingScope: without the scope ``orchestration:read_orchestration_rule``.
        """
        client = self.get_conn()
        return client.iterate(client.rules.pages(**filters))

    def read_orchestration_rules(self, ids: Sequence[str]) -> list[OrchestrationRule]:
        """Return many rules as they are now, 100 a request; those that Paxos does not return are missing.

        :raises MissingScope: without the scope ``orchestration:read_orchestration_rule``.
        """
        client = self.get_conn()
        return client.run(client.rules.read(ids))

    def create_orchestration_rule(self, request: OrchestrationRuleRequest | Mapping[str, Any]) -> OrchestrationRule:
        """Create a rule, by which deposits start orchestrations; a ref_id that is in use is refused.

        :param request: the API's fields.
        :returns: the rule: PENDING or ACTIVE.
        :raises InvalidRequest: names every wrong field, before anything is sent.
        :raises NotAllowed: if a limit of the connection forbids it.
        :raises AlreadyExists: if the ref_id is in use, be it by this very rule: ``ensure_orchestration_rule`` finds it.
        :raises MissingScope: without the scope ``orchestration:write_orchestration_rule``.
        """
        client, sealed = self.get_conn(), Secret(request)
        del request
        with CutFrames(HoldsSecret):
            return client.run(client.rules.create(sealed.reveal()))

    def ensure_orchestration_rule(self, request: OrchestrationRuleRequest | Mapping[str, Any]) -> EnsuredRule:
        """Create a rule, or find the one that exists under its ref_id.

        :param request: the API's fields.
        :returns: the rule, PENDING or ACTIVE, and whether it was created.
        :raises RuleConflict: if the ref_id belongs to a rule with other values, or to a REJECTED or DELETED one.
        :raises PaxosError: as ``create_orchestration_rule``.
        """
        client, sealed = self.get_conn(), Secret([request])
        del request
        with CutFrames(HoldsSecret):
            return _only(client.run(client.rules.ensure(sealed.reveal())))

    def delete_orchestration_rule(self, rule_id: str) -> OrchestrationRule:
        """Delete a rule. What it has started goes on; later deposits are credited to the profile, unconverted.

        :returns: the rule, DELETED.
        :raises NotFound: if Paxos has no rule with the id.
        :raises MissingScope: without the scope ``orchestration:write_orchestration_rule``.
        """
        client = self.get_conn()
        return client.run(client.rules.delete(rule_id))

    def get_fiat_deposit_instructions(self, instructions_id: str) -> FiatDepositInstructions:
        """Return the account that a deposit of fiat money is sent to, and its memo.

        :raises NotFound: if Paxos has no instructions with the id.
        :raises MissingScope: without the scope ``transfer:read_fiat_deposit_instructions``.
        """
        client = self.get_conn()
        return client.run(client.deposit_instructions.get(instructions_id))

    def list_events(self, **filters: Any) -> Iterator[Event]:
        """Iterate over events, oldest first unless ``order="DESC"``.

        :param filters: by the API's names: ``type`` (one), ``**{"created_at.gte": …}``; ``limit`` is at most 100.
        :raises MissingScope: without the scope ``events:read_event``.
        """
        client = self.get_conn()
        return client.iterate(client.events.pages(**filters))

    def find_vasps(self, name: str) -> list[Vasp]:
        """Return the VASPs of Paxos' directory whose names begin like this, without regard to case."""
        client = self.get_conn()
        return client.run(client.vasps.find(name))

    def test_connection(self) -> tuple[bool, str]:
        """Fetch a token and make one read, for the "Test" button of the connection form.

        :returns: whether it worked, and sentences that a person can act on: the scopes, with what they lack, and the
            limits that are in force. No secret is in them.
        """
        try:
            return check_connection(self.get_conn(), self.allowance)
        except PaxosError as error:
            return False, str(error)

    def close(self) -> None:
        """Close the connections to Paxos; a later call opens new ones."""
        if self._client is not None:
            write_the_rest()
            self._client.close()
            self._client = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class PaxosAsyncHook(_PaxosConnection):
    """The calls of ``PaxosHook``, awaited. An async context manager: leaving it closes its connections.

    :param paxos_conn_id: the id of a connection of type ``paxos``.
    """

    _client: AsyncPaxosClient | None = None
    _allowance: Allowance

    async def get_conn(self) -> AsyncPaxosClient:
        """Return the client of this hook's connection; see ``PaxosHook.get_conn``."""
        if self._client is None:
            connection = Secret(await self._connection())
            with CutFrames():
                self._client = await self._made(connection.reveal())
        return self._client

    async def _made(self, connection: Connection) -> AsyncPaxosClient:
        for secret in secrets_of(connection):
            # The blocking form may stall a triggerer.
            await amask_secret(secret)
        settings = settings_of(connection)
        shared = shared_by(settings)
        self._allowance = allowance_of(connection, shared.tokens)
        return AsyncPaxosClient(
            settings,
            shared=shared,
            on_token=amask_secret,
            require_allowed=self._allowance.require_allowed,
            observe=RequestMetrics(self.paxos_conn_id),
        )

    async def _connection(self) -> Connection:
        try:
            return await self.aget_connection(self.paxos_conn_id)
        except AirflowNotFoundException:
            raise self._undefined() from None

    async def create_orchestration(self, request: OrchestrationRequest | Mapping[str, Any]) -> Orchestration:
        """Create an orchestration; see ``PaxosHook.create_orchestration``."""
        client, sealed = await self.get_conn(), Secret(_unstamped(request))
        attempt = Attempt(client.settings.dashboard_url)
        del request
        with CutFrames(HoldsSecret):
            try:
                return await client.run(_create(client, sealed, self._allowance, attempt))
            finally:
                await attempt.leave()

    async def submit_orchestration(
        self,
        request: OrchestrationRequest | Mapping[str, Any],
        *,
        creator: Creator | None = None,
        adopt: Adopt | str = Adopt.SAME_TASK,
    ) -> Submission:
        """Create an orchestration or adopt it; see ``PaxosHook.submit_orchestration``. Not for triggers."""
        client = await self.get_conn()
        sealed = Secret(self._stamped(request, creator, client.settings.ref_id_namespace))
        attempt = Attempt(client.settings.dashboard_url)
        del request
        with CutFrames(HoldsSecret):
            try:
                return await client.run(_submit(client, sealed, Adopt(adopt), self._allowance, attempt))
            finally:
                await attempt.leave()

    async def get_orchestration(self, orchestration_id: str) -> Orchestration:
        """Return an orchestration as it is now; see ``PaxosHook.get_orchestration``."""
        client = await self.get_conn()
        return await client.run(client.orchestrations.get(orchestration_id))

    async def find_orchestration(self, ref_id: str) -> Orchestration | None:
        """Return the orchestration of a ref_id; see ``PaxosHook.find_orchestration``."""
        client = await self.get_conn()
        return await client.run(client.orchestrations.find(ref_id))

    async def read_orchestrations(self, *, ids: Sequence[str] = (), ref_ids: Sequence[str] = ()) -> list[Orchestration]:
        """Return many orchestrations as they are now; see ``PaxosHook.read_orchestrations``."""
        client = await self.get_conn()
        return await client.run(client.orchestrations.read(ids=ids, ref_ids=ref_ids))

    async def list_orchestrations(self, **filters: Any) -> AsyncIterator[Orchestration]:
        """Iterate over orchestrations; see ``PaxosHook.list_orchestrations``."""
        client = await self.get_conn()
        async for orchestration in client.iterate(client.orchestrations.pages(**filters)):
            yield orchestration

    async def list_profiles(self, **filters: Any) -> AsyncIterator[Profile]:
        """Iterate over profiles; see ``PaxosHook.list_profiles``."""
        client = await self.get_conn()
        async for profile in client.iterate(client.profiles.pages(**filters)):
            yield profile

    async def get_balances(self, profile_id: str = "default", assets: Sequence[str] = ()) -> list[Balance]:
        """Return the balances of a profile; see ``PaxosHook.get_balances``."""
        client = await self.get_conn()
        return await client.run(client.profiles.balances(profile_id, assets))

    async def get_limit_utilizations(self, transfer_type: str) -> list[LimitUtilization]:
        """Return Paxos' own limits; see ``PaxosHook.get_limit_utilizations``."""
        client = await self.get_conn()
        return await client.run(client.limit_utilizations.read(transfer_type))

    async def list_fiat_accounts(self, **filters: Any) -> AsyncIterator[FiatAccount]:
        """Iterate over bank accounts; see ``PaxosHook.list_fiat_accounts``."""
        client = await self.get_conn()
        async for account in client.iterate(client.fiat_accounts.pages(**filters)):
            yield account

    async def list_crypto_destinations(self, **filters: Any) -> AsyncIterator[CryptoDestinationAddress]:
        """Iterate over saved blockchain addresses; see ``PaxosHook.list_crypto_destinations``."""
        client = await self.get_conn()
        async for address in client.iterate(client.crypto_destinations.pages(**filters)):
            yield address

    async def read_crypto_destinations(
        self, addresses: Sequence[str] = (), *, ids: Sequence[str] = ()
    ) -> list[CryptoDestinationAddress]:
        """Return what is saved of many addresses; see ``PaxosHook.read_crypto_destinations``."""
        client = await self.get_conn()
        return await client.run(client.crypto_destinations.read(addresses, ids=ids))

    async def put_crypto_destination(
        self, request: CryptoDestinationAddressRequest | Mapping[str, Any]
    ) -> CryptoDestinationAddress:
        """Save a blockchain address; see ``PaxosHook.put_crypto_destination``."""
        client, sealed = await self.get_conn(), Secret(request)
        del request
        return await client.run(client.crypto_destinations.put(sealed.reveal()))

    async def ensure_crypto_destination(self, request: CryptoDestinationAddressRequest | Mapping[str, Any]) -> Ensured:
        """Save a blockchain address as described; see ``PaxosHook.ensure_crypto_destination``."""
        client, sealed = await self.get_conn(), Secret([request])
        del request
        return _only(await client.run(client.crypto_destinations.ensure(sealed.reveal())))

    async def list_transfers(self, **filters: Any) -> AsyncIterator[Transfer]:
        """Iterate over transfers; see ``PaxosHook.list_transfers``."""
        client = await self.get_conn()
        async for transfer in client.iterate(client.transfers.pages(**filters)):
            yield transfer

    async def read_transfers(self, ids: Sequence[str]) -> list[Transfer]:
        """Return many transfers as they are now; see ``PaxosHook.read_transfers``."""
        client = await self.get_conn()
        return await client.run(client.transfers.read(ids))

    async def list_orchestration_rules(self, **filters: Any) -> AsyncIterator[OrchestrationRule]:
        """Iterate over orchestration rules; see ``PaxosHook.list_orchestration_rules``."""
        client = await self.get_conn()
        async for rule in client.iterate(client.rules.pages(**filters)):
            yield rule

    async def read_orchestration_rules(self, ids: Sequence[str]) -> list[OrchestrationRule]:
        """Return many rules as they are now; see ``PaxosHook.read_orchestration_rules``."""
        client = await self.get_conn()
        return await client.run(client.rules.read(ids))

    async def create_orchestration_rule(
        self, request: OrchestrationRuleRequest | Mapping[str, Any]
    ) -> OrchestrationRule:
        """Create a rule; see ``PaxosHook.create_orchestration_rule``."""
        client, sealed = await self.get_conn(), Secret(request)
        del request
        with CutFrames(HoldsSecret):
            return await client.run(client.rules.create(sealed.reveal()))

    async def ensure_orchestration_rule(self, request: OrchestrationRuleRequest | Mapping[str, Any]) -> EnsuredRule:
        """Create a rule, or find it; see ``PaxosHook.ensure_orchestration_rule``."""
        client, sealed = await self.get_conn(), Secret([request])
        del request
        with CutFrames(HoldsSecret):
            return _only(await client.run(client.rules.ensure(sealed.reveal())))

    async def delete_orchestration_rule(self, rule_id: str) -> OrchestrationRule:
        """Delete a rule; see ``PaxosHook.delete_orchestration_rule``."""
        client = await self.get_conn()
        return await client.run(client.rules.delete(rule_id))

    async def get_fiat_deposit_instructions(self, instructions_id: str) -> FiatDepositInstructions:
        """Return deposit instructions; see ``PaxosHook.get_fiat_deposit_instructions``."""
        client = await self.get_conn()
        return await client.run(client.deposit_instructions.get(instructions_id))

    async def list_events(self, **filters: Any) -> AsyncIterator[Event]:
        """Iterate over events; see ``PaxosHook.list_events``."""
        client = await self.get_conn()
        async for event in client.iterate(client.events.pages(**filters)):
            yield event

    async def find_vasps(self, name: str) -> list[Vasp]:
        """Return VASPs by name; see ``PaxosHook.find_vasps``."""
        client = await self.get_conn()
        return await client.run(client.vasps.find(name))

    async def close(self) -> None:
        """Close the connections to Paxos; a later call opens new ones."""
        if self._client is not None:
            if not all_written():
                await asyncio.to_thread(write_the_rest)
            await self._client.close()
            self._client = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _unstamped(request: OrchestrationRequest | Mapping[str, Any]) -> _Stamped:
    return request, None


def _create(
    client: BaseClient, sealed: Secret[_Stamped], allowance: Allowance, attempt: Attempt
) -> Flow[Orchestration]:
    request = yield from _allowed(client, sealed, Adopt.OWN, allowance)
    return (yield from attempt.create(request, client.orchestrations.create(request)))


def _submit(
    client: BaseClient, sealed: Secret[_Stamped], adopt: Adopt, allowance: Allowance, attempt: Attempt
) -> Flow[Submission]:
    request = yield from _allowed(client, sealed, adopt, allowance)
    submit = client.orchestrations.submit(request, creator=sealed.reveal()[1], adopt=adopt)
    return (yield from attempt.submit(request, submit))


def _allowed(
    client: BaseClient, sealed: Secret[_Stamped], adopt: Adopt, allowance: Allowance
) -> Flow[OrchestrationRequest]:
    request, creator = sealed.reveal()
    return within_limits(
        client,
        request,
        limits=allowance.over_time,
        require_allowed=allowance.require_allowed,
        creator=creator,
        adopt=adopt,
    )


def _only(results: Sequence[_One | PaxosError]) -> _One:
    (result,) = results
    if isinstance(result, PaxosError):
        raise result
    return result


async def _mask_blocking(secret: str) -> None:
    # A worker's event loop runs nothing else, and stops before the connection to the supervisor does.
    mask_secret(secret)
