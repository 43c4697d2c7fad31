"""Request signing: the ``Paxos-Signature`` header, a compact JWS over method, path and the exact body.

Optional at Paxos, and activated per account; from then on unsigned requests are refused. A signature is valid for
30 minutes, so each attempt is signed anew.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field, replace
from typing import Self
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.api_jws import PyJWS

from airflow_provider_paxos.api.errors import InvalidConnection
from airflow_provider_paxos.api.flow import Request
from airflow_provider_paxos.api.secrecy import Secret

HEADER = "Paxos-Signature"
_ARMOUR = re.compile(r"(-----BEGIN [A-Z ]+-----)([A-Za-z0-9+/=\s]+)(-----END [A-Z ]+-----)", re.ASCII)


@dataclass(frozen=True)
class PemSigner:
    """Signs requests with one key.

    :param key_id: the key's id at Paxos.
    """

    key_id: str
    _key: Ed25519PrivateKey | EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def from_pem(cls, key_id: str, pem: str | Secret[str]) -> Self:
        """Return a signer for an unencrypted private key in PEM: ed25519 (EdDSA) or P-256 (ES256).

        :raises InvalidConnection: if the key is of another kind, or none.
        """
        pem = Secret.of(pem)
        if key := _loaded(pem):
            return cls(key_id, key)
        raise InvalidConnection("signing_key is not an unencrypted PEM private key of type ed25519 or EC P-256.")

    def sign(self, request: Request, now: float) -> Request:
        """Return the request with its signature.

        :param now: unix seconds.
        """
        url = urlsplit(request.url)
        claims = {
            "typ": None,
            "kid": self.key_id,
            "paxos.com/timestamp": str(int(now)),
            "paxos.com/request-method": request.method,
            "paxos.com/request-path": f"{url.path}?{url.query}" if url.query else url.path,
        }
        algorithm = "EdDSA" if isinstance(self._key, Ed25519PrivateKey) else "ES256"
        jws = PyJWS().encode(request.body or b"", self._key, algorithm=algorithm, headers=claims)
        return replace(request, headers={**request.headers, HEADER: jws})


def _loaded(pem: Secret[str]) -> Ed25519PrivateKey | EllipticCurvePrivateKey | None:
    try:
        key = load_pem_private_key(_with_line_ends(pem.reveal()).encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    if isinstance(key, Ed25519PrivateKey) or (
        isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1)
    ):
        return key
    return None


def _with_line_ends(pem: str) -> str:
    r"""Return a PEM with its line ends, which a form's one-line field drops, and JSON or a shell writes as ``\n``."""
    armour = _ARMOUR.fullmatch(pem.replace("\\n", "\n").strip())
    if not armour:
        return pem
    begin, base64, end = armour.groups()
    return "\n".join([begin, *textwrap.wrap("".join(base64.split()), 64), end, ""])
