"""Both drivers against an emulator that demands signatures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from airflow_provider_paxos.api.errors import Forbidden
from airflow_provider_paxos.api.exchange import TRIGGERER
from airflow_provider_paxos.api.settings import checked_settings
from airflow_provider_paxos.emulator.models import DEFAULT_PROFILE, TREASURY_PROFILE
from airflow_provider_paxos.emulator.server import RunningEmulator
from tests.api.both_drivers import DRIVERS, Caller
from tests.api.script import payment as any_payment

KEYS: dict[str, Any] = {
    "key-ed25519": ed25519.Ed25519PrivateKey.generate(),
    "key-p256": ec.generate_private_key(ec.SECP256R1()),
}
PUBLIC = {
    key_id: key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    for key_id, key in KEYS.items()
}
BEYOND_VALIDITY = 1801

Connect = Callable[..., Caller]


@pytest.fixture(scope="module")
def running_emulator() -> Iterator[RunningEmulator]:
    with RunningEmulator(require_signatures=True, signing_keys=PUBLIC) as running:
        yield running


@pytest.fixture(params=DRIVERS)
def connect(request: pytest.FixtureRequest, emulator: RunningEmulator) -> Connect:
    """Return what makes a caller of the emulator; sleeping moves its clock."""

    def connected(**signing: str) -> Caller:
        credentials = {"client_id": emulator.client_id, "client_secret": emulator.client_secret}
        reached = checked_settings(**credentials, base_url=emulator.base_url, **signing)
        return DRIVERS[request.param](reached, TRIGGERER, emulator.advance)

    return connected


@pytest.fixture(params=KEYS)
def paxos(request: pytest.FixtureRequest, connect: Connect) -> Caller:
    pem = KEYS[request.param].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return connect(signing_key_id=request.param, signing_key=pem)


def payment(**fields: Any) -> dict[str, Any]:
    return any_payment(
        source={"profile": {"profile_id": DEFAULT_PROFILE}},
        destination={"profile": {"profile_id": TREASURY_PROFILE}},
        **fields,
    )


def test_every_call_is_signed(paxos: Caller) -> None:
    created = paxos.call("create", payment(ref_id="a b/ü+~%2F?&", metadata={"note": "é ☃"}))

    assert paxos.call("get", created.id) == created
    assert paxos.call("find", created.ref_id) == created
    assert paxos.list(
        ref_id=[created.ref_id, "other"], status="PROCESSING", **{"created_at.gte": "2020-01-01T00:00:00Z"}
    )
    assert paxos.call("submit", payment(ref_id=created.ref_id)).adopted


def test_every_page_is_signed(paxos: Caller) -> None:
    for number in range(3):
        paxos.call("create", payment(ref_id=f"r{number}"))

    assert len(paxos.list(limit=1)) == 3


def test_without_a_key_nothing_is_accepted(connect: Connect, emulator: RunningEmulator) -> None:
    with pytest.raises(Forbidden, match="the request is not signed"):
        connect().call("submit", payment())
    assert emulator.accepted_creates() == {}


@pytest.mark.parametrize("fault", ["error", "throttle"])
def test_each_retry_is_signed_afresh(paxos: Caller, emulator: RunningEmulator, fault: str) -> None:
    emulator.fault(fault, times=2, method="POST", retry_after=BEYOND_VALIDITY)
    paxos.call("submit", payment())

    fails = 429 if fault == "throttle" else 503
    assert [each["status"] for each in emulator.journal() if each["ref_id"]] == [fails, fails, 200]
    assert sum(paxos.slept) == pytest.approx(2 * BEYOND_VALIDITY, abs=5)


def test_a_call_with_a_renewed_token_is_signed_afresh(paxos: Caller, emulator: RunningEmulator) -> None:
    paxos.list()
    emulator.revoke_tokens()

    assert paxos.list() == []
