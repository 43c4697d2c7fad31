"""An Airflow connection, read into the settings of a client."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import pytest
from airflow.api_fastapi.core_api.datamodels.connections import ConnectionBody
from airflow.models.connection import Connection as DatabaseConnection
from airflow.sdk import Connection

from airflow_provider_paxos.api.credentials import DEFAULT_SCOPES
from airflow_provider_paxos.api.errors import InvalidConnection
from airflow_provider_paxos.api.limits import LIMITS
from airflow_provider_paxos.api.settings import Settings
from airflow_provider_paxos.get_provider_info import get_provider_info
from airflow_provider_paxos.hooks.connection import (
    EXTRAS,
    forget_shared,
    limits_of,
    secrets_of,
    settings_of,
    shared_by,
)

SECRET = "the-client-secret"
PEM = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
"""


def connection(extra: object = None, **fields: Any) -> Connection:
    stated = {"conn_id": "paxos_eu", "conn_type": "paxos", "login": "the-client-id", "password": SECRET, **fields}
    return Connection(**stated, extra=extra if isinstance(extra, str | None) else json.dumps(extra))


def test_a_connection_that_says_nothing_is_to_the_sandbox() -> None:
    found = settings_of(connection())
    assert (found.environment, found.base_url) == ("sandbox", "https://api.sandbox.paxos.com/v2")


def test_login_and_password_are_client_id_and_secret() -> None:
    credentials = settings_of(connection()).credentials
    assert (credentials.client_id, credentials.client_secret.reveal()) == ("the-client-id", SECRET)


def read_environment(settings: Settings) -> object:
    return settings.environment, settings.base_url


def read_token_url(settings: Settings) -> object:
    return settings.credentials.token_url


def read_scopes(settings: Settings) -> object:
    return settings.credentials.scopes


def read_dashboard(settings: Settings) -> object:
    return settings.dashboard_url


def read_timeout(settings: Settings) -> object:
    return settings.timeout


def read_rate(settings: Settings) -> object:
    return settings.requests_per_second


@pytest.mark.parametrize(
    ("extra", "read", "expected"),
    [
        ({"environment": "production"}, read_environment, ("production", "https://api.paxos.com/v2")),
        ({"token_url": "https://login.paxos.com/token"}, read_token_url, "https://login.paxos.com/token"),
        ({"scopes": " orchestration:read_orchestration "}, read_scopes, ("orchestration:read_orchestration",)),
        ({"scopes": ""}, read_scopes, DEFAULT_SCOPES),
        ({"scopes": "a:b, c:d,e:f"}, read_scopes, ("a:b", "c:d", "e:f")),
        ({"dashboard_url": "https://paxos.com/{id}"}, read_dashboard, "https://paxos.com/{id}"),
        ({"dashboard_url": ""}, read_dashboard, None),
        ({"scopes": ","}, read_scopes, DEFAULT_SCOPES),
        ({"timeout": 5}, read_timeout, 5.0),
        ({"timeout": "2.5"}, read_timeout, 2.5),
        ({"timeout": None}, read_timeout, 30.0),
        ({"requests_per_second": 12.5}, read_rate, 12.5),
        ({"requests_per_second": "25"}, read_rate, 25.0),
        ({"requests_per_second": ""}, read_rate, 40.0),
        ({}, read_rate, 40.0),
        ("", read_timeout, 30.0),
    ],
)
def test_an_extra_is_read(extra: object, read: Any, expected: object) -> None:
    assert read(settings_of(connection(extra))) == expected


def test_a_host_overrides_the_environments_base_url() -> None:
    found = settings_of(connection(host="http://127.0.0.1:8085/v2/"))
    assert (found.base_url, found.credentials.token_url) == (
        "http://127.0.0.1:8085/v2",
        "http://127.0.0.1:8085/oauth2/token",
    )


def test_a_signing_key_signs() -> None:
    signer: Any = settings_of(connection({"signing_key_id": "key-1", "signing_key": PEM})).signer
    assert signer.key_id == "key-1"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"login": None}, "login"),
        ({"password": ""}, "password"),
        ({"password": f" {SECRET}"}, "password"),
        ({"host": "https://api.paxos.com/v2"}, "make environment production"),
        ({"host": "http://paxos.example"}, "host"),
        ({"extra": {"environment": "prod"}}, "environment"),
        ({"extra": {"token_url": "http://elsewhere.example/token"}}, "token_url"),
        ({"extra": {"token_url": 5}}, "token_url"),
        ({"extra": {"dashboard_url": "https://evil.example/{id}"}}, "dashboard_url"),
        ({"extra": {"timeout": "soon"}}, "timeout"),
        ({"extra": {"timeout": [5]}}, "timeout"),
        ({"extra": {"requests_per_second": 51}}, "requests_per_second"),
        ({"extra": {"requests_per_second": [40]}}, "requests_per_second"),
        ({"extra": {"scopes": ["a", "b"]}}, "scopes"),
        ({"extra": {"environment": ["production"]}}, "environment"),
        ({"extra": {"signing_key_id": "key-1"}}, "signing_key"),
        ({"extra": {"signing_key_id": "key-1", "signing_key": {"kty": "OKP"}}}, "signing_key"),
        ({"extra": {"signing_key_id": "key-1", "signing_key": "no key"}}, "signing_key"),
        ({"extra": "{not json"}, "extra"),
        ({"extra": "[1]"}, "extra"),
        ({"extra": '"text"'}, "extra"),
    ],
)
def test_what_is_wrong_is_named_with_connection_and_field(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidConnection, match=rf"Connection paxos_eu: .*{named}"):
        settings_of(connection(**fields))


