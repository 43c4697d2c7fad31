"""The published shapes: every request that the package sends is valid by them, and its models have every field."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from airflow_provider_paxos.api import models, travel_rule
from airflow_provider_paxos.api.calls import Calls
from airflow_provider_paxos.api.credentials import READ_ORCHESTRATION, WRITE_ORCHESTRATION
from airflow_provider_paxos.api.crypto_destinations import (
    READ_CRYPTO_DESTINATION_ADDRESS,
    WRITE_CRYPTO_DESTINATION_ADDRESS,
    CryptoDestinations,
)
from airflow_provider_paxos.api.deposit_instructions import (
    READ_FIAT_DEPOSIT_INSTRUCTIONS,
    DepositInstructions,
    FiatDepositInstructions,
)
from airflow_provider_paxos.api.events import ORCHESTRATION_EVENTS, READ_EVENT, Event, Events
from airflow_provider_paxos.api.fiat_accounts import READ_FIAT_ACCOUNT, FiatAccount, FiatAccounts
from airflow_provider_paxos.api.flow import Request, Response
from airflow_provider_paxos.api.limit_utilizations import READ_TRANSFER_LIMIT, LimitUtilization, LimitUtilizations
from airflow_provider_paxos.api.orchestrations import Orchestrations
from airflow_provider_paxos.api.profiles import READ_PROFILE, Balance, Profile, Profiles
from airflow_provider_paxos.api.rule_models import OrchestrationRule, OrchestrationRuleRequest
from airflow_provider_paxos.api.rules import (
    READ_ORCHESTRATION_RULE,
    WRITE_ORCHESTRATION_RULE,
    OrchestrationRules,
)
from airflow_provider_paxos.api.saved_addresses import CryptoDestinationAddress, CryptoDestinationAddressRequest
from airflow_provider_paxos.api.transfers import READ_TRANSFER, Transfer, Transfers
from airflow_provider_paxos.api.vasps import Vasp, Vasps
from tests.api.published.shapes import PATHS, SCHEMAS, call_of, closed, faults, faults_of, resolved
from tests.api.script import BASE_URL, Script, answer, payment, query_of
from tests.api.test_crypto_destinations import EVM
from tests.api.test_travel_rule import AT_VASP, VALID
from tests.payments import profile

MANY = [f"id-{number}" for number in range(100)]
MOMENT = datetime(2026, 7, 1, 12, tzinfo=UTC)
TIMES = {f"created_at.{bound}": MOMENT for bound in ("lt", "lte", "eq", "gte", "gt")}
PAGING = {"limit": 1000, "order": "ASC"}
SAVED = {"crypto_network": "POLYGON", "address": EVM, "identity_id": "i-1", "nickname": "n", "bookmarked_status": True}
ENDS = [
    {"destination": profile("p")},
    {"destination": {"fiat": {"bank_account_id": "b", "memo": "invoice 7"}}},
    {"destination": {"crypto": {"address": EVM, "network": "ETHEREUM"}}},
    {"destination": {"crypto": {"address_id": "a"}}},
]
RULE = {"ref_id": "r", "profile_id": "p", "source_asset": "USDC", "destination_asset": "USDG"}
RULES = [
    {**RULE, "source": source, "destination": destination}
    for source, destination in [
        ({"crypto": {"network": "POLYGON_POS"}}, profile("p")),
        ({"fiat": {"network": "WIRE", "account_type": "ABA"}}, {"crypto": {"address": EVM, "network": "BASE"}}),
        ({"fiat": {"network": "CUBIX"}}, {"fiat": {"fiat_account_id": "f", "memo": "m"}}),
        ({"crypto": {"network": "SOLANA"}}, {"crypto": {"crypto_address_id": "c"}}),
    ]
]

REQUESTS: list[tuple[type[Calls], Callable[[Any], Any], str]] = [
    *[
        (Orchestrations, lambda part, end=end: part.create(payment(**end)), "POST /orchestration/orchestrations")
        for end in ENDS
    ],
    (
        Orchestrations,
        lambda part: part.create(payment(identity_id="i", account_id="a", metadata={"k": "v"}, source_amount="1.5")),
        "POST /orchestration/orchestrations",
    ),
    (Orchestrations, lambda part: part.get("o-1"), "GET /orchestration/orchestrations/{id}"),
    (Orchestrations, lambda part: part.find("r-1"), "GET /orchestration/orchestrations"),
    (Orchestrations, lambda part: part.read(ids=MANY), "GET /orchestration/orchestrations"),
    (Orchestrations, lambda part: part.snapshots(ref_ids=MANY), "GET /orchestration/orchestrations"),
    (
        Orchestrations,
        lambda part: part.pages(
            status=["PENDING", "PROCESSING"],
            profile_id="p",
            orchestration_rule_id="r",
            source_asset="USD",
            destination_asset="USDG",
            **TIMES,
            **PAGING,
        ).rest(),
        "GET /orchestration/orchestrations",
    ),
    (Profiles, lambda part: part.get(), "GET /profiles/{profile_id}"),
    (Profiles, lambda part: part.balances("p-1"), "GET /profiles/{profile_id}/balances"),
    (Profiles, lambda part: part.balances("p-1", ["USD", "USDG"]), "GET /profiles/{profile_id}/balances"),
    (
        Profiles,
        lambda part: part.pages(ids=MANY, nickname="pay", order_by="CREATED_AT", **TIMES, **PAGING).rest(),
        "GET /profiles",
    ),
    (LimitUtilizations, lambda part: part.read("CRYPTO_WITHDRAWAL"), "GET /transfer/limits/utilizations"),
    (FiatAccounts, lambda part: part.read(MANY), "GET /transfer/fiat-accounts"),
    (
        FiatAccounts,
        lambda part: part.pages(ref_ids=MANY, include_deleted=False, order_by="CREATED_AT", **TIMES, **PAGING).rest(),
        "GET /transfer/fiat-accounts",
    ),
    (CryptoDestinations, lambda part: part.read(MANY), "GET /transfer/crypto-destination-addresses"),
    (
        CryptoDestinations,
        lambda part: part.pages(
            ids=MANY,
            identity_ids=MANY,
            crypto_networks=["BASE", "POLYGON_POS"],
            nicknames=["n"],
            bookmarked_status=True,
            order_by="CREATED_AT",
            **TIMES,
            **PAGING,
        ).rest(),
        "GET /transfer/crypto-destination-addresses",
    ),
    *[
        (
            CryptoDestinations,
            lambda part, data=data: part.put({**SAVED, "travelrule_metadata": data}),
            "PUT /transfer/crypto-destination-address",
        )
        for data in [*VALID, None]
    ],
    (
        CryptoDestinations,
        lambda part: part.put({"id": "a-1", "travelrule_metadata": AT_VASP}),
        "PUT /transfer/crypto-destination-address",
    ),
    (Transfers, lambda part: part.read(MANY), "GET /transfer/transfers"),
    (
        Transfers,
        lambda part: part.pages(
            statuses=["PENDING", "FAILED"],
            secondary_statuses=["CUSTOMER_REJECTED"],
            crypto_tx_hashes=MANY,
            group_ids=MANY,
            order_by="UPDATED_AT",
            **{name.replace("created", "updated"): moment for name, moment in TIMES.items()},
            **PAGING,
        ).rest(),
        "GET /transfer/transfers",
    ),
    *[
        (
            Transfers,
            lambda part, name=name, values=values: part.pages(**{name: values}).rest(),
            "GET /transfer/transfers",
        )
        for name, values in [
            *[(name, MANY) for name in ("ref_ids", "profile_ids", "identity_ids", "account_ids")],
            ("type", ["CRYPTO_WITHDRAWAL", "WIRE_WITHDRAWAL"]),
        ]
    ],
    *[
        (OrchestrationRules, lambda part, rule=rule: part.create(rule), "POST /orchestration/rules")
        for rule in [*RULES, {**RULES[0], "nickname": "n", "identity_id": "i", "account_id": "a"}]
    ],
    (OrchestrationRules, lambda part: part.delete("r-1"), "DELETE /orchestration/rules/{id}"),
    (OrchestrationRules, lambda part: part.read(MANY), "GET /orchestration/rules"),
    (
        OrchestrationRules,
        lambda part: part.pages(
            profile_id="p", status=["ACTIVE", "PENDING"], source_asset="USD", destination_asset="USDG", **PAGING
        ).rest(),
        "GET /orchestration/rules",
    ),
    (DepositInstructions, lambda part: part.get("d-1"), "GET /transfer/fiat-deposit-instructions/{id}"),
    (
        Events,
        lambda part: part.pages(type=ORCHESTRATION_EVENTS[0], is_test=False, limit=100, order="ASC", **TIMES).rest(),
        "GET /events",
    ),
    (Vasps, lambda part: part.find("OK"), "GET /travelrule/vasps"),
    (Vasps, lambda part: part.pages(ids=MANY, order_by="NAME", **PAGING).rest(), "GET /travelrule/vasps"),
]

SCOPES = {
    "POST /orchestration/orchestrations": WRITE_ORCHESTRATION,
    "GET /orchestration/orchestrations": READ_ORCHESTRATION,
    "GET /orchestration/orchestrations/{id}": READ_ORCHESTRATION,
    "GET /profiles": READ_PROFILE,
    "GET /profiles/{profile_id}": READ_PROFILE,
    "GET /profiles/{profile_id}/balances": READ_PROFILE,
    "GET /transfer/limits/utilizations": READ_TRANSFER_LIMIT,
    "GET /transfer/fiat-accounts": READ_FIAT_ACCOUNT,
    "GET /transfer/crypto-destination-addresses": READ_CRYPTO_DESTINATION_ADDRESS,
    "PUT /transfer/crypto-destination-address": WRITE_CRYPTO_DESTINATION_ADDRESS,
    "POST /orchestration/rules": WRITE_ORCHESTRATION_RULE,
    "GET /orchestration/rules": READ_ORCHESTRATION_RULE,
    "DELETE /orchestration/rules/{id}": WRITE_ORCHESTRATION_RULE,
    "GET /transfer/fiat-deposit-instructions/{id}": READ_FIAT_DEPOSIT_INSTRUCTIONS,
    "GET /events": READ_EVENT,
    "GET /transfer/transfers": READ_TRANSFER,
    "GET /travelrule/vasps": None,
}

MODELS: list[tuple[str, type[BaseModel]]] = [
    ("CreateOrchestrationRequest", models.OrchestrationRequest),
    ("Orchestration", models.Orchestration),
    ("Profile", Profile),
    ("ProfileBalance", Balance),
    ("TransferLimit", LimitUtilization),
    ("FiatAccount", FiatAccount),
    ("CryptoDestinationAddress", CryptoDestinationAddress),
    ("PutCryptoDestinationAddressRequest", CryptoDestinationAddressRequest),
    ("CreateOrchestrationRuleRequest", OrchestrationRuleRequest),
    ("OrchestrationRule", OrchestrationRule),
    ("FiatDepositInstructions", FiatDepositInstructions),
    ("Event", Event),
    ("Transfer", Transfer),
    ("Vasp", Vasp),
]


class _Sent(Exception):
    def __init__(self, request: Request) -> None:
        self.request = request


def request_after(answers: list[Response], kind: type[Calls], call: Callable[[Any], Any]) -> Request:
    """Return the request that a flow sends after some answers."""

    def stop(request: Request) -> Any:
        raise _Sent(request)

    script = Script(*answers, stop)
    with pytest.raises(_Sent) as sent:
        script.run(call(script.part(kind) if kind is not Orchestrations else script.calls()))
    return sent.value.request


@pytest.mark.parametrize(("kind", "call", "name"), REQUESTS)
def test_a_request_is_valid_by_the_published_shapes(kind: type[Calls], call: Callable[[Any], Any], name: str) -> None:
    request = request_after([], kind, call)

    assert call_of(request, BASE_URL) == name
    assert faults_of(request, BASE_URL) == []


def is_paged(name: str) -> bool:
    return any(each["name"] == "page_cursor" for each in PATHS[name].get("parameters", ()))


@pytest.mark.parametrize(("kind", "call"), [(kind, call) for kind, call, name in REQUESTS if is_paged(name)])
def test_a_next_page_is_asked_for_as_published(kind: type[Calls], call: Callable[[Any], Any]) -> None:
    request = request_after([answer({"next_page_cursor": "c1"})], kind, call)

    assert ("page_cursor", "c1") in query_of(request)
    assert faults_of(request, BASE_URL) == []


@pytest.mark.parametrize("name", SCOPES)
def test_a_call_needs_the_published_scope(name: str) -> None:
    assert PATHS[name]["scopes"] == ([SCOPES[name]] if SCOPES[name] else [])


def test_every_call_of_the_package_is_among_the_requests() -> None:
    assert {name for _, _, name in REQUESTS} == set(SCOPES)


def fields_of(model: type[BaseModel]) -> dict[str, Any]:
    return {each.alias or name: each for name, each in model.model_fields.items()}


def inner_models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from inner_models(each)


def differences(schema: Mapping[str, Any], model: type[BaseModel], path: str) -> Iterator[str]:
    """Yield the fields that only one of the two has, at any depth."""
    published, ours = resolved(schema).get("properties", {}), fields_of(model)
    yield from (f"{path}.{name}" for name in published.keys() ^ ours.keys())
    for name in published.keys() & ours.keys():
        for inner in inner_models(ours[name].annotation):
            yield from differences(published[name], inner, f"{path}.{name}")


@pytest.mark.parametrize(("schema", "model"), MODELS)
def test_a_model_has_the_published_fields_and_no_other(schema: str, model: type[BaseModel]) -> None:
    assert sorted(differences({"$ref": f"#/schemas/{schema}"}, model, schema)) == []


def test_the_characters_of_an_address_are_the_published_ones() -> None:
    line = SCHEMAS["GeographicAddress"]["properties"]["city"]

    assert line == {
        "type": "string",
        "maxLength": travel_rule.LINE_LENGTH,
        "pattern": f"^{travel_rule.LINE.pattern}$",
    }


class TestChecker:
    """The checker itself finds what is wrong."""

    @pytest.mark.parametrize(
        ("method", "url", "body", "expected"),
        [
            ("GET", "/orchestration/orchestrations?ref_ids=a", None, "there is no parameter ref_ids"),
            ("GET", "/orchestration/orchestrations?limit=many", None, "limit: $: 'many' is not of type 'integer'"),
            ("GET", "/orchestration/orchestrations?order=UP", None, "order: $: 'UP' is not one of"),
            ("GET", "/orchestration/orchestrations?order=ASC&order=ASC", None, "order is repeated"),
            ("GET", "/orchestration/orchestrations?created_at.lt=2026", None, "is not a 'date-time'"),
            ("GET", "/transfer/limits/utilizations", None, "transfer_type is missing"),
            ("GET", "/transfer/crypto-destination-addresses?crypto_networks=POLYGON", None, "is not one of"),
            ("GET", "/profiles", b"{}", "it has a body"),
            ("POST", "/orchestration/orchestrations", b"{}", "$: 'ref_id' is a required property"),
            ("PUT", "/transfer/crypto-destination-address", b'{"bookmarked": true}', "'bookmarked' was unexpected"),
            (
                "PUT",
                "/transfer/crypto-destination-address",
                b'{"travelrule_metadata": {"beneficiary": {"is_self": true}}}',
                "$.travelrule_metadata.beneficiary: Additional properties are not allowed",
            ),
        ],
    )
    def test_it_finds_what_is_not_published(self, method: str, url: str, body: bytes | None, expected: str) -> None:
        assert expected in "; ".join(faults_of(Request(method, BASE_URL + url, {}, body), BASE_URL))

    def test_it_finds_no_call_that_is_not_published(self) -> None:
        with pytest.raises(LookupError):
            call_of(Request("POST", f"{BASE_URL}/profiles"), BASE_URL)

    def test_a_schema_without_properties_stays_open(self) -> None:
        assert closed({"type": "object"}) == {"type": "object"}
        assert faults(closed(SCHEMAS["Vasp"]), {"id": "a", "name": "b", "c": 1})

    def test_it_finds_a_field_that_only_one_side_has(self) -> None:
        assert sorted(differences({"$ref": "#/schemas/Vasp"}, Profile, "v")) == [
            "v.account_id",
            "v.description",
            "v.name",
            "v.nickname",
            "v.type",
        ]
