"""Signed requests: what passes, and what is refused and why."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from jwt.api_jws import PyJWS
from pydantic import ValidationError

from airflow_provider_paxos.emulator import __main__ as command
from airflow_provider_paxos.emulator.server import RunningEmulator
from airflow_provider_paxos.emulator.settings import EmulatorSettings
from airflow_provider_paxos.emulator.signatures import HEADER
from tests.emulator.conftest import ORCHESTRATIONS, Api, fresh_api, payment

KEYS: dict[str, Any] = {
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
}
STRANGER: dict[str, Any] = {
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
}
BODY = json.dumps(payment()).encode()
METHOD, PATH, TIME = "paxos.com/request-method", "paxos.com/request-path", "paxos.com/timestamp"


def public_pem(key: Any) -> str:
    text: str = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return text


def private_pem(key: Any) -> str:
    text: str = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return text


PUBLIC = {f"key-{algorithm}": public_pem(key) for algorithm, key in KEYS.items()}


@pytest.fixture
def api() -> Iterator[Api]:
    """A client of an emulator that demands signatures; none is added by itself."""
    fresh = fresh_api()
    fresh.configure(require_signatures=True, signing_keys=PUBLIC)
    yield fresh
    fresh.configure(require_signatures=False)


@pytest.fixture(params=KEYS)
def algorithm(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def signature(api: Api, algorithm: str, payload: bytes = BODY, key: Any = None, **changed: Any) -> str:
    claims = {
        "kid": f"key-{algorithm}",
        TIME: str(int(api.backend.clock.now().timestamp())),
        METHOD: "POST",
        PATH: ORCHESTRATIONS,
        **changed,
    }
    return PyJWS().encode(payload, key or KEYS[algorithm], algorithm=algorithm, headers=claims)


def create(api: Api, *signatures: str, body: bytes = BODY) -> httpx.Response:
    return api.http.post(ORCHESTRATIONS, content=body, headers=[(HEADER, each) for each in signatures])


def detail(answer: httpx.Response) -> str:
    document = answer.json()
    assert (answer.status_code, document["status"], document["type"]) == (403, 403, "about:blank")
    return str(document["detail"])


def test_a_signed_create_is_accepted(api: Api, algorithm: str) -> None:
    assert create(api, signature(api, algorithm)).status_code == 200


def test_a_signed_query_is_accepted_as_it_was_written(api: Api, algorithm: str) -> None:
    target = f"{ORCHESTRATIONS}?ref_id=a%2Fb+c&limit=1"
    signed = signature(api, algorithm, b"", **{METHOD: "GET", PATH: target})

    assert api.http.get(target, headers={HEADER: signed}).status_code == 200


def test_tokens_are_granted_and_controls_obeyed_without_a_signature(api: Api) -> None:
    assert api.token().status_code == 200
    assert api.control("clock", method="GET").status_code == 200


def test_signatures_are_ignored_unless_required() -> None:
    assert create(fresh_api(), "rubbish").status_code == 200


def test_an_unsigned_request_is_refused_and_does_nothing(api: Api) -> None:
    assert detail(create(api)) == "the request is not signed: there is no Paxos-Signature header"
    assert api.backend.store.orchestrations == []
    assert api.backend.journal.entries[-1].status == 403


def test_two_signatures_are_refused(api: Api, algorithm: str) -> None:
    assert "more than one" in detail(create(api, signature(api, algorithm), signature(api, algorithm)))


@pytest.mark.parametrize("rubbish", ["", "rubbish", "a.b.c", "e30.e30.e30", "W10.e30.e30", "e30..", "null"])
def test_what_is_no_signature_is_refused(api: Api, rubbish: str) -> None:
    detail(create(api, rubbish))


Tampered = Callable[[Api, str], httpx.Response]
TAMPERED: dict[str, tuple[Tampered, str]] = {
    "body": (lambda api, of: create(api, signature(api, of), body=BODY.replace(b"250.00", b"999.00")), "another body"),
    "one blank more": (lambda api, of: create(api, signature(api, of), body=BODY + b" "), "another body"),
    "path": (
        lambda api, of: create(api, signature(api, of, **{PATH: "/v2/profiles"})),
        "for the path /v2/profiles, not for /v2/orchestration/orchestrations",
    ),
    "path without /v2": (
        lambda api, of: create(api, signature(api, of, **{PATH: ORCHESTRATIONS.removeprefix("/v2")})),
        "for the path",
    ),
    "query": (
        lambda api, of: api.http.get(
            f"{ORCHESTRATIONS}?limit=2",
            headers={HEADER: signature(api, of, b"", **{METHOD: "GET", PATH: f"{ORCHESTRATIONS}?limit=1"})},
        ),
        "limit=1, not for /v2/orchestration/orchestrations?limit=2",
    ),
    "query left out": (
        lambda api, of: api.http.get(
            f"{ORCHESTRATIONS}?limit=2",
            headers={HEADER: signature(api, of, b"", **{METHOD: "GET", PATH: ORCHESTRATIONS})},
        ),
        "for the path",
    ),
    "decoded query": (
        lambda api, of: api.http.get(
            f"{ORCHESTRATIONS}?ref_id=a%2Fb",
            headers={HEADER: signature(api, of, b"", **{METHOD: "GET", PATH: f"{ORCHESTRATIONS}?ref_id=a/b"})},
        ),
        "for the path",
    ),
    "method": (
        lambda api, of: create(api, signature(api, of, **{METHOD: "GET"})),
        "for the method GET, not for POST",
    ),
    "no method": (lambda api, of: create(api, signature(api, of, **{METHOD: None})), "for the method None"),
    "another key": (lambda api, of: create(api, signature(api, of, key=STRANGER[of])), "not one by the key 'key-"),
    "unknown key": (lambda api, of: create(api, signature(api, of, kid="key-9")), "no key with the id 'key-9'"),
}


@pytest.mark.parametrize("tampered", TAMPERED)
def test_what_was_tampered_with_is_refused(api: Api, algorithm: str, tampered: str) -> None:
    tamper, expected = TAMPERED[tampered]

    assert expected in detail(tamper(api, algorithm))


def test_a_signature_without_a_key_id_is_refused(api: Api) -> None:
    bare = PyJWS().encode(BODY, KEYS["ES256"], algorithm="ES256")

    assert "no key with the id 'None'" in detail(create(api, bare))


def test_an_exchanged_payload_is_refused(api: Api, algorithm: str) -> None:
    body = BODY.replace(b"250.00", b"999.00")
    head, _, tail = signature(api, algorithm).split(".")
    forged = f"{head}.{base64.urlsafe_b64encode(body).decode().rstrip('=')}.{tail}"

    assert "not one by the key" in detail(create(api, forged, body=body))


class TestAge:
    def test_a_signature_is_good_for_thirty_minutes(self, api: Api, algorithm: str) -> None:
        signed = signature(api, algorithm)
        api.advance(1799)

        assert create(api, signed).status_code == 200

    def test_after_thirty_minutes_it_is_stale(self, api: Api, algorithm: str) -> None:
        signed = signature(api, algorithm)
        api.advance(1802)

        assert "it was valid for 1800 s" in detail(create(api, signed))

    def test_a_signature_from_the_future_is_refused(self, api: Api, algorithm: str) -> None:
        ahead = str(int(api.backend.clock.now().timestamp()) + 600)

        assert "ahead" in detail(create(api, signature(api, algorithm, **{TIME: ahead})))

    @pytest.mark.parametrize("time", [None, 1_800_000_000, "", "soon", "-1", "1e9", "٣", "9" * 400, [], True])
    def test_a_time_that_is_none_is_refused(self, api: Api, time: object) -> None:
        assert "not unix seconds" in detail(create(api, signature(api, "ES256", **{TIME: time})))


class TestConfusedAlgorithms:
    """The header must not choose how it is verified."""

    def forged(self, api: Api, alg: str, kid: str, secret: bytes) -> str:
        head = {"alg": alg, "kid": kid, TIME: str(int(api.backend.clock.now().timestamp()))}
        claims = json.dumps({**head, METHOD: "POST", PATH: ORCHESTRATIONS}).encode()
        signed = b".".join(base64.urlsafe_b64encode(each).rstrip(b"=") for each in (claims, BODY))
        mac = hmac.new(secret, signed, hashlib.sha256).digest() if secret else b""
        return (signed + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()

    @pytest.mark.parametrize("alg", ["none", "None", "HS256", "ES384", "RS256", "EdDSA", ""])
    def test_an_algorithm_that_is_not_the_key_s_is_refused(self, api: Api, alg: str) -> None:
        assert "signs with ES256, not with" in detail(create(api, self.forged(api, alg, "key-ES256", b"x")))

    def test_without_an_algorithm_nothing_is_signed(self, api: Api) -> None:
        assert "signs with EdDSA, not with none" in detail(create(api, self.forged(api, "none", "key-EdDSA", b"")))

    def test_a_public_key_is_no_shared_secret(self, api: Api, algorithm: str) -> None:
        kid = f"key-{algorithm}"

        detail(create(api, self.forged(api, "HS256", kid, PUBLIC[kid].encode())))

    def test_one_key_s_id_on_another_key_s_signature_is_refused(self, api: Api) -> None:
        detail(create(api, signature(api, "EdDSA", kid="key-ES256")))


class TestSettings:
    @pytest.mark.parametrize(
        "pem",
        [
            "",
            "text",
            private_pem(KEYS["ES256"]),
            public_pem(ec.generate_private_key(ec.SECP384R1())),
            public_pem(rsa.generate_private_key(65537, 2048)),
        ],
        ids=["nothing", "text", "private", "P-384", "RSA"],
    )
    def test_a_key_that_cannot_verify_is_refused(self, pem: str) -> None:
        with pytest.raises(ValidationError, match="not a PEM public key of type ed25519 or EC P-256"):
            EmulatorSettings(signing_keys={"key-1": pem})

    def test_a_running_emulator_is_set_so_at_its_start_or_later(self) -> None:
        with RunningEmulator(require_signatures=True, signing_keys=PUBLIC) as emulator:
            assert emulator.settings()["require_signatures"] is True
            assert emulator.configure(require_signatures=False)["signing_keys"] == PUBLIC

    def test_the_command_reads_keys_from_files(self, tmp_path: Path, mocker: Any) -> None:
        serve = mocker.patch.object(command, "_serve", return_value=0)
        named = []
        for key_id, pem in PUBLIC.items():
            (tmp_path / key_id).write_text(pem)
            named += ["--signing-key", f"{key_id}={tmp_path / key_id}"]

        assert command.main(["--require-signatures", *named]) == 0
        settings = serve.call_args.args[1]
        assert (settings.require_signatures, settings.signing_keys) == (True, PUBLIC)

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ("key-1", "key-1 is not KEY_ID=FILE.pem"),
            ("=x", "=x is not KEY_ID=FILE.pem"),
            ("key-1=absent.pem", "cannot read absent.pem: No such file or directory"),
            ("key-1=private.pem", "private.pem holds no PEM public key of type ed25519 or EC P-256"),
        ],
    )
    def test_a_file_that_is_no_key_is_named(
        self,
        given: str,
        expected: str,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.chdir(tmp_path)
        Path("private.pem").write_text(private_pem(KEYS["EdDSA"]))

        with pytest.raises(SystemExit):
            command.main(["--signing-key", given])
        assert expected in capsys.readouterr().err
