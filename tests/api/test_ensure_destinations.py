"""Saved addresses are made what the rows say: read, compared, and put where something differs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_paxos.api.crypto_destinations import (
    READ_CRYPTO_DESTINATION_ADDRESS,
    CryptoDestinations,
    Ensured,
)
from airflow_provider_paxos.api.errors import (
    BadRequest,
    HoldsSecret,
    InvalidRequest,
    MissingScope,
    PaxosError,
    ServiceUnavailable,
)
from airflow_provider_paxos.api.own_secrets import OwnSecrets
from airflow_provider_paxos.api.secrecy import Secret
from tests.api.script import BASE_URL, Outcome, Script, answer, problem, query_of
from tests.api.test_crypto_destinations import EVM, SAVED
from tests.api.test_travel_rule import AT_VASP
from tests.exposure import locals_of_the_package, shown

OTHER = "0x52908400098527886E0F7030069857D2E4169EE7"
ROW: dict[str, Any] = {
    "crypto_network": "ETHEREUM",
    "address": EVM,
    "identity_id": "identity-1",
    "nickname": SAVED["nickname"],
    "travelrule_metadata": AT_VASP,
}
SAME = {**SAVED, "travelrule_metadata": AT_VASP}
SECOND = {**ROW, "address": OTHER}


def addresses(*found: dict[str, Any]) -> Outcome:
    return answer({"addresses": list(found)})


def ensured(script: Script, *rows: Any) -> list[Ensured | PaxosError]:
    return script.run(script.part(CryptoDestinations).ensure(rows or [ROW]))


def bodies(script: Script) -> list[Any]:
    return [json.loads(sent.body) for sent in script.sent if sent.body]


def test_an_address_that_is_not_saved_is_created() -> None:
    script = Script(addresses(), addresses(), answer({"address": {**SAME, "status": "PENDING"}}))
    (created,) = ensured(script)

    assert isinstance(created, Ensured)
    assert (created.change, created.saved.status, created.differing) == ("created", "PENDING", ())
    assert bodies(script) == [ROW]
    assert query_of(script.sent[0]) == [("addresses", EVM)]


def test_an_address_that_is_saved_as_asked_for_is_not_put() -> None:
    script = Script(addresses(SAME))
    (unchanged,) = ensured(script)

    assert isinstance(unchanged, Ensured)
    assert (unchanged.change, unchanged.changed) == ("unchanged", ())
    assert script.methods == ["GET"]


def test_only_what_differs_is_put_by_the_id() -> None:
    script = Script(addresses({**SAME, "nickname": "old"}), answer({"address": SAME}))
    (updated,) = ensured(script)

    assert isinstance(updated, Ensured)
    assert (updated.change, updated.changed) == ("updated", ("nickname",))
    assert bodies(script) == [{"id": SAVED["id"], "nickname": SAVED["nickname"]}]


@pytest.mark.parametrize("other", [{"crypto_network": "BASE"}, {"identity_id": None}])
def test_an_address_of_another_network_or_identity_is_another_one(other: dict[str, Any]) -> None:
    script = Script(addresses({**SAME, **other}), answer({"address": SAME}))
    (created,) = ensured(script)

    assert isinstance(created, Ensured)
    assert created.created


def test_an_address_is_found_in_another_spelling() -> None:
    script = Script(addresses({**SAME, "address": EVM.lower(), "crypto_network": "POLYGON_POS"}))
    (unchanged,) = ensured(script, {**ROW, "crypto_network": "polygon"})

    assert isinstance(unchanged, Ensured)
    assert unchanged.change == "unchanged"


def test_what_paxos_returns_otherwise_than_it_was_put_is_named() -> None:
    script = Script(
        addresses(), addresses(), answer({"address": {**SAME, "nickname": "ETHEREUM 1", "travelrule_metadata": None}})
    )
    (created,) = ensured(script)

    assert isinstance(created, Ensured)
    assert {"nickname", "travelrule_metadata.custodian_type"} <= set(created.differing)


def test_a_row_that_paxos_refuses_does_not_stop_the_others() -> None:
    second = {**SAME, "id": "a-2", "address": OTHER}
    script = Script(addresses(), addresses(), problem(400, detail="unknown network"), answer({"address": second}))
    refused, created = ensured(script, ROW, SECOND)

    assert isinstance(refused, BadRequest)
    assert str(refused).startswith(f"Put Crypto Destination Address (destination ETHEREUM {EVM}): Paxos answered 400")
    assert isinstance(created, Ensured)
    assert created.saved.id == "a-2"


@pytest.mark.parametrize(
    ("outcomes", "error"),
    [
        ([problem(403, detail="insufficient scopes: found '', required one of '[x]'")], MissingScope),
        ([problem(503)] * 5, ServiceUnavailable),
    ],
)
def test_an_error_that_all_rows_would_meet_ends_it(outcomes: list[Outcome], error: type[PaxosError]) -> None:
    script = Script(addresses(), addresses(), *outcomes)

    with pytest.raises(error):
        ensured(script, ROW, SECOND)


def test_reading_needs_no_right_to_write() -> None:
    script = Script(addresses(SAME))
    calls = script.part(CryptoDestinations, [READ_CRYPTO_DESTINATION_ADDRESS])

    assert len(script.run(calls.ensure([ROW]))) == 1


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], "the rows are no list of addresses, but empty."),
        ("ROW", "the rows are no list of addresses, but str."),
        (7, "the rows are no list of addresses, but int."),
        ([ROW, "Planted"], "1 of 2 rows are not valid:\nrow 2: it is str, not a mapping of the API's fields"),
        ([{"id": "a"}], "row 1: give crypto_network and address instead of id"),
        ([ROW, SECOND, {**ROW, "address": EVM.lower()}], "row 3: the address is that of row 1, too"),
        (
            [{**ROW, "travelrule_metadata": {"custodian_type": "VASP"}}, {**SECOND, "memo": "x"}],
            "2 of 2 rows are not valid:\nrow 1: travelrule_metadata.beneficiary: it is missing\nrow 2: memo: there is",
        ),
    ],
)
def test_every_wrong_row_is_named_before_anything_is_sent(rows: Any, expected: str) -> None:
    script = Script()

    with pytest.raises(InvalidRequest) as refused:
        script.run(script.part(CryptoDestinations).ensure(rows))
    assert expected in str(refused.value)
    assert "Planted" not in str(refused.value)
    assert script.steps == []


def test_of_many_wrong_rows_the_first_are_named() -> None:
    with pytest.raises(
        InvalidRequest, match=r"30 of 30 rows are not valid:\nrow 1: .*(\n.*){18}\nrow 20: .*\nand 10 more\n"
    ):
        ensured(Script(), *[{}] * 30)


class TestSecrets:
    def calls(self, script: Script) -> CryptoDestinations:
        own = OwnSecrets("paxos_default", Secret("the-client-secret"))
        return CryptoDestinations(BASE_URL, script.exchange(), require_allowed=own.require_absent)

    @pytest.mark.parametrize(
        ("field", "row"),
        [
            ("nickname", {"nickname": "by the-client-secret"}),
            ("address", {"crypto_network": "SOLANA", "address": "the-client-secret"}),
            (
                "travelrule_metadata.transfer_purpose",
                {"travelrule_metadata": {**AT_VASP, "transfer_purpose": "the-client-secret"}},
            ),
        ],
    )
    @pytest.mark.parametrize("call", ["put", "ensure"])
    def test_a_secret_of_the_connection_is_not_sent(self, call: str, field: str, row: dict[str, Any]) -> None:
        script = Script()
        values = {**ROW, **row}
        flow = getattr(self.calls(script), call)(values if call == "put" else [values])

        with pytest.raises(HoldsSecret, match=f"{field} holds the connection's own client secret") as refused:
            script.run(flow)
        assert script.steps == []
        assert "the-client-secret" not in str(refused.value)


class TestPersonalData:
    """What is known of persons is in no error, whoever looks at it: not in its words, and not in its frames."""

    @pytest.mark.parametrize(
        ("row", "outcomes"),
        [
            ({}, [addresses(), addresses(), problem(400, detail="no")]),
            (
                {},
                [
                    addresses(),
                    addresses(),
                    problem(400, detail="first_name 'Plantedfirst', PLANTEDLAST: no", meta={"a": "Planted"}),
                ],
            ),
            ({}, [addresses({**SAME, "nickname": "Plantedold"}), problem(500), *[problem(500)] * 4]),
            ({}, [addresses(), addresses(), *[answer({"address": {"first_name": "Planted"}})] * 5]),
            ({}, [answer({"addresses": [{**SAME, "id": 7}]})] * 5),
            ({"travelrule_metadata": {**AT_VASP, "Planted": "Planted"}}, []),
            ({"nickname": "Planted\0"}, []),
        ],
        ids=[
            "refused",
            "quoted by Paxos",
            "an outage",
            "an odd answer",
            "an odd list",
            "a wrong field",
            "a wrong value",
        ],
    )
    def test_no_error_shows_it(self, row: dict[str, Any], outcomes: list[Outcome]) -> None:
        script = Script(*outcomes)
        flow = script.part(CryptoDestinations).ensure([{**ROW, **row}])
        error = self.error_of(script, flow)

        assert "Planted" not in str(error)
        assert not [each for each in locals_of_the_package(error) if "Planted" in each]

    def error_of(self, script: Script, flow: Any) -> PaxosError:
        try:
            (result,) = script.run(flow)
        except PaxosError as error:
            return error
        assert isinstance(result, PaxosError)
        return result

    def test_the_check_finds_what_an_error_shows(self) -> None:
        def careless(values: object) -> None:
            raise InvalidRequest("it is wrong")

        with pytest.raises(InvalidRequest) as refused:
            careless(ROW)
        assert "Planted" in shown(refused.value)