UNKNOWN = {
    "maximum_source_amount": "max_source_amount",
    "max-source-amount": "max_source_amount",
    "Max_Source_Amount": "max_source_amount",
    "alowed_assets": "allowed_assets",
    "extra__paxos__allowed_assets": "allowed_assets",
    "extra__paxos__environment": "environment",
    "extra__paxos__scopes": "scopes",
    "enviroment": "environment",
    "signing_kye": "signing_key",
}


@pytest.mark.parametrize(("name", "nearest"), UNKNOWN.items())
@pytest.mark.parametrize("value", ["USD", "", None, 1])
def test_an_unknown_extra_is_refused_with_the_nearest_known_one(name: str, nearest: str, value: object) -> None:
    expected = f"Connection paxos_eu: {name} is no field of a Paxos connection; the nearest one is {nearest}\\."
    with pytest.raises(InvalidConnection, match=expected):
        settings_of(connection({"timeout": 5, name: value}))


def test_an_unknown_extra_that_is_near_to_none_is_refused_with_all_names() -> None:
    with pytest.raises(InvalidConnection) as refused:
        settings_of(connection({"region": "eu"}))
    assert all(name in str(refused.value) for name in ("region", *EXTRAS, *LIMITS))


@pytest.mark.parametrize(
    ("extra", "named"),
    [
        ('{"allowed_assets": "USD", "allowed_assets": "USDC"}', "allowed_assets"),
        ('{"environment": "sandbox", "environment": "sandbox"}', "environment"),
        ('{"max_source_amount": {"USD": "5", "USD": "5000"}}', "USD"),
    ],
)
@pytest.mark.parametrize("read", [settings_of, limits_of])
def test_a_name_that_comes_twice_is_refused(extra: str, named: str, read: Any) -> None:
    with pytest.raises(InvalidConnection, match=f"Connection paxos_eu: extra holds {named} more than once"):
        read(connection(extra))


def test_the_limits_of_a_connection_are_read() -> None:
    extra = {"environment": "sandbox", "allowed_sources": "profile-a", "max_source_amount": {"usd": "5"}}
    found = limits_of(connection(extra))
    assert (found.sources, found.max_source_amount) == ({"profile-a"}, {"USD": 5})


def test_port_and_schema_are_part_of_the_base_url() -> None:
    found = settings_of(connection(host="http://127.0.0.1", port=8085, schema="v2"))
    assert found.base_url == "http://127.0.0.1:8085/v2"


@pytest.mark.parametrize(
    ("fields", "named"),
    [({"port": 8085}, "port"), ({"schema": "https"}, "schema"), ({"host": "http://[::1]:1", "port": 2}, "port")],
)
def test_port_and_schema_that_belong_to_nothing_are_refused(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidConnection, match=f"Connection paxos_eu: {named} is "):
        settings_of(connection(**fields))


STATED = {
    "environment": "sandbox",
    "timeout": "5",
    "allowed_sources": "profile-a",
    "max_source_amount": "USD=5000.00 USDC=2500",
}


def by_sdk_uri(uri: str) -> Any:
    return Connection.from_uri(uri, conn_id="paxos_eu")


def by_database_uri(uri: str) -> Any:
    return DatabaseConnection(conn_id="paxos_eu", uri=uri)


