"""Verify the ``Paxos-Signature`` of requests with public keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt.api_jws import PyJWS
from jwt.exceptions import PyJWTError

HEADER = "Paxos-Signature"
VALID_SECONDS = 1800
"""How long a signature is valid, according to Paxos' guide to request signing."""

_AHEAD_SECONDS = 300
"""How far a client's clock may be ahead; Paxos does not document its own tolerance."""


class SignatureRefused(Exception):
    """Reports that a request is not signed as it has to be."""


@dataclass(frozen=True)
class SignedContent:
    """Holds the parts of a request that its signature covers.

    :param target: path and query as they arrived, such as ``/v2/orchestration/orchestrations?ref_id=a%2Fb``.
    """

    method: str
    target: str
    body: bytes


def public_key(pem: str) -> Ed25519PublicKey | EllipticCurvePublicKey:
    """Return a public key.

    :raises ValueError: if it is not a PEM public key of a kind that signs requests.
    """
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if isinstance(key, Ed25519PublicKey) or (
        isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)
    ):
        return key
    raise ValueError("not a PEM public key of type ed25519 or EC P-256")


def verify(keys: Mapping[str, str], signatures: list[str], request: SignedContent, now: datetime) -> None:
    """Check that a request was signed with one of the keys, and recently.

    :param keys: public keys in PEM, by their id.
    :param signatures: every ``Paxos-Signature`` header.
    :raises SignatureRefused: with the reason.
    """
    if not signatures:
        raise SignatureRefused(f"the request is not signed: there is no {HEADER} header")
    if len(signatures) > 1:
        raise SignatureRefused(f"there is more than one {HEADER} header")
    jws = PyJWS()
    try:
        header = jws.get_unverified_header(signatures[0])
    except PyJWTError:
        raise SignatureRefused(f"the {HEADER} header is not a compact JWS") from None
    key_id = header.get("kid")
    if not isinstance(key_id, str) or key_id not in keys:
        raise SignatureRefused(f"there is no key with the id '{key_id}'")
    key = public_key(keys[key_id])
    # The key decides on the algorithm, never the header: else a public key, used as a shared secret, would verify.
    algorithm = "EdDSA" if isinstance(key, Ed25519PublicKey) else "ES256"
    if header.get("alg") != algorithm:
        raise SignatureRefused(f"the key '{key_id}' signs with {algorithm}, not with {header.get('alg')}")
    try:
        payload = jws.decode_complete(signatures[0], key, algorithms=[algorithm])["payload"]
    except PyJWTError:
        raise SignatureRefused(f"the signature is not one by the key '{key_id}'") from None
    _check_claims(header, payload, request)
    _check_age(header.get("paxos.com/timestamp"), now)


def _check_claims(header: Mapping[str, object], payload: bytes, request: SignedContent) -> None:
    method, target = header.get("paxos.com/request-method"), header.get("paxos.com/request-path")
    if method != request.method:
        raise SignatureRefused(f"the signature is for the method {method}, not for {request.method}")
    if target != request.target:
        raise SignatureRefused(f"the signature is for the path {target}, not for {request.target}")
    if payload != request.body:
        raise SignatureRefused("the signature is for another body")


def _check_age(timestamp: object, now: datetime) -> None:
    if not isinstance(timestamp, str) or not timestamp.isascii() or not timestamp.isdecimal() or len(timestamp) > 15:
        raise SignatureRefused("paxos.com/timestamp is not unix seconds in a string")
    age = now.timestamp() - int(timestamp)
    if age > VALID_SECONDS:
        raise SignatureRefused(f"the signature is {age:.0f} s old: it was valid for {VALID_SECONDS} s")
    if age < -_AHEAD_SECONDS:
        raise SignatureRefused(f"the signature is from {-age:.0f} s ahead")
