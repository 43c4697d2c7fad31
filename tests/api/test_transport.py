"""Both drivers on a bad network: whatever happens, what is known of the money is said rightly."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt.api_jws import PyJWS

from airflow_provider_paxos import __version__
from airflow_provider_paxos.api import errors
from airflow_provider_paxos.api.errors import Acceptance, PaxosError
from airflow_provider_paxos.api.exchange import Patience
from airflow_provider_paxos.api.flow import Token
from airflow_provider_paxos.api.secrecy import Secret
from airflow_provider_paxos.api.settings import checked_settings
from airflow_provider_paxos.api.validation import checked_request
from tests.api.both_drivers import DRIVERS, Caller
from tests.api.certificates import certificate_of_localhost
from tests.api.odd_server import LOSSES, OddServer, answer
from tests.api.script import payment

ONCE = Patience(attempts=1)
CREATED = answer(b'{"id": "orch-1"}')

Connect = Callable[..., Caller]


@pytest.fixture(params=DRIVERS)
def connect(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Connect:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)

    def connected(base_url: str, *, token: str | None = None, timeout: float = 5, **given: str) -> Caller:
        reached = checked_settings(
            client_id="client-1", client_secret="s3cr3t", base_url=base_url, timeout=timeout, **given
        )
        caller = DRIVERS[request.param](reached, ONCE, lambda _: None)
        if token:
            caller.shared.tokens.keep(Token(Secret(token), inf))
        return caller

    return connected


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a PEM file with a certificate of localhost and its key."""
    return certificate_of_localhost(tmp_path_factory.mktemp("tls"))


def error_of(paxos: Caller) -> PaxosError:
    with pytest.raises(PaxosError) as raised:
        paxos.call("create", payment())
    assert "s3cr3t" not in str(raised.value)
    return raised.value


@pytest.mark.parametrize("loss", LOSSES)
def test_a_lost_answer_leaves_the_outcome_unknown(connect: Connect, loss: str) -> None:
    behave, expected = LOSSES[loss]
    with OddServer(behave) as server:
        error = error_of(connect(server.base_url, timeout=2 if loss in {"silent", "dripping"} else 5))

    assert isinstance(error, errors.Unreachable)
    assert error.acceptance is Acceptance.UNKNOWN
    assert expected in str(error)


def test_without_a_connection_nothing_was_sent(connect: Connect, closed_port: int) -> None:
    error = error_of(connect(f"http://127.0.0.1:{closed_port}/v2", token="tok-1"))

    assert isinstance(error, errors.Unreachable)
    assert error.acceptance is Acceptance.NOT_SENT
    assert f"no connection to 127.0.0.1:{closed_port} (Connect" in str(error)


def test_without_a_token_nothing_was_sent(connect: Connect, closed_port: int) -> None:
    error = error_of(connect(f"http://127.0.0.1:{closed_port}/v2"))

    assert error.acceptance is Acceptance.NOT_SENT
    assert str(error).startswith("Token request (client ID client-1")


def test_a_proxy_s_credentials_are_not_shown(
    connect: Connect, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    paxos = connect("https://paxos.test/v2", token="tok-1", token_url="https://paxos.test/oauth2/token")
    monkeypatch.setenv("https_proxy", f"http://user:s3cr3t@127.0.0.1:{closed_port}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)

    assert error_of(paxos).acceptance is Acceptance.NOT_SENT


def test_a_redirect_is_not_followed(connect: Connect) -> None:
    elsewhere = answer(b"", "302 Found", b"Location: /v2/elsewhere")
    with OddServer(elsewhere) as server:
        error = error_of(connect(server.base_url))

    assert "a redirect, which is never followed" in str(error)
    assert len(server.seen) == 1


@pytest.mark.parametrize("body", [b"<html>Please log in</html>", b"", b"\xff\xfe\x00", b"[" * 5000, b"1" * 5000])
def test_an_answer_that_is_none_leaves_the_outcome_unknown(connect: Connect, body: bytes) -> None:
    with OddServer(answer(body)) as server:
        error = error_of(connect(server.base_url))

    assert isinstance(error, errors.UnreadableAnswer)
    assert error.acceptance is Acceptance.UNKNOWN


def test_the_checked_bytes_are_what_is_sent(connect: Connect) -> None:
    with OddServer(CREATED) as server:
        connect(server.base_url).call("create", payment())
    ((method, path, _, body),) = server.seen

    assert (method, path) == ("POST", "/v2/orchestration/orchestrations")
    assert body == checked_request(payment()).body()


def test_a_path_and_its_query_are_sent_as_they_were_signed(connect: Connect) -> None:
    with OddServer(answer(b'{"items": []}')) as server:
        connect(server.base_url).call("find", "a b/ü+~%2F?&")

    assert server.seen[0][1] == "/v2/orchestration/orchestrations?ref_id=a+b%2F%C3%BC%2B~%252F%3F%26"


@pytest.mark.parametrize("kind", ["create", "find"])
def test_the_signature_is_of_the_path_and_the_bytes_that_arrive(connect: Connect, kind: str) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with OddServer(answer(b'{"id": "orch-1", "items": []}')) as server:
        paxos = connect(server.base_url, signing_key_id="key-1", signing_key=pem)
        paxos.call(kind, payment() if kind == "create" else "a b/ü+~%2F?&")
    ((method, path, headers, body),) = server.seen
    signed = PyJWS().decode_complete(headers["Paxos-Signature"], key.public_key(), algorithms=["EdDSA"])

    assert signed["payload"] == body
    assert signed["header"]["paxos.com/request-method"] == method
    assert signed["header"]["paxos.com/request-path"] == path


def test_the_token_is_sent_whatever_a_netrc_file_holds(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with OddServer(CREATED) as server:
        connect(server.base_url).call("create", payment())

    assert server.seen[0][2]["Authorization"] == "Bearer tok-1"


def test_requests_name_the_provider_and_its_version(connect: Connect) -> None:
    with OddServer(CREATED) as server:
        connect(server.base_url).call("create", payment())

    assert server.seen[0][2]["User-Agent"] == f"airflow-provider-paxos/{__version__}"


class TestTls:
    """Over TLS what was not sent and what may have been sent look much alike."""

    @pytest.fixture
    def context(self, certificate: Path) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        return context

    @pytest.fixture
    def trusted(self, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    @pytest.mark.usefixtures("trusted")
    def test_a_trusted_server_is_talked_to(self, connect: Connect, context: ssl.SSLContext) -> None:
        with OddServer(CREATED, context) as server:
            assert connect(server.base_url).call("create", payment()).id == "orch-1"

    def test_a_stranger_s_certificate_is_refused_before_anything_is_sent(
        self, connect: Connect, context: ssl.SSLContext
    ) -> None:
        with OddServer(CREATED, context) as server:
            error = error_of(connect(server.base_url, token="tok-1"))

        assert "the TLS certificate of localhost" in str(error)
        assert error.acceptance is Acceptance.NOT_SENT
        assert server.seen == []

    @pytest.mark.usefixtures("trusted")
    def test_tls_that_breaks_once_the_request_has_left_leaves_the_outcome_unknown(
        self, connect: Connect, context: ssl.SSLContext, certificate: Path
    ) -> None:
        # With TLS 1.3 the client learns only after its request that its own certificate was wanted.
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(certificate)
        with OddServer(CREATED, context) as server:
            error: Any = error_of(connect(server.base_url, token="tok-1"))

        assert isinstance(error, errors.Unreachable)
        assert error.acceptance is Acceptance.UNKNOWN
