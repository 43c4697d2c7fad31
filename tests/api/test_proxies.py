"""Which way both drivers take to Paxos: by the same variables of the environment, and never past the loopback host."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_paxos.api import errors, proxies
from airflow_provider_paxos.api.async_client import AsyncPaxosClient
from airflow_provider_paxos.api.client import PaxosClient
from airflow_provider_paxos.api.errors import Acceptance, PaxosError
from airflow_provider_paxos.api.exchange import Patience
from airflow_provider_paxos.api.proxies import proxies_for, proxy_for
from airflow_provider_paxos.api.settings import checked_settings
from airflow_provider_paxos.api.trust import VARIABLES
from tests.api.both_drivers import DRIVERS, Caller
from tests.api.certificates import certificate_of_localhost
from tests.api.odd_server import OddServer, answer
from tests.api.script import payment
from tests.api.tunnel import Tunnel

CREATED = answer(b'{"id": "orch-1"}')
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
API = "https://api.paxos.test/v2"
TOKEN_URL = "https://api.paxos.test/oauth2/token"

Connect = Callable[..., Caller]
SetEnv = Callable[[str, str], None]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, *PROXIES, *map(str.upper, PROXIES), "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def setenv(monkeypatch: pytest.MonkeyPatch) -> SetEnv:
    return monkeypatch.setenv


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_of_localhost(tmp_path_factory.mktemp("tls"), "api.paxos.test")


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusted(certificate: Path, setenv: SetEnv) -> None:
    setenv("REQUESTS_CA_BUNDLE", str(certificate))


@pytest.fixture(params=DRIVERS)
def connect(request: pytest.FixtureRequest) -> Connect:
    def connected(base_url: str = API, token_url: str | None = TOKEN_URL) -> Caller:
        reached = checked_settings(
            client_id="client-1", client_secret="s3cr3t", base_url=base_url, token_url=token_url, timeout=5
        )
        return DRIVERS[request.param](reached, Patience(attempts=1), lambda _: None)

    return connected


def port_of(server: OddServer) -> int:
    return int(server.base_url.removesuffix("/v2").rpartition(":")[2])


def create(paxos: Caller) -> Any:
    return paxos.call("create", payment())


def error_of(paxos: Caller) -> PaxosError:
    with pytest.raises(PaxosError) as raised:
        create(paxos)
    return raised.value


class TestLoopback:
    @pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
    def test_a_loopback_host_never_sees_a_proxy(self, connect: Connect, setenv: SetEnv, variable: str) -> None:
        with OddServer(CREATED) as server, OddServer(CREATED) as proxy:
            setenv(variable, proxy.base_url.removesuffix("/v2"))
            assert create(connect(server.base_url, None)).id == "orch-1"

        assert proxy.requests == 0
        assert len(server.seen) == 1

    @pytest.mark.parametrize("variable", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"])
    @pytest.mark.parametrize("value", ["socks4://h:1", "http://[broken", "http://h:99999"])
    def test_not_even_a_broken_one(self, connect: Connect, setenv: SetEnv, variable: str, value: str) -> None:
        setenv(variable, value)
        with OddServer(CREATED) as server:
            assert create(connect(server.base_url, None)).id == "orch-1"

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "[::1]"])
    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_loopback_hosts(self, setenv: SetEnv, scheme: str, host: str) -> None:
        setenv("HTTP_PROXY", "http://proxy.test:3128")
        setenv("ALL_PROXY", "http://proxy.test:3128")

        assert proxy_for(f"{scheme}://{host}:8085/v2") is None


@pytest.mark.usefixtures("trusted")
class TestTunnel:
    @pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
    def test_https_goes_through_a_tunnel_in_which_the_proxy_sees_no_token(
        self, connect: Connect, tls: ssl.SSLContext, setenv: SetEnv, variable: str
    ) -> None:
        with OddServer(CREATED, tls) as server, Tunnel(port_of(server)) as proxy:
            setenv(variable, f"http://user:p%40ss@{proxy.address}")
            assert create(connect()).id == "orch-1"

        assert all(asked.startswith("CONNECT api.paxos.test:443 ") for asked in proxy.asked)
        assert "Proxy-Authorization: Basic dXNlcjpwQHNz" in proxy.asked[0], "user:p@ss"
        assert "Bearer" not in "".join(proxy.asked)

    def test_a_proxy_without_a_scheme_is_one_of_http(
        self, connect: Connect, tls: ssl.SSLContext, setenv: SetEnv
    ) -> None:
        with OddServer(CREATED, tls) as server, Tunnel(port_of(server)) as proxy:
            setenv("HTTPS_PROXY", proxy.address)
            assert create(connect()).id == "orch-1"

        assert proxy.asked

    def test_the_token_endpoint_may_be_reached_by_another_way_than_the_api(
        self, connect: Connect, tls: ssl.SSLContext, setenv: SetEnv
    ) -> None:
        with OddServer(CREATED, tls) as server, Tunnel(port_of(server)) as proxy:
            setenv("HTTPS_PROXY", proxy.address)
            setenv("NO_PROXY", "oauth.sandbox.paxos.com")
            ways = proxies_for([API, "https://oauth.sandbox.paxos.com/oauth2/token"])
            assert create(connect()).id == "orch-1"

        assert list(ways) == ["https://api.paxos.test"]

    def test_an_interim_answer_is_passed_over_here_too(
        self, connect: Connect, tls: ssl.SSLContext, setenv: SetEnv
    ) -> None:
        def behave(handler: Any) -> None:
            handler.wfile.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
            CREATED(handler)

        with OddServer(behave, tls) as server, Tunnel(port_of(server)) as proxy:
            setenv("HTTPS_PROXY", proxy.address)
            assert create(connect()).id == "orch-1"


def test_behind_a_proxy_a_stranger_s_certificate_is_refused_as_well(
    connect: Connect, tls: ssl.SSLContext, setenv: SetEnv
) -> None:
    with OddServer(CREATED, tls) as server, Tunnel(port_of(server)) as proxy:
        setenv("HTTPS_PROXY", f"http://{proxy.address}")
        error = error_of(connect())

    assert proxy.asked
    assert "the TLS certificate of api.paxos.test" in str(error)
    assert server.seen == []


UNUSABLE = {
    "socks4": ("socks4://127.0.0.1:9", "states a proxy of the scheme socks4"),
    "socks5 without its extra": ("socks5://127.0.0.1:9", "states a SOCKS proxy; install the extras"),
    "ftp": ("ftp://127.0.0.1:9", "states a proxy of the scheme ftp"),
    "port": ("http://127.0.0.1:99999", "is not the URL of a proxy"),
    "port 0": ("http://127.0.0.1:0", "is not the URL of a proxy"),
    "no port": ("http://127.0.0.1:http", "is not the URL of a proxy"),
    "no host": ("http://:3128", "is not the URL of a proxy"),
    "bracket": ("http://[::1", "is not the URL of a proxy"),
    "no address": ("http://[nowhere]:80", "is not the URL of a proxy"),
    "blank": ("http://pro xy:3128", "is not the URL of a proxy"),
    "sign": ("http://pro%xy:3128", "is not the URL of a proxy"),
    "slash in the password": ("http://user:s3cr3t/word@127.0.0.1:9", "is not the URL of a proxy"),
    "path": ("http://proxy.test:9/proxy.pac", "is not the URL of a proxy"),
}


class TestUnusable:
    @pytest.fixture(autouse=True)
    def no_extras(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(proxies, "find_spec", lambda _: None)

    @pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
    @pytest.mark.parametrize("value", UNUSABLE)
    def test_it_is_an_error_that_names_the_variable(
        self, connect: Connect, setenv: SetEnv, variable: str, value: str
    ) -> None:
        stated, why = UNUSABLE[value]
        setenv(variable, stated)
        error = error_of(connect())

        assert type(error) is errors.InvalidConnection
        assert f"the environment's {variable} {why}" in str(error)
        assert "s3cr3t" not in str(error)

    @pytest.mark.parametrize("spared", ["api.paxos.test", ".paxos.test", "*", "10.0.0.0/8, paxos.test"])
    @pytest.mark.parametrize("no_proxy", ["NO_PROXY", "no_proxy"])
    @pytest.mark.parametrize("value", UNUSABLE)
    def test_it_does_not_matter_where_no_proxy_is_to_be_used(
        self, setenv: SetEnv, no_proxy: str, spared: str, value: str
    ) -> None:
        setenv("HTTPS_PROXY", UNUSABLE[value][0])
        setenv(no_proxy, spared)

        assert proxy_for(API) is None

    def test_it_does_not_matter_beside_one_that_counts_first(self, setenv: SetEnv) -> None:
        setenv("HTTPS_PROXY", "http://proxy.test:3128")
        setenv("ALL_PROXY", "socks4://proxy.test")
        setenv("HTTP_PROXY", "ftp://proxy.test")

        assert proxy_for(API) == "http://proxy.test:3128"

    def test_its_password_is_in_no_frame(self, setenv: SetEnv) -> None:
        setenv("HTTPS_PROXY", "http://user:s3cr3t@127.0.0.1:99999")
        with pytest.raises(errors.InvalidConnection) as raised:
            proxies_for([API])

        trace = raised.value.__traceback__
        while trace:
            assert "s3cr3t" not in repr(trace.tb_frame.f_locals.get("value"))
            trace = trace.tb_next


@pytest.mark.parametrize("client", [PaxosClient, AsyncPaxosClient])
def test_a_broken_variable_leaves_the_client_of_a_covered_host_as_it_is(setenv: SetEnv, client: Any) -> None:
    setenv("HTTPS_PROXY", "socks4://127.0.0.1:9")
    setenv("NO_PROXY", "api.paxos.test")

    assert client(checked_settings(client_id="me", client_secret="s3cr3t", base_url=API, token_url=TOKEN_URL)).settings


def test_a_proxy_of_https_is_verified_by_the_same_authorities(
    connect: Connect, tls: ssl.SSLContext, setenv: SetEnv
) -> None:
    with OddServer(CREATED, tls) as proxy:
        setenv("HTTPS_PROXY", f"https://127.0.0.1:{port_of(proxy)}")
        error = error_of(connect())

    assert error.acceptance is Acceptance.NOT_SENT
    assert proxy.requests == 0


@pytest.mark.parametrize(
    ("value", "proxy"),
    [
        ("proxy.test:3128", "http://proxy.test:3128"),
        (" http://proxy.test:3128/ ", "http://proxy.test:3128"),
        ("HTTPS://Proxy.test", "https://proxy.test"),
        ("http://squid_proxy:3128", "http://squid_proxy:3128"),
        ("http://[::1]:3128", "http://[::1]:3128"),
        ("http://user@proxy.test", "http://user:@proxy.test"),
        ("http://us er:p@ss:word@proxy.test:1", "http://us%20er:p%40ss%3Aword@proxy.test:1"),
        ("http://user:p%40ss@proxy.test", "http://user:p%40ss@proxy.test"),
        ("socks5://proxy.test", "socks5h://proxy.test"),
        ("", None),
    ],
)
def test_a_proxy_in_the_form_that_both_libraries_read(
    setenv: SetEnv, monkeypatch: pytest.MonkeyPatch, value: str, proxy: str | None
) -> None:
    monkeypatch.setattr(proxies, "find_spec", lambda _: True)
    setenv("HTTPS_PROXY", value)

    assert proxy_for(API) == proxy


def test_an_empty_variable_in_lower_case_hides_the_one_in_upper_case(setenv: SetEnv) -> None:
    setenv("https_proxy", "")
    setenv("HTTPS_PROXY", "http://proxy.test:3128")

    assert proxy_for(API) is None


@pytest.mark.parametrize("other", ["paxos.testing", "notpaxos.test.example", "10.0.0.0/8", "api.paxos.test:8443"])
def test_no_proxy_covers_no_other_host(setenv: SetEnv, other: str) -> None:
    setenv("HTTPS_PROXY", "http://proxy.test:3128")
    setenv("NO_PROXY", other)

    assert proxy_for(API) == "http://proxy.test:3128"
