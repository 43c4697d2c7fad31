"""Own secrets: a request must not carry the connection's client secret, signing key or token to the other side.

A template can read the connection, and the text that holds the template may come from a file: a memo
``{{ conn.paxos_default.password }}`` would reach a bank. Found are secrets as they are, percent-encoded as in a URI,
escaped as in JSON, and with other line ends. Parts of a secret, and other encodings, are not found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, unquote_plus

from airflow_provider_paxos.api.errors import Acceptance, HoldsSecret, Subject, quoted
from airflow_provider_paxos.api.models import OrchestrationRequest
from airflow_provider_paxos.api.rule_models import OrchestrationRuleRequest
from airflow_provider_paxos.api.saved_addresses import CryptoDestinationAddressRequest
from airflow_provider_paxos.api.secrecy import Secret
from airflow_provider_paxos.api.statuses import amount_of

Outgoing = OrchestrationRequest | CryptoDestinationAddressRequest | OrchestrationRuleRequest
"""What an author writes and Paxos receives."""

CLIENT_SECRET, SIGNING_KEY, TOKEN = "client secret", "signing key", "token"
_SHORT = 8
"""Characters; a shorter secret may be a part of any text, so that only a value that is the secret is refused."""
_ARMOUR = re.compile(r"-----BEGIN [A-Z ]+-----(.*?)-----END [A-Z ]+-----", re.ASCII | re.DOTALL)
_LINE_ENDS = re.compile(r"\\[rn]|\s")

_Sought = list[tuple[str, Secret[str], Secret[frozenset[str]]]]
"""The kind of each secret, the secret, and its spellings."""


@dataclass(frozen=True)
class OwnSecrets:
    """Refuses requests that hold a secret of the connection.

    :param owner: the connection's name, for the messages.
    :param client_secret: of the connection.
    :param signing_key: in PEM, if the connection has one.
    :param token: returns the token that the process holds at the moment, if any.
    """

    owner: str
    client_secret: Secret[str]
    signing_key: Secret[str] | None = None
    token: Callable[[], Secret[str] | None] = field(default=lambda: None)

    def require_absent(self, request: Outgoing) -> None:
        """Raise for a request that holds a secret, before anything is sent.

        :raises HoldsSecret: names the fields and the kinds of secrets, never a value.
        """
        if found := self._found(request):
            raise HoldsSecret(
                f"connection {quoted(self.owner)} does not allow it: "
                + "; ".join(f"{name} holds the connection's own {kind}" for name, kind in found.items())
                + ".",
                subject=_subject(request, found),
                acceptance=Acceptance.NOT_SENT,
            )

    def _found(self, request: Outgoing) -> dict[str, str]:
        """Return the kind of secret that each field holds, by the fields' names."""
        values = request.model_dump(exclude_none=True)
        metadata = values.pop("metadata", {})
        sought = self._sought()
        texts = list(_leaves(values))
        for number, (name, value) in enumerate(metadata.items(), 1):
            pair = f"metadata pair {number}"
            texts.append((f"the name of {pair}", Secret(name)))
            # The name is the author's text, too.
            texts.append((pair if _kind_in(Secret(name), sought) else f"metadata.{quoted(name)}", Secret(value)))
        return {field_name: kind for field_name, text in texts if (kind := _kind_in(text, sought))}

    def _sought(self) -> _Sought:
        """Return the secrets by their kinds, as they are looked for in every text."""
        secrets = {CLIENT_SECRET: self.client_secret, SIGNING_KEY: self.signing_key, TOKEN: self.token()}
        return [(kind, secret, _spellings(secret)) for kind, secret in secrets.items() if secret]


def _leaves(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Secret[str]]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        elif isinstance(value, str):
            yield f"{prefix}{name}", Secret(value)


def _kind_in(text: Secret[str], sought: _Sought) -> str | None:
    forms = _decoded(text)
    for kind, secret, spellings in sought:
        if _holds(forms, spellings) if spellings else _equals(text, secret):
            return kind
    return None


def _equals(text: Secret[str], secret: Secret[str]) -> bool:
    return text.reveal().strip().casefold() == secret.reveal().casefold()


def _holds(forms: Secret[frozenset[str]], spellings: Secret[frozenset[str]]) -> bool:
    return any(spelling in form for form in forms.reveal() for spelling in spellings.reveal())


def _spellings(secret: Secret[str]) -> Secret[frozenset[str]]:
    """Return what a secret looks like in a text; nothing for one that is too short to be looked for in texts."""
    plain = secret.reveal()
    if len(plain) < _SHORT:
        return Secret(frozenset())
    armour = _ARMOUR.search(plain)
    core = armour.group(1) if armour else plain
    return Secret(frozenset(filter(None, (_on_one_line(core), _on_one_line(json.dumps(core)[1:-1])))))


def _decoded(text: Secret[str]) -> Secret[frozenset[str]]:
    plain = text.reveal()
    return Secret(frozenset(_on_one_line(each) for each in {plain, unquote(plain), unquote_plus(plain)}))


def _on_one_line(text: str) -> str:
    # Without regard to case, as codes and ids may be sent in another one than they were given.
    return _LINE_ENDS.sub("", text).casefold()


def _subject(request: Outgoing, found: Mapping[str, str]) -> Subject:
    if isinstance(request, CryptoDestinationAddressRequest):
        shown = request.subject
        return shown if {"id", "crypto_network", "address"}.isdisjoint(found) else Subject(shown.action)
    if isinstance(request, OrchestrationRuleRequest):
        return request.subject if "ref_id" not in found else Subject(request.subject.action)
    shows_amount = not {"source_asset", "destination_asset"} & found.keys()
    return Subject(
        "Create Orchestration",
        None if "ref_id" in found else request.ref_id,
        amount=amount_of(request) if shows_amount else None,
    )
