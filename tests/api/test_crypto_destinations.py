"""Blockchain addresses that are saved at Paxos: read, and put."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from airflow_provider_paxos.api.crypto_destinations import (
    READ_CRYPTO_DESTINATION_ADDRESS,
    WRITE_CRYPTO_DESTINATION_ADDRESS,
    CryptoDestinations,
)
from airflow_provider_paxos.api.errors import InvalidRequest, MissingScope, UnreadableAnswer
from airflow_provider_paxos.api.flow import Loss
from airflow_provider_paxos.api.saved_addresses import (
    CryptoDestinationAddress,
    DestinationKey,
    checked_destination,
    saved_network,
)
from tests.api.script import BASE_URL, Script, answer, problem, query_of
from tests.api.test_travel_rule import AT_VASP, PRIVATE

EVM = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
SAVED: dict[str, Any] = {
    "id": "31f20a34-c1eb-4c86-adad-1e46bc271e1a",
    "identity_id": "identity-1",
    "crypto_network": "ETHEREUM",
    "address": EVM,
    "nickname": "Plantedname",
    "status": "APPROVED",
    "created_at": "2026-01-01T00:00:00Z",
    "bookmarked": True,
    "policy_execution_id": "policy-1",
    "travelrule_metadata": {**AT_VASP, "vasp": {"id": "vasp-1", "name": "OKX"}, "transfer_purpose": "salary"},
}
PUT: dict[str, Any] = {"crypto_network": "ETHEREUM", "address": EVM, "nickname": "Plantedname"}


def listed(script: Script, **filters: Any) -> list[CryptoDestinationAddress]:
    return script.run(script.part(CryptoDestinations).pages(**filters).rest())


def one(**but: Any) -> CryptoDestinationAddress:
    (found,) = listed(Script(answer({"addresses": [{**SAVED, **but}]})))
    return found


def put(script: Script, values: Mapping[str, Any] = PUT) -> CryptoDestinationAddress:
    return script.run(script.part(CryptoDestinations).put(values))


class TestRead:
    def test_an_address_has_all_that_paxos_publishes(self) -> None:
        assert one().model_dump(mode="json", exclude_none=True, by_alias=True) == SAVED

    @pytest.mark.parametrize(
        ("status", "approved"), [("APPROVED", True), ("PENDING", False), ("REJECTED", False), ("NEW", False)]
    )
    def test_money_can_be_sent_to_an_approved_address_alone(self, status: str, approved: bool) -> None:
        assert one(status=status).is_approved is approved

    def test_what_its_travel_rule_data_lacks_is_named(self) -> None:
        assert one().missing_travel_rule_data == ()
        assert one(travelrule_metadata={"beneficiary": {"self": True}}).missing_travel_rule_data == (
            "travelrule_metadata.custodian_type",
        )

    @pytest.mark.parametrize("travel_rule", [None, [], "secret"])
    def test_travel_rule_data_that_is_none_makes_no_answer_unreadable(self, travel_rule: object) -> None:
        assert one(travelrule_metadata=travel_rule).missing_travel_rule_data == ("travelrule_metadata",)

    @pytest.mark.parametrize("lack", ["id", "crypto_network", "address"])
    def test_an_address_that_cannot_be_identified_is_unreadable(self, lack: str) -> None:
        unidentified = {name: value for name, value in SAVED.items() if name != lack}

        with pytest.raises(UnreadableAnswer) as unreadable:
            listed(Script(*[answer({"addresses": [unidentified]})] * 5))
        assert "Planted" not in str(unreadable.value)

    def test_all_filters_of_the_list_go_by_its_names(self) -> None:
        filters = {
            "ids": ["a", "b"],
            "identity_ids": "i",
            "crypto_networks": ["BASE", "SOLANA"],
            "addresses": ["x"],
            "nicknames": ["n"],
            "bookmarked_status": False,
            "order": "ASC",
            "order_by": "CREATED_AT",
            "limit": 1000,
        }
        script = Script(answer({"addresses": []}))
        listed(script, **filters)

        assert {name for name, _ in query_of(script.sent[0])} == set(filters)
        assert ("bookmarked_status", "false") in query_of(script.sent[0])
        assert script.sent[0].url.startswith(f"{BASE_URL}/transfer/crypto-destination-addresses?ids=a&ids=b&")

    def test_many_are_read_a_hundred_addresses_a_request_on_all_pages(self) -> None:
        script = Script(
            answer({"addresses": [SAVED], "next_page_cursor": "c1"}),
            answer({"addresses": [{**SAVED, "crypto_network": "BASE"}]}),
            answer({"addresses": []}),
        )
        asked = [f"address-{number}" for number in range(150)]
        found = script.run(script.part(CryptoDestinations).read([EVM, *asked]))

        assert [each.crypto_network for each in found] == ["ETHEREUM", "BASE"]
        assert [len(query_of(sent)) for sent in script.sent] == [100, 101, 51]

    def test_an_address_of_ethereums_kind_is_found_in_any_case(self) -> None:
        script = Script(answer({"addresses": [{**SAVED, "address": EVM.lower()}]}))

        assert len(script.run(script.part(CryptoDestinations).read([f"0X{EVM[2:]}"]))) == 1
        assert query_of(script.sent[0]) == [("addresses", EVM)]

    @pytest.mark.parametrize(("asked", "saved"), [(EVM, EVM.lower()), (EVM.lower(), EVM)])
    def test_one_that_is_not_found_is_asked_for_in_its_other_spellings(self, asked: str, saved: str) -> None:
        script = Script(answer({"addresses": []}), answer({"addresses": [{**SAVED, "address": saved}]}))

        assert len(script.run(script.part(CryptoDestinations).read([asked]))) == 1
        assert query_of(script.sent[1]) == [("addresses", saved)]

    @pytest.mark.parametrize("address", ["GBXHPQ", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", f"0x{'0' * 39}1"])
    def test_an_address_with_one_spelling_is_asked_for_once(self, address: str) -> None:
        script = Script(answer({"addresses": []}))

        assert script.run(script.part(CryptoDestinations).read([address])) == []

    def test_an_ignored_filter_is_noticed(self) -> None:
        with pytest.raises(UnreadableAnswer, match="holds addresses of another addresses"):
            listed(Script(*[answer({"addresses": [SAVED]})] * 5), addresses=["x"])

    def test_the_repr_shows_no_person(self) -> None:
        assert "Planted" not in f"{one()!r} {one()} {one().travelrule_metadata!r}"


class TestKey:
    def test_an_address_is_identified_in_any_spelling(self) -> None:
        assert one(crypto_network="POLYGON_POS", identity_id=None).key == DestinationKey.of("polygon", EVM.lower())

    @pytest.mark.parametrize("other", [{"crypto_network": "BASE"}, {"address": "x"}, {"identity_id": "identity-2"}])
    def test_network_address_and_identity_belong_to_it(self, other: dict[str, str]) -> None:
        assert one().key != one(**other).key

    @pytest.mark.parametrize(
        ("network", "saved"), [("polygon", "POLYGON_POS"), ("POLYGON_POS", "POLYGON_POS"), ("base", "BASE")]
    )
    def test_polygon_has_another_name_among_saved_addresses(self, network: str, saved: str) -> None:
        assert saved_network(network) == saved


class TestPut:
    def test_what_is_named_is_sent_and_nothing_else(self) -> None:
        script = Script(answer({"address": SAVED}))
        values = {**PUT, "bookmarked_status": False, "travelrule_metadata": PRIVATE}

        assert put(script, values).status == "APPROVED"
        assert json.loads(script.sent[0].body or b"") == values
        assert (script.sent[0].method, script.sent[0].url) == ("PUT", f"{BASE_URL}/transfer/crypto-destination-address")

    def test_a_lost_answer_is_followed_by_the_same_request(self) -> None:
        script = Script(Loss.TIMED_OUT, answer({"address": SAVED}))
        put(script)

        assert script.sent[0].body == script.sent[1].body

    def test_an_existing_one_is_changed_by_its_id(self) -> None:
        script = Script(answer({"address": SAVED}))
        put(script, {"id": SAVED["id"].upper(), "nickname": "n"})

        assert json.loads(script.sent[0].body or b"") == {"id": SAVED["id"], "nickname": "n"}

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ({}, "give either crypto_network and address, or id"),
            ({"address": "x"}, "give either crypto_network and address, or id"),
            ({**PUT, "id": "a"}, "found both"),
            ({"id": "a", "identity_id": "i"}, "found both"),
            ({**PUT, "address": EVM[:-1]}, "address: an address that begins with 0x has 40 hexadecimal digits"),
            ({**PUT, "nickname": ""}, "nickname: String should have at least 1 character"),
            ({**PUT, "bookmarked_status": "yes"}, "bookmarked_status: Input should be a valid boolean"),
            ({**PUT, "bookmarked": True}, "bookmarked: there is no such field"),
            ({**PUT, "travelrule_metadata": {**PRIVATE, "Planted": 1}}, "travelrule_metadata: it has a field that"),
            (
                {**PUT, "travelrule_metadata": {**PRIVATE, "beneficiary": {"Planted": 1}}},
                "travelrule_metadata.beneficiary: it has a field that Paxos does not have",
            ),
        ],
    )
    def test_what_is_wrong_is_named_before_anything_is_sent(self, values: dict[str, Any], expected: str) -> None:
        script = Script()

        with pytest.raises(InvalidRequest) as refused:
            put(script, values)
        assert expected in str(refused.value)
        assert "Planted" not in str(refused.value)
        assert "This attempt sent nothing to Paxos." in str(refused.value)
        assert script.steps == []

    @pytest.mark.parametrize("odd", [{}, {"address": None}, {"address": {**SAVED, "address": "x"}}])
    def test_an_answer_about_something_else_is_unreadable(self, odd: dict[str, Any]) -> None:
        with pytest.raises(UnreadableAnswer):
            put(Script(*[answer(odd)] * 5))

    def test_an_error_names_the_address_and_no_person(self) -> None:
        script = Script(problem(400, detail="no"))

        with pytest.raises(
            Exception, match=f"Put Crypto Destination Address \\(destination ETHEREUM {EVM}\\)"
        ) as error:
            put(script, {**PUT, "travelrule_metadata": AT_VASP})
        assert "Planted" not in str(error.value)

    def test_a_checked_request_stays_as_it_is(self) -> None:
        request = checked_destination(PUT)

        assert checked_destination(request) is request
        assert "Planted" not in repr(request)


class TestScopes:
    @pytest.mark.parametrize(
        ("call", "held", "needed"),
        [
            (lambda part: part.pages().rest(), WRITE_CRYPTO_DESTINATION_ADDRESS, READ_CRYPTO_DESTINATION_ADDRESS),
            (lambda part: part.read([EVM]), WRITE_CRYPTO_DESTINATION_ADDRESS, READ_CRYPTO_DESTINATION_ADDRESS),
            (lambda part: part.put(PUT), READ_CRYPTO_DESTINATION_ADDRESS, WRITE_CRYPTO_DESTINATION_ADDRESS),
        ],
    )
    def test_reading_and_writing_need_one_each(self, call: Any, held: str, needed: str) -> None:
        script = Script()

        with pytest.raises(MissingScope, match=needed):
            script.run(call(script.part(CryptoDestinations, [held])))
        assert script.steps == []
