"""A request that holds the connection's own secret, key or token is refused, and the refusal shows none of them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from airflow_provider_paxos.api.errors import HoldsSecret
from airflow_provider_paxos.api.own_secrets import OwnSecrets
from airflow_provider_paxos.api.secrecy import Secret
from airflow_provider_paxos.api.validation import checked_request
from tests.api.script import payment

CLIENT_SECRET = 'pl4nted/"s3cret" +50%'
KEY_BODY = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g"
PEM = f"-----BEGIN PRIVATE KEY-----\n{KEY_BODY}\n-----END PRIVATE KEY-----\n"
TOKEN = "pl4nted-token.of.now"
OWN = OwnSecrets("paxos_eu", Secret(CLIENT_SECRET), Secret(PEM), lambda: Secret(TOKEN))


def fiat(memo: str) -> dict[str, Any]:
    return {"destination": {"fiat": {"bank_account_id": "bank-1", "memo": memo}}}


def refusal(own: OwnSecrets = OWN, **fields: Any) -> str:
    request = checked_request(payment(**fields))
    with pytest.raises(HoldsSecret) as refused:
        own.require_absent(request)
    return str(refused.value)


def require_allowed(own: OwnSecrets = OWN, **fields: Any) -> None:
    own.require_absent(checked_request(payment(**fields)))


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"ref_id": CLIENT_SECRET}, "ref_id"),
        ({"ref_id": f"settle-{CLIENT_SECRET}-7"}, "ref_id"),
        ({"source_asset": CLIENT_SECRET}, "source_asset"),
        ({"destination_asset": CLIENT_SECRET}, "destination_asset"),
        ({"source": {"profile": {"profile_id": CLIENT_SECRET}}}, "source.profile.profile_id"),
        ({"destination": {"profile": {"profile_id": CLIENT_SECRET}}}, "destination.profile.profile_id"),
        ({"destination": {"fiat": {"bank_account_id": CLIENT_SECRET}}}, "destination.fiat.bank_account_id"),
        (fiat(f"Invoice {CLIENT_SECRET}"), "destination.fiat.memo"),
        ({"destination": {"crypto": {"address": CLIENT_SECRET, "network": "X"}}}, "destination.crypto.address"),
        ({"destination": {"crypto": {"address": "X", "network": CLIENT_SECRET}}}, "destination.crypto.network"),
        ({"destination": {"crypto": {"address_id": CLIENT_SECRET}}}, "destination.crypto.address_id"),
        ({"identity_id": CLIENT_SECRET}, "identity_id"),
        ({"account_id": CLIENT_SECRET}, "account_id"),
        ({"metadata": {"note": CLIENT_SECRET}}, "metadata.note"),
        ({"metadata": {"a": "b", CLIENT_SECRET: "note"}}, "the name of metadata pair 2"),
    ],
)
def test_the_field_that_holds_a_secret_is_named_and_never_the_secret(fields: dict[str, Any], named: str) -> None:
    text = refusal(**fields)
    assert f"connection paxos_eu does not allow it: {named} holds the connection's own client secret." in text
    assert "This attempt sent nothing to Paxos." in text
    assert "pl4nted" not in text


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (CLIENT_SECRET, "client secret"),
        (quote(CLIENT_SECRET, safe=""), "client secret"),
        (quote(CLIENT_SECRET), "client secret"),
        (quote_plus(CLIENT_SECRET), "client secret"),
        (f"paxos://id:{quote(CLIENT_SECRET, safe='')}@/", "client secret"),
        (json.dumps({"password": CLIENT_SECRET}), "client secret"),
        (PEM.replace("\n", ""), "signing key"),
        (PEM.replace("\n", "\\n"), "signing key"),
        (PEM.replace("\n", " "), "signing key"),
        (json.dumps({"signing_key": PEM}), "signing key"),
        (quote(PEM, safe=""), "signing key"),
        (KEY_BODY, "signing key"),
        (f"{KEY_BODY[:30]} {KEY_BODY[30:]}", "signing key"),
        (CLIENT_SECRET.upper(), "client secret"),
        (TOKEN, "token"),
        (f"Bearer {TOKEN}", "token"),
    ],
)
def test_a_secret_is_found_in_every_usual_spelling(value: str, kind: str) -> None:
    assert f"destination.fiat.memo holds the connection's own {kind}." in refusal(**fiat(value))


def test_a_key_without_its_line_ends_is_found_with_them() -> None:
    own = OwnSecrets("paxos_eu", Secret("another-secret"), Secret(PEM.replace("\n", "")))
    assert "signing key" in refusal(own, **fiat(PEM.replace("\n", " ")))


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_key_is_found_with_whatever_line_ends_metadata_hold(line_end: str) -> None:
    text = f"{KEY_BODY[:30]}{line_end}{KEY_BODY[30:]}"
    assert "metadata.note holds the connection's own signing key" in refusal(metadata={"note": text})


def test_all_fields_with_a_secret_are_named() -> None:
    text = refusal(identity_id=TOKEN, metadata={TOKEN: CLIENT_SECRET})
    assert "identity_id holds the connection's own token; " in text
    assert "the name of metadata pair 1 holds the connection's own token; metadata pair 1 holds" in text
    assert "pl4nted" not in text


def test_the_payment_is_still_named() -> None:
    assert "(ref_id settle-2026-11-21-7, amount 100.25 USD to USDG)" in refusal(account_id=CLIENT_SECRET)


@pytest.mark.parametrize("secret", ["hunter2", "USD", "prof-1"])
@pytest.mark.parametrize("around", [("", " of the bank"), ("a ", "")])
def test_a_short_secret_may_be_a_part_of_a_text(secret: str, around: tuple[str, str]) -> None:
    require_allowed(OwnSecrets("paxos_eu", Secret(secret)), source_asset="EUR", source={"profile": {"profile_id": "p"}},
                    **fiat(secret.join(around)))  # fmt: skip


def test_a_value_that_is_a_short_secret_is_refused() -> None:
    own = OwnSecrets("paxos_eu", Secret("hunter2"))
    assert "memo holds the connection's own client secret" in refusal(own, **fiat(" hunter2\n"))


@pytest.mark.parametrize(
    "fields",
    [{}, fiat("Invoice 4711"), fiat(CLIENT_SECRET[:-1]), {"metadata": {"note": "-----BEGIN PRIVATE KEY-----"}}],
)
def test_any_other_request_passes(fields: dict[str, Any]) -> None:
    require_allowed(**fields)


def test_without_key_and_token_the_client_secret_alone_is_looked_for() -> None:
    own = OwnSecrets("paxos_eu", Secret(CLIENT_SECRET))
    require_allowed(own, **fiat(TOKEN))


def test_its_repr_shows_no_secret() -> None:
    assert "pl4nted" not in repr(OWN)
    assert KEY_BODY not in repr(OWN)
