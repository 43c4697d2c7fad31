"""Whom both drivers trust: by the same variables of the environment."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.api.errors import Acceptance, PaxosError
from airflow_provider_paxos.api.exchange import Patience
from airflow_provider_paxos.api.settings import checked_settings
from airflow_provider_paxos.api.trust import VARIABLES, authorities, tls_context
from tests.api.both_drivers import DRIVERS, Caller
from tests.api.certificates import certificate_of_localhost
from tests.api.odd_server import OddServer, answer
from tests.api.script import payment

CREATED = answer(b'{"id": "orch-1"}')

Connect = Callable[[str], Caller]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_of_localhost(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_of_localhost(tmp_path_factory.mktemp("other"))


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture(params=DRIVERS)
def connect(request: pytest.FixtureRequest) -> Connect:
    def connected(base_url: str) -> Caller:
        reached = checked_settings(client_id="client-1", client_secret="s3cr3t", base_url=base_url, timeout=5)
        return DRIVERS[request.param](reached, Patience(attempts=1), lambda _: None)

    return connected


def create(paxos: Caller) -> Any:
    return paxos.call("create", payment())


def error_of(paxos: Caller) -> PaxosError:
    with pytest.raises(PaxosError) as raised:
        create(paxos)
    return raised.value


class TestAuthorities:
    @pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
    def test_both_drivers_trust_those_of_any_variable(
        self, connect: Connect, tls: ssl.SSLContext, certificate: Path, monkeypatch: Any, variable: str
    ) -> None:
        monkeypatch.setenv(variable, str(certificate))
        with OddServer(CREATED, tls) as server:
            assert create(connect(server.base_url)).id == "orch-1"

    @pytest.mark.parametrize(("first", "second"), list(pairwise(VARIABLES)))
    def test_the_first_variable_counts(
        self, certificate: Path, monkeypatch: pytest.MonkeyPatch, first: str, second: str
    ) -> None:
        monkeypatch.setenv(first, str(certificate))
        monkeypatch.setenv(second, "/nowhere")

        assert authorities() == str(certificate)

    @pytest.mark.parametrize("trusted", [False, True])
    def test_nobody_else_is_trusted(
        self, connect: Connect, tls: ssl.SSLContext, other: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool
    ) -> None:
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(other))
        with OddServer(CREATED, tls) as server:
            error = error_of(connect(server.base_url))

        assert "the TLS certificate of localhost" in str(error)
        assert error.acceptance is Acceptance.NOT_SENT
        assert server.seen == []

    def test_a_certificate_of_another_host_is_refused(
        self, connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        elsewhere = certificate_of_localhost(tmp_path, "paxos.test")
        monkeypatch.setenv("SSL_CERT_FILE", str(elsewhere))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(elsewhere)
        with OddServer(CREATED, context) as server:
            assert "the TLS certificate of localhost" in str(error_of(connect(server.base_url)))

    def test_a_folder_will_do(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))

        assert authorities() == str(tmp_path)
        assert tls_context(str(tmp_path)).verify_mode is ssl.CERT_REQUIRED

    @pytest.mark.parametrize("variable", VARIABLES)
    def test_a_path_that_leads_nowhere_is_named(
        self, connect: Connect, variable: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(variable, "/nowhere.pem")
        error = error_of(connect("https://localhost:9/v2"))

        assert isinstance(error, errors.InvalidConnection)
        assert f"the environment's {variable} is /nowhere.pem, which holds no readable certificates." in str(error)

    def test_a_file_without_certificates_is_named(
        self, connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "empty.pem").write_text("nothing")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "empty.pem"))

        assert isinstance(error_of(connect("https://localhost:9/v2")), errors.InvalidConnection)

    def test_a_bundle_is_read_once_until_it_changes(self, certificate: Path) -> None:
        first = tls_context(str(certificate))
        again = tls_context(str(certificate))
        certificate.touch()

        assert first is again
        assert tls_context(str(certificate)) is not first
