"""What goes over the wire: no field of the published API is lost, and an author's mistakes are named."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from airflow_provider_paxos.api.errors import InvalidRequest
from airflow_provider_paxos.api.models import Orchestration, OrchestrationPage, OrchestrationRequest
from airflow_provider_paxos.api.validation import checked_request, wrong_fields
from tests.api.script import orchestration, payment

EVM = "0x52908400098527886E0F7030069857D2E4169EE7"

RAILS: dict[str, dict[str, Any]] = {
    "profile": {"profile": {"profile_id": "prof-2"}},
    "fiat": {"fiat": {"bank_account_id": "bank-1"}},
    "fiat with memo": {"fiat": {"bank_account_id": "bank-1", "memo": "Invoice 7"}},
    "crypto": {"crypto": {"network": "ETHEREUM", "address": EVM}},
    "saved crypto": {"crypto": {"address_id": "addr-1"}},
}

PUBLISHED = {
    "id": "orch-1",
    "profile_id": "prof-1",
    "identity_id": "ident-1",
    "account_id": "acc-1",
    "customer_id": "cust-1",
    "ref_id": "settle-7",
    "source_asset": "USD",
    "destination_asset": "USDG",
    "source_amount": "100.250",
    "source_transfer": {"transfer_id": "tr-1", "status": "COMPLETED"},
    "destination_transfer": {"transfer_id": "tr-2", "status": "PROCESSING"},
    "status": "PROCESSING",
    "fail_reason": {"detail": "limit reached"},
    "source": {
        "crypto": {"address_id": "addr-1", "address": "0x1", "network": "BASE"},
        "fiat": {"deposit_instructions_id": "dep-1", "memo": "in"},
        "profile": {"profile_id": "prof-1"},
    },
    "destination": {
        "crypto": {"address": "0x2", "network": "SOLANA", "address_id": "addr-2"},
        "fiat": {"bank_account_id": "bank-1", "memo": "out"},
        "profile": {"profile_id": "prof-2"},
    },
    "orchestration_rule_id": "rule-1",
    "created_at": "2026-11-20T23:59:59.123456Z",
    "updated_at": "2026-11-21T00:00:05Z",
    "metadata": {"batch": "7"},
}


def unmodelled(model: BaseModel, path: str = "") -> list[str]:
    """Return the fields, however deep, that were kept only because unknown fields are."""
    found = [f"{path}{name}" for name in model.model_extra or {}]
    for name in type(model).model_fields:
        inner = getattr(model, name)
        if isinstance(inner, BaseModel):
            found += unmodelled(inner, f"{path}{name}.")
    return found


class TestRequest:
    @pytest.mark.parametrize("rail", RAILS)
    def test_every_published_field_is_sent_as_the_author_gave_it(self, rail: str) -> None:
        values = payment(identity_id="ident-1", account_id="acc-1", metadata={"batch": "7"}, destination=RAILS[rail])

        assert json.loads(checked_request(values).body()) == values

    def test_a_field_that_is_not_given_is_not_sent(self) -> None:
        assert json.loads(checked_request(payment()).body()) == payment()

    def test_an_amount_is_sent_as_a_string(self) -> None:
        body = checked_request(payment(source_amount=Decimal("1E+3"))).body()

        assert b'"source_amount":"1000"' in body

    def test_text_is_sent_in_utf_8(self) -> None:
        body = checked_request(payment(destination={"fiat": {"bank_account_id": "b", "memo": "für Zoë"}})).body()

        assert "für Zoë".encode() in body

    def test_a_request_that_is_already_checked_is_taken_as_it_is(self) -> None:
        request = checked_request(payment())

        assert checked_request(request) is request

    def test_a_request_cannot_be_changed_once_checked(self) -> None:
        request = checked_request(payment())

        with pytest.raises(ValidationError, match="frozen"):
            request.source_amount = Decimal(1)  # type: ignore[misc]

    @pytest.mark.parametrize("name", ["ref_id", "source_asset", "destination_asset", "source_amount", "source"])
    def test_a_required_field_that_is_missing_is_named(self, name: str) -> None:
        assert f"{name}: it is missing" in refusal_of(payment(**{name: None}))

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"source": {"profile": {}}}, "source.profile.profile_id: it is missing"),
            ({"source": {"crypto": {"address": "0x1"}}}, "source.profile: it is missing"),
            ({"source": "prof-1"}, "source: "),
            ({"destination": None}, "destination: it is missing"),
            ({"destination": {}}, "destination: give exactly one of profile, fiat and crypto; found none"),
            (
                {"destination": {**RAILS["profile"], **RAILS["fiat"]}},
                "destination: give exactly one of profile, fiat and crypto; found profile and fiat",
            ),
            ({"destination": {"crypto": {"address": EVM}}}, "destination.crypto: an address needs its network"),
            ({"destination": {"crypto": {"network": "BASE"}}}, "destination.crypto: an address needs its network"),
            ({"destination": {"crypto": {}}}, "destination.crypto: give either address and network, or address_id"),
            (
                {"destination": {"crypto": {"address": EVM, "network": "BASE", "address_id": "a"}}},
                "destination.crypto: give either address and network, or address_id",
            ),
            ({"destination": {"fiat": {"memo": "m"}}}, "destination.fiat.bank_account_id: it is missing"),
            ({"destination": {"fiat": {"bank_account_id": "b", "memo": "m" * 501}}}, "destination.fiat.memo: "),
            ({"destination": {"profil": {}}}, "destination.profil: there is no such field"),
            ({"amount": "1"}, "amount: there is no such field"),
            ({"ref_id": ""}, "ref_id: "),
            ({"ref_id": "r" * 251}, "ref_id: "),
            ({"ref_id": 7}, "ref_id: "),
            ({"ref_id": "a\nb"}, "ref_id: it holds control characters"),
            ({"ref_id": " a"}, "ref_id: it begins or ends with a blank"),
            ({"ref_id": "None"}, "ref_id: it is 'None', as a template makes of a value that is not there"),
            ({"account_id": "None"}, "account_id: it is 'None'"),
            ({"source_amount": 0.3}, "source_amount: the amount 0.3 is a float"),
            ({"metadata": {str(n): "v" for n in range(7)}}, "metadata: "),
            ({"metadata": {"k": "v" * 101}}, "metadata.k: "),
            ({"metadata": {"k" * 101: "v"}}, "metadata."),
            ({"metadata": {"": "v"}}, "metadata."),
            ({"metadata": {"k": 7}}, "metadata.k: "),
        ],
    )
    def test_a_wrong_field_is_named_the_way_the_author_wrote_it(self, fields: dict[str, Any], expected: str) -> None:
        assert expected in refusal_of(payment(**fields))

    def test_metadata_may_fill_its_six_pairs_of_a_hundred_characters(self) -> None:
        metadata = {str(n) * 100: "v" * 100 for n in range(6)}

        assert checked_request(payment(metadata=metadata)).metadata == metadata

    def test_every_wrong_field_is_reported_at_once(self) -> None:
        text = refusal_of(payment(ref_id="", source_amount="-1", extra="x"))

        assert all(name in text for name in ("ref_id: ", "source_amount: ", "extra: "))

    def test_the_refusal_says_that_nothing_was_sent(self) -> None:
        assert "This attempt sent nothing to Paxos." in refusal_of(payment(source=None))

    def test_the_refusal_knows_the_ref_id(self) -> None:
        with pytest.raises(InvalidRequest) as refused:
            checked_request(payment(source=None))

        assert refused.value.ref_id == "settle-2026-11-21-7"

    def test_a_field_s_name_with_a_line_end_stays_on_one_line(self) -> None:
        assert "\n" not in refusal_of(payment(**{"a\nERROR forged": "x"}))

    def test_a_field_may_be_left_out_of_the_list_of_wrong_ones(self) -> None:
        with pytest.raises(ValidationError) as invalid:
            OrchestrationRequest.model_validate({})

        assert "ref_id: it is missing" not in wrong_fields(invalid.value, unless=lambda path: path == ("ref_id",))


def refusal_of(values: dict[str, Any]) -> str:
    with pytest.raises(InvalidRequest) as refused:
        checked_request(values)
    return str(refused.value)


NFD, NFC = "cafe\N{COMBINING ACUTE ACCENT}", "caf\N{LATIN SMALL LETTER E WITH ACUTE}"
UUID = "7c4e8f2a-1d3b-4a5e-9f6c-8b2d7e0a4f1c"


def bank(**fields: Any) -> dict[str, Any]:
    return {"destination": {"fiat": {"bank_account_id": "bank-1", **fields}}}


def crypto(address: str, network: str = "ETHEREUM") -> dict[str, Any]:
    return {"destination": {"crypto": {"network": network, "address": address}}}


class TestCanonicalForm:
    """A request is sent in the one form in which values are compared."""

    @pytest.mark.parametrize(
        ("given", "sent"),
        [
            ({"source_asset": "usd"}, {"source_asset": "USD"}),
            ({"destination_asset": "Usdg"}, {"destination_asset": "USDG"}),
            (crypto(EVM, "polygon_pos"), crypto(EVM, "POLYGON_POS")),
            (crypto("0X" + EVM[2:]), crypto(EVM)),
            (crypto(EVM), crypto(EVM)),
            ({"source": {"profile": {"profile_id": UUID.upper()}}}, {"source": {"profile": {"profile_id": UUID}}}),
            ({"identity_id": UUID.upper()}, {"identity_id": UUID}),
            ({"account_id": UUID.upper()}, {"account_id": UUID}),
            (bank(bank_account_id=UUID.upper()), bank(bank_account_id=UUID)),
            (
                {"destination": {"crypto": {"address_id": UUID.upper()}}},
                {"destination": {"crypto": {"address_id": UUID}}},
            ),
            (bank(bank_account_id="Bank-A"), bank(bank_account_id="Bank-A")),
            ({"account_id": NFD}, {"account_id": NFC}),
            (bank(memo=NFD), bank(memo=NFC)),
            (bank(memo="  Invoice  7 \n"), bank(memo="Invoice  7")),
            (bank(memo=" " * 600 + "m"), bank(memo="m")),
            (bank(memo=""), bank()),
            (bank(memo=" \t "), bank()),
            (bank(memo="None"), bank(memo="None")),
            ({"metadata": {"note": "None"}}, {"metadata": {"note": "None"}}),
        ],
        ids=str,
    )
    def test_a_value_is_sent_in_its_canonical_form(self, given: dict[str, Any], sent: dict[str, Any]) -> None:
        assert json.loads(checked_request(payment(**given)).body()) == payment(**sent)

    @pytest.mark.parametrize("ref_id", [UUID.upper(), NFD, "Settle-7"])
    def test_a_ref_id_is_sent_verbatim(self, ref_id: str) -> None:
        assert checked_request(payment(ref_id=ref_id)).ref_id == ref_id

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            (crypto(EVM, "solana"), "destination.crypto.address: it is an address of Ethereum's kind, which SOLANA"),
            (crypto("So1Ana", "base"), "destination.crypto.address: an address on BASE is 0x"),
            (crypto("0x1", "BASE"), "destination.crypto.address: an address that begins with 0x has 40"),
            (crypto("None"), "destination.crypto.address: it is 'None'"),
            (crypto(EVM, "None"), "destination.crypto.network: it is 'None'"),
            ({"source_asset": "None"}, "source_asset: it is 'None'"),
            ({"source_amount": "None"}, "source_amount: the amount 'None' is not a plain decimal"),
            (
                {"source_asset": "USD\N{CYRILLIC CAPITAL LETTER ES}"},
                "source_asset: 'USD\\u0421' is not of plain",
            ),
            (
                crypto(EVM, "B\N{CYRILLIC CAPITAL LETTER A}SE"),
                "crypto.network: 'B\\u0410SE' is not of plain",
            ),
        ],
        ids=str,
    )
    def test_a_value_that_cannot_be_meant_is_refused(self, fields: dict[str, Any], expected: str) -> None:
        assert expected in refusal_of(payment(**fields))

    @pytest.mark.parametrize(
        ("hidden", "code"),
        [
            ("\n", "U+000A"),
            ("\0", "U+0000"),
            ("\x1b", "U+001B"),
            ("\N{RIGHT-TO-LEFT OVERRIDE}", "U+202E"),
            ("\N{FIRST STRONG ISOLATE}", "U+2068"),
            ("\N{ZERO WIDTH SPACE}", "U+200B"),
            ("\N{ZERO WIDTH NO-BREAK SPACE}", "U+FEFF"),
            ("\N{NO-BREAK SPACE}", "U+00A0"),
        ],
    )
    @pytest.mark.parametrize("field", ["memo", "bank_account_id"])
    def test_what_looks_like_nothing_or_like_a_blank_is_refused(self, field: str, hidden: str, code: str) -> None:
        refusal = refusal_of(payment(**bank(**{field: f"a{hidden}b"})))

        assert f"{field}: it holds control characters or invisible ones, such as {code}" in refusal


class TestAnswer:
    def test_every_published_field_is_modelled(self) -> None:
        assert unmodelled(Orchestration.model_validate(PUBLISHED)) == []

    def test_what_was_read_is_written_again_unchanged(self) -> None:
        assert Orchestration.model_validate(PUBLISHED).to_dict() == PUBLISHED

    def test_what_is_written_holds_json_values_only(self) -> None:
        dumped = Orchestration.model_validate({**PUBLISHED, "fee": Decimal("0.10")}).to_dict()

        assert json.loads(json.dumps(dumped)) == dumped

    @pytest.mark.parametrize("place", ["source", "destination", "source_transfer", "fail_reason"])
    def test_an_unknown_field_is_kept_wherever_it_stands(self, place: str) -> None:
        answer = {"id": "orch-1", "shade": "new", place: {"shade": {"deep": ["new"]}}}

        assert Orchestration.model_validate(answer).to_dict() == answer

    def test_an_amount_is_read_as_an_exact_decimal(self) -> None:
        assert str(Orchestration.model_validate(PUBLISHED).source_amount) == "100.250"

    @pytest.mark.parametrize(
        ("published", "moment"),
        [
            ("2026-11-21T00:00:05Z", datetime(2026, 11, 21, 0, 0, 5, tzinfo=UTC)),
            ("2026-11-21T02:00:05+02:00", datetime(2026, 11, 21, 0, 0, 5, tzinfo=UTC)),
            ("2026-11-21T00:00:05.123456789Z", datetime(2026, 11, 21, 0, 0, 5, 123456, tzinfo=UTC)),
            ("2026-11-21T00:00:05", datetime(2026, 11, 21, 0, 0, 5, tzinfo=UTC)),
        ],
    )
    def test_a_time_is_read_with_its_zone(self, published: str, moment: datetime) -> None:
        read = Orchestration.model_validate(orchestration(created_at=published)).created_at

        assert read == moment
        assert read.utcoffset() in (timedelta(0), timedelta(hours=2))

    @pytest.mark.parametrize("answer", [{}, {"id": ""}, {"id": None}, {"id": 7}])
    def test_an_orchestration_without_an_id_is_none(self, answer: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            Orchestration.model_validate(answer)

    def test_no_other_field_needs_to_be_there(self) -> None:
        assert Orchestration.model_validate({"id": "orch-1"}).to_dict() == {"id": "orch-1"}

    @pytest.mark.parametrize(
        ("answer", "ids"),
        [
            ({"items": [{"id": "a"}]}, ["a"]),
            ({"orchestrations": [{"id": "a"}]}, ["a"]),
            ({"items": [{"id": "a"}], "orchestrations": [{"id": "a"}]}, ["a"]),
            ({"items": [], "orchestrations": [{"id": "a"}]}, []),
            ({}, []),
        ],
    )
    def test_a_page_is_read_under_its_newer_name_first(self, answer: dict[str, Any], ids: list[str]) -> None:
        assert [found.id for found in OrchestrationPage.model_validate(answer).found] == ids


class TestNamesOfTheGivenFields:
    def test_models_with_the_same_ones_share_their_set(self) -> None:
        one, other = (Orchestration.model_validate({**PUBLISHED, "id": name}) for name in ("orch-1", "orch-2"))

        assert one.model_fields_set == PUBLISHED.keys()
        assert one.model_fields_set is other.model_fields_set

    def test_a_changed_copy_leaves_those_of_the_others_as_they_are(self) -> None:
        one = Orchestration(id="orch-1")

        copy = one.model_copy(update={"ref_id": "settle-7"})

        assert (one.model_fields_set, copy.model_fields_set) == ({"id"}, {"id", "ref_id"})
