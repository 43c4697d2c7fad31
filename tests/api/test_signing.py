"""The Paxos-Signature header, checked with the public key."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64decode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from jwt.api_jws import PyJWS
from jwt.exceptions import InvalidSignatureError

from airflow_provider_paxos.api.errors import InvalidConnection
from airflow_provider_paxos.api.flow import Request
from airflow_provider_paxos.api.signing import HEADER, PemSigner

KEYS: dict[str, Any] = {
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
}
NOW = 1_800_000_000.9
POST = Request("POST", "https://paxos.test/v2/orchestration/orchestrations", {"Accept": "x"}, b'{"amount": "1.00"}')


def pem(
    key: Any, form: PrivateFormat = PrivateFormat.PKCS8, encryption: KeySerializationEncryption | None = None
) -> str:
    text: str = key.private_bytes(Encoding.PEM, form, encryption or NoEncryption()).decode()
    return text


@pytest.fixture(params=KEYS)
def algorithm(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def signer(algorithm: str) -> PemSigner:
    return PemSigner.from_pem("key-1", pem(KEYS[algorithm]))


def verified(signed: Request, algorithm: str) -> dict[str, Any]:
    return PyJWS().decode_complete(signed.headers[HEADER], KEYS[algorithm].public_key(), algorithms=[algorithm])


def test_the_signature_covers_the_exact_bytes_of_the_body(signer: PemSigner, algorithm: str) -> None:
    assert verified(signer.sign(POST, NOW), algorithm)["payload"] == POST.body


def test_the_protected_header_is_the_published_one(signer: PemSigner, algorithm: str) -> None:
    assert verified(signer.sign(POST, NOW), algorithm)["header"] == {
        "alg": algorithm,
        "kid": "key-1",
        "paxos.com/timestamp": "1800000000",
        "paxos.com/request-method": "POST",
        "paxos.com/request-path": "/v2/orchestration/orchestrations",
    }


@pytest.mark.parametrize("path", ["/v2/orchestrations?ref_id=a%2Fb+c&limit=1", "/v2/orchestrations/a%20b"])
def test_the_signed_path_is_the_one_that_is_sent_with_its_query(signer: PemSigner, algorithm: str, path: str) -> None:
    signed = signer.sign(Request("GET", f"https://paxos.test{path}"), NOW)

    assert verified(signed, algorithm)["header"]["paxos.com/request-path"] == path


def test_without_a_body_nothing_is_the_payload(signer: PemSigner, algorithm: str) -> None:
    assert verified(signer.sign(Request("GET", POST.url), NOW), algorithm)["payload"] == b""


def test_the_request_is_otherwise_unchanged(signer: PemSigner) -> None:
    signed = signer.sign(POST, NOW)

    assert {**signed.headers, HEADER: ""} == {"Accept": "x", HEADER: ""}
    assert (signed.method, signed.url, signed.body) == (POST.method, POST.url, POST.body)


def test_another_body_does_not_match_the_signature(signer: PemSigner, algorithm: str) -> None:
    head, _, tail = signer.sign(POST, NOW).headers[HEADER].split(".")
    forged = Request("POST", POST.url, {HEADER: f"{head}.eyJhIjoiOSJ9.{tail}"})

    with pytest.raises(InvalidSignatureError):
        verified(forged, algorithm)


def test_the_jws_is_compact(signer: PemSigner, algorithm: str) -> None:
    head = signer.sign(POST, NOW).headers[HEADER].split(".")[0]

    assert json.loads(urlsafe_b64decode(head + "=="))["alg"] == algorithm


@pytest.mark.parametrize(
    "written",
    [
        pem(KEYS["ES256"]).replace("\n", "\\n"),
        f"\n  {pem(KEYS['ES256'])}  \n",
        pem(KEYS["ES256"]).replace("\n", "\r\n"),
        pem(KEYS["ES256"], PrivateFormat.TraditionalOpenSSL),
    ],
    ids=["escaped line ends", "blanks around", "windows line ends", "SEC 1"],
)
def test_a_key_is_read_as_connections_hold_it(written: str) -> None:
    assert verified(PemSigner.from_pem("key-1", written).sign(POST, NOW), "ES256")["payload"] == POST.body


def _of_unknown_kind() -> str:
    der = KEYS["ES256"].private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    elliptic, unknown = bytes.fromhex("06072a8648ce3d0201"), bytes.fromhex("06072a8648ce3d027f")
    text = b64encode(der.replace(elliptic, unknown)).decode()
    return f"-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n"


BAD_KEYS = {
    "empty": "",
    "text": "s3cr3t",
    "cut off": pem(KEYS["ES256"])[:80],
    "lone surrogate": "\ud800",
    "encrypted": pem(KEYS["ES256"], encryption=BestAvailableEncryption(b"pass")),
    "P-384": pem(ec.generate_private_key(ec.SECP384R1())),
    "RSA": pem(rsa.generate_private_key(65537, 2048)),
    "Ed448": pem(ed448.Ed448PrivateKey.generate()),
    "X25519": pem(x25519.X25519PrivateKey.generate()),
    "unknown kind": _of_unknown_kind(),
}


@pytest.mark.parametrize("bad", BAD_KEYS.values(), ids=list(BAD_KEYS))
def test_a_key_that_cannot_sign_is_refused_without_being_shown(bad: str) -> None:
    with pytest.raises(InvalidConnection, match="signing_key is not an unencrypted PEM private key") as refused:
        PemSigner.from_pem("key-1", bad)

    assert "s3cr3t" not in str(refused.value)


def test_the_key_does_not_show_in_a_repr(signer: PemSigner) -> None:
    assert repr(signer) == "PemSigner(key_id='key-1')"


@pytest.mark.parametrize("line_end", ["", " ", "\\n", "\r\n"])
def test_a_key_that_lost_its_line_ends_in_a_form_or_a_variable_still_signs(line_end: str) -> None:
    assert PemSigner.from_pem("key-1", pem(KEYS["ES256"]).replace("\n", line_end))
