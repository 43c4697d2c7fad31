"""Where Paxos is, and as whom to call it: checked before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from airflow_provider_paxos.api.credentials import DEFAULT_SCOPES
from airflow_provider_paxos.api.errors import InvalidConnection
from airflow_provider_paxos.api.settings import Settings, checked_settings

KEY = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def made(**given: Any) -> Settings:
    return checked_settings(**{"client_id": "client-1", "client_secret": "s3cr3t", **given})


def refusal_of(**given: Any) -> str:
    with pytest.raises(InvalidConnection) as refused:
        made(**given)
    return str(refused.value)


@pytest.mark.parametrize(
    ("given", "api", "token"),
    [
        ({}, "https://api.sandbox.paxos.com/v2", "https://oauth.sandbox.paxos.com/oauth2/token"),
        ({"environment": ""}, "https://api.sandbox.paxos.com/v2", "https://oauth.sandbox.paxos.com/oauth2/token"),
        (
            {"environment": "sandbox"},
            "https://api.sandbox.paxos.com/v2",
            "https://oauth.sandbox.paxos.com/oauth2/token",
        ),
        ({"environment": "production"}, "https://api.paxos.com/v2", "https://oauth.paxos.com/oauth2/token"),
        (
            {"base_url": "http://localhost:8085/v2"},
            "http://localhost:8085/v2",
            "http://localhost:8085/oauth2/token",
        ),
        ({"base_url": "http://127.0.0.1:8085/v2/"}, "http://127.0.0.1:8085/v2", "http://127.0.0.1:8085/oauth2/token"),
        ({"base_url": "https://[::1]:8085/v2"}, "https://[::1]:8085/v2", "https://[::1]:8085/oauth2/token"),
        (
            {"base_url": "http://localhost:1/v2", "token_url": "http://127.0.0.1:2/token"},
            "http://localhost:1/v2",
            "http://127.0.0.1:2/token",
        ),
        (
            {"base_url": "https://api.staging.paxos.com/v2"},
            "https://api.staging.paxos.com/v2",
            "https://oauth.sandbox.paxos.com/oauth2/token",
        ),
        (
            {"base_url": "https://paxos.bank.example/v2", "token_url": "https://PAXOS.bank.example:8443/token"},
            "https://paxos.bank.example/v2",
            "https://PAXOS.bank.example:8443/token",
        ),
        (
            {"base_url": "https://api.paxos.com/v2", "environment": "production"},
            "https://api.paxos.com/v2",
            "https://oauth.paxos.com/oauth2/token",
        ),
        (
            {"base_url": "https://api.sandbox.paxos.com/v2"},
            "https://api.sandbox.paxos.com/v2",
            "https://oauth.sandbox.paxos.com/oauth2/token",
        ),
        (
            {"base_url": "https://paxos.bank.example/paxos", "token_url": "https://paxos.bank.example/token"},
            "https://paxos.bank.example/paxos",
            "https://paxos.bank.example/token",
        ),
        (
            {"base_url": "http://127.0.0.1", "port": 8085, "path": "v2"},
            "http://127.0.0.1:8085/v2",
            "http://127.0.0.1:8085/oauth2/token",
        ),
        (
            {"base_url": "http://127.0.0.1/v2/", "port": 8085, "path": "/v2/"},
            "http://127.0.0.1:8085/v2",
            "http://127.0.0.1:8085/oauth2/token",
        ),
        (
            {"base_url": "http://[::1]:8085/v2", "port": 8085},
            "http://[::1]:8085/v2",
            "http://[::1]:8085/oauth2/token",
        ),
        (
            {"base_url": "https://paxos.bank.example/v2", "port": 443},
            "https://paxos.bank.example/v2",
            "https://oauth.sandbox.paxos.com/oauth2/token",
        ),
        (
            {"base_url": "http://localhost:8085/v2", "port": 0, "path": ""},
            "http://localhost:8085/v2",
            "http://localhost:8085/oauth2/token",
        ),
        (
            {"port": 443, "path": "v2"},
            "https://api.sandbox.paxos.com/v2",
            "https://oauth.sandbox.paxos.com/oauth2/token",
        ),
        (
            {"base_url": "https://paxos.bank.example/v2"},
            "https://paxos.bank.example/v2",
            "https://oauth.sandbox.paxos.com/oauth2/token",
        ),
        (
            {"base_url": "https://10.0.0.7/v2", "token_url": "https://10.0.0.7/token"},
            "https://10.0.0.7/v2",
            "https://10.0.0.7/token",
        ),
    ],
)
def test_the_urls_follow_from_environment_and_host(given: dict[str, str], api: str, token: str) -> None:
    checked = made(**given)

    assert (checked.base_url, checked.credentials.token_url) == (api, token)


def test_a_connection_that_says_nothing_never_touches_production() -> None:
    assert made().environment == "sandbox"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"environment": "prod"}, "environment is prod; it is one of sandbox, production."),
        ({"client_id": None}, "the login (the client ID) is empty."),
        ({"client_id": ""}, "the login (the client ID) is empty."),
        ({"client_secret": None}, "the password (the client secret) is empty."),
        ({"client_id": "client-1 "}, "the login (the client ID) begins or ends with a blank or a line break"),
        ({"client_secret": "s3cr3t\n"}, "the password (the client secret) begins or ends with a blank or a line break"),
        ({"base_url": "https://api.sandbox.paxos.com"}, "the base URL ends in /v2, as in https://api.sandbox.paxos.c"),
        ({"base_url": "https://api.sandbox.paxos.com/v1"}, "the base URL ends in /v2, as in https://api.sandbox"),
        ({"base_url": "http://localhost:8085"}, "host is http://localhost:8085; the base URL ends in /v2"),
        ({"base_url": "http://127.0.0.1", "port": 8085}, "host is http://127.0.0.1:8085; the base URL ends in /v2"),
        (
            {"base_url": "https://api.sandbox.paxos.com/v2/orchestration/orchestrations"},
            "which holds the path of an endpoint; the base URL is https://api.sandbox.paxos.com/v2.",
        ),
        (
            {"base_url": "https://paxos.bank.example/pay/v2/profiles/"},
            "which holds the path of an endpoint; the base URL is https://paxos.bank.example/pay/v2.",
        ),
        ({"base_url": "http://api.paxos.com/v2"}, "plain http is for loopback hosts alone: use https."),
        ({"base_url": "http://127.0.0.1.evil.example/v2"}, "plain http is for loopback hosts alone"),
        ({"base_url": "http://localhost.evil.example/v2"}, "plain http is for loopback hosts alone"),
        ({"base_url": "http://0.0.0.0/v2"}, "plain http is for loopback hosts alone"),
        (
            {"token_url": "http://oauth.paxos.com/oauth2/token"},
            "token_url is http://oauth.paxos.com/oauth2/token; plain",
        ),
        ({"base_url": "https://user:s3cr3t@api.paxos.com"}, "host has credentials in it"),
        ({"base_url": "api.paxos.com/v2"}, "host is api.paxos.com/v2; it begins with https:// and a host name."),
        ({"base_url": "ftp://api.paxos.com/v2"}, "it begins with https:// and a host name."),
        ({"base_url": "https:///v2"}, "it begins with https:// and a host name."),
        ({"base_url": "https://[::1/v2"}, "host is not a URL."),
        ({"base_url": "https://api.paxos.com:port/v2"}, "host is not a URL."),
        ({"base_url": "https://api.paxos.com/v2?a=b"}, "it has no query and no fragment."),
        ({"base_url": "https://api.paxos.com/v2#a"}, "it has no query and no fragment."),
        ({"base_url": "https://api.paxos.com/ v2"}, "host holds blanks or control characters."),
        ({"base_url": "https://api.paxos.com/v2\n"}, "host holds blanks or control characters."),
        ({"base_url": "https://api.paxos.com\u3002evil.example/v2"}, "its host is not a plain host name."),
        ({"token_url": "https://evil.example\\.paxos.com/token"}, "its host is not a plain host name."),
        ({"token_url": "https://.paxos.com/token"}, "its host is not a plain host name."),
        (
            {"token_url": "https://evil.example/oauth2/token"},
            "token_url is on evil.example, but the API is on api.sandbox.paxos.com",
        ),
        (
            {"base_url": "https://bank.co.uk/v2", "token_url": "https://evil.co.uk/token"},
            "token_url is on evil.co.uk, but the API is on bank.co.uk",
        ),
        (
            {"base_url": "https://paxos.bank.example/v2", "token_url": "https://login.bank.example/token"},
            "token_url is on login.bank.example, but the API is on paxos.bank.example",
        ),
        (
            {"base_url": "https://bank.example/v2", "token_url": "https://login.bank.example/token"},
            "token_url is on login.bank.example",
        ),
        ({"base_url": "https://api.paxos.com/v2"}, "host is that of Paxos' production, but environment is empty"),
        ({"base_url": "https://API.Paxos.com", "environment": ""}, "host is that of Paxos' production"),
        (
            {"base_url": "https://api.paxos.com/v2", "environment": "sandbox"},
            "host is that of Paxos' production, but environment is sandbox; make environment production.",
        ),
        (
            {"base_url": "https://api.sandbox.paxos.com/v2", "environment": "production"},
            "host is that of Paxos' sandbox, but environment is production",
        ),
        ({"port": 8085}, "port is 8085, but host is empty; give the whole base URL as host."),
        ({"path": "v3"}, "schema is v3, but host is empty; give the whole base URL as host."),
        (
            {"base_url": "http://127.0.0.1:8086/v2", "port": 8085},
            "port is 8085, but host is http://127.0.0.1:8086/v2; give one of the two ports.",
        ),
        ({"base_url": "http://127.0.0.1/v2", "port": 65536}, "port is 65536; it is a number up to 65535."),
        ({"base_url": "http://127.0.0.1/v2", "port": -1}, "port is -1; "),
        (
            {"base_url": "http://127.0.0.1/v3", "path": "v2"},
            "schema is v2, but host is http://127.0.0.1/v3; give one of the paths.",
        ),
        ({"base_url": "https://api.sandbox.paxos.com", "path": "https"}, "the scheme of the URL belongs into host."),
        ({"base_url": "http://127.0.0.1", "path": "v2?a=b"}, "host with schema is http://127.0.0.1/v2?a=b; it has no"),
        ({"token_url": "https://paxos.com.evil.example/token"}, "token_url is on paxos.com.evil.example"),
        ({"token_url": "https://notpaxos.com/token"}, "token_url is on notpaxos.com"),
        ({"token_url": "https://10.0.0.7/token", "base_url": "https://11.0.0.7/v2"}, "token_url is on 10.0.0.7"),
        (
            {"token_url": "http://localhost:8085/oauth2/token"},
            "the API is on api.sandbox.paxos.com, but the token URL on localhost",
        ),
        (
            {"base_url": "http://localhost:8085/v2", "token_url": "https://oauth.paxos.com/oauth2/token"},
            "the API is on localhost, but the token URL on oauth.paxos.com",
        ),
        ({"timeout": 0}, "timeout is 0; it is a number of seconds up to 600."),
        ({"timeout": -1}, "timeout is -1"),
        ({"timeout": "601"}, "timeout is 601"),
        ({"timeout": "soon"}, "timeout is soon"),
        ({"timeout": float("nan")}, "timeout is nan"),
        ({"timeout": True}, "timeout is True"),
        (
            {"requests_per_second": 50.1},
            "requests_per_second is 50.1; it is a number above 0.01, and at most the 50 that Paxos allows",
        ),
        ({"requests_per_second": 0.01}, "requests_per_second is 0.01; it is a number above 0.01"),
        ({"requests_per_second": 0}, "requests_per_second is 0; "),
        ({"requests_per_second": "-1"}, "requests_per_second is -1; "),
        ({"requests_per_second": "many"}, "requests_per_second is many; "),
        ({"requests_per_second": "nan"}, "requests_per_second is nan; "),
        ({"requests_per_second": True}, "requests_per_second is True; "),
        ({"ref_id_namespace": "n" * 101}, "it is up to 100 printable characters, without blanks at its ends."),
        ({"ref_id_namespace": " eu"}, "ref_id_namespace is eu; it is up to 100 printable characters"),
        ({"ref_id_namespace": "eu "}, "ref_id_namespace is eu; "),
        ({"ref_id_namespace": " "}, "ref_id_namespace is ; "),
        ({"ref_id_namespace": "e\nu"}, "ref_id_namespace is e u; "),
        ({"ref_id_namespace": "e\u200bu"}, "ref_id_namespace is e u; "),
        ({"signing_key_id": "key-1"}, "signing needs both signing_key_id and signing_key."),
        ({"signing_key": KEY}, "signing needs both signing_key_id and signing_key."),
        ({"signing_key_id": "key-1", "signing_key": "s3cr3t"}, "signing_key is not an unencrypted PEM private key"),
    ],
)
def test_what_is_wrong_is_named_without_a_secret(given: dict[str, Any], expected: str) -> None:
    message = refusal_of(**given)

    assert expected in message
    assert "s3cr3t" not in message


def test_the_refusal_says_that_nothing_was_sent() -> None:
    assert "A retry fails the same way until the connection is corrected." in refusal_of(timeout=0)


@pytest.mark.parametrize(
    ("given", "scopes"),
    [(None, DEFAULT_SCOPES), ("", DEFAULT_SCOPES), ("  ", DEFAULT_SCOPES), ("a:b  c:d\n", ("a:b", "c:d"))],
)
def test_scopes_are_separated_by_blanks(given: str | None, scopes: tuple[str, ...]) -> None:
    assert made(scopes=given).credentials.scopes == scopes


@pytest.mark.parametrize(("given", "seconds"), [(None, 30.0), ("", 30.0), (5, 5.0), ("2.5", 2.5), (600, 600.0)])
def test_the_timeout_is_a_number_of_seconds(given: Any, seconds: float) -> None:
    assert made(timeout=given).timeout == seconds


@pytest.mark.parametrize(
    ("given", "rate"), [(None, 40.0), ("", 40.0), (50, 50.0), ("12.5", 12.5), (0.02, 0.02), ("1e1", 10.0)]
)
def test_by_default_a_process_takes_four_fifths_of_what_paxos_allows(given: Any, rate: float) -> None:
    assert made(requests_per_second=given).requests_per_second == rate


@pytest.mark.parametrize(
    ("given", "namespace"),
    [(None, None), ("", None), ("eu", "eu"), ("EU west 1", "EU west 1"), ("n" * 100, "n" * 100)],
)
def test_the_namespace_of_ref_ids_is_kept_as_it_is(given: str | None, namespace: str | None) -> None:
    assert made(ref_id_namespace=given).ref_id_namespace == namespace


def test_with_key_and_key_id_requests_are_signed() -> None:
    assert made(signing_key_id="key-1", signing_key=KEY).signer is not None


def test_without_key_and_key_id_requests_are_not_signed() -> None:
    assert made(signing_key_id="", signing_key=None).signer is None


def test_no_secret_shows_in_a_repr() -> None:
    shown = repr(made(signing_key_id="key-1", signing_key=KEY))

    assert "s3cr3t" not in shown
    assert "PRIVATE" not in shown