class TestNotations:
    """Airflow has several ways to write a connection down, and puts nothing of its own into extra."""

    @pytest.mark.parametrize("read", [by_sdk_uri, by_database_uri])
    @pytest.mark.parametrize("query", [STATED, {"__extra__": json.dumps(STATED)}])
    @pytest.mark.parametrize(
        "host", ["http://{login}@127.0.0.1:8085/v2", "{login}@http%3A%2F%2F127.0.0.1%3A8085%2Fv2/"]
    )
    def test_a_uri(self, read: Any, query: dict[str, str], host: str) -> None:
        uri = f"paxos://{host.format(login=f'the-client-id:{SECRET}')}?{urlencode(query)}"
        self.require_read(read(uri))

    @pytest.mark.parametrize("extra", [STATED, json.dumps(STATED)])
    @pytest.mark.parametrize("kind", [Connection, DatabaseConnection])
    def test_json(self, kind: Any, extra: object) -> None:
        stated = {"conn_type": "paxos", "login": "the-client-id", "password": SECRET, "extra": extra}
        self.require_read(
            kind.from_json(json.dumps({**stated, "host": "http://127.0.0.1:8085/v2"}), conn_id="paxos_eu")
        )

    def test_a_uri_that_airflow_makes_itself(self) -> None:
        made = connection(STATED, host="http://127.0.0.1:8085/v2")
        self.require_read(by_sdk_uri(made.get_uri()))
        self.require_read(by_database_uri(made.get_uri()))

    def test_the_web_form(self) -> None:
        """It sends every field, null where nothing is entered, and the port 0 (Airflow 3.3.1 and 3.3.2)."""
        fields = get_provider_info()["connection-types"][0]["conn-fields"]
        body = ConnectionBody(
            connection_id="paxos_eu",
            conn_type="paxos",
            description="",
            login="the-client-id",
            password=SECRET,
            host="http://127.0.0.1:8085/v2",
            schema="",
            port=0,
            extra=json.dumps(dict.fromkeys(fields) | STATED),
        )
        self.require_read(DatabaseConnection(**body.model_dump(by_alias=True, exclude={"team_name"})))

    @staticmethod
    def require_read(made: Any) -> None:
        found, limits = settings_of(made), limits_of(made)
        assert (found.base_url, found.timeout) == ("http://127.0.0.1:8085/v2", 5.0)
        assert (found.credentials.client_id, found.credentials.client_secret.reveal()) == ("the-client-id", SECRET)
        assert limits.sources == {"profile-a"}
        assert limits.max_source_amount == {"USD": 5000, "USDC": 2500}


@pytest.mark.parametrize(
    "extra",
    [
        "{not json: " + SECRET,
        {SECRET + "?&@host": ""},
        {"signing_kye": SECRET},
        f'{{"signing_key": "{SECRET}", "signing_key": "{SECRET}"}}',
        {"signing_key_id": "key-1", "signing_key": SECRET},
        {"signing_key_id": "key-1", "signing_key": {"d": SECRET}},
        {"signing_key": SECRET},
    ],
)
def test_no_secret_is_in_an_error(extra: object) -> None:
    with pytest.raises(InvalidConnection) as refused:
        settings_of(connection(extra))
    assert SECRET not in f"{refused.value} {refused.value!r} {refused.value.__context__!r}"


def test_password_and_signing_key_are_secrets() -> None:
    assert list(secrets_of(connection({"signing_key": PEM, "environment": "sandbox"}))) == [SECRET, PEM]


def test_a_connection_without_secrets_has_none_to_mask() -> None:
    assert list(secrets_of(connection(password=None))) == []


def test_the_password_is_masked_even_if_the_extra_cannot_be_read() -> None:
    secrets = secrets_of(connection("{not json"))
    assert next(secrets) == SECRET
    with pytest.raises(InvalidConnection):
        next(secrets)


@pytest.mark.parametrize(
    ("other", "shares_token", "shares_rate_limiter"),
    [
        ({}, True, True),
        ({"conn_id": "by_another_name"}, True, True),
        ({"password": "rotated"}, False, True),
        ({"login": "another-client"}, False, True),
        ({"extra": {"scopes": "orchestration:read_orchestration"}}, False, True),
        ({"extra": {"requests_per_second": 10}}, True, True),
        ({"host": "https://API.sandbox.paxos.com:443/v2/"}, True, True),
        ({"extra": {"environment": "production"}}, False, False),
    ],
)
def test_what_connections_share(other: dict[str, Any], shares_token: bool, shares_rate_limiter: bool) -> None:
    one, two = shared_by(settings_of(connection())), shared_by(settings_of(connection(**other)))
    assert (one.tokens is two.tokens, one.rate_limiter is two.rate_limiter) == (shares_token, shares_rate_limiter)


def test_two_ports_of_a_host_are_two_hosts() -> None:
    one, two = (shared_by(settings_of(connection(host=f"http://localhost:{port}/v2"))) for port in (8085, 8086))
    assert one.rate_limiter is not two.rate_limiter


def test_what_is_shared_can_be_forgotten() -> None:
    before = shared_by(settings_of(connection()))
    forget_shared()
    after = shared_by(settings_of(connection()))
    assert before.rate_limiter is not after.rate_limiter
    assert before.tokens is not after.tokens


def test_threads_that_come_at_once_share_one_rate_limiter() -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: shared_by(settings_of(connection())).rate_limiter, range(64)))
    assert len({id(limiter) for limiter in found}) == 1
