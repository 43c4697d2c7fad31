"""The digest identifies exactly what would be sent."""

from __future__ import annotations

import pytest

from airflow_provider_paxos.planning.digest import binding_code_of, code_of, digest_of
from tests.planning.given import crypto, planned

REQUESTS = [planned(key).request for key in ("a", "b")]
DIGEST = digest_of("sandbox", REQUESTS)


def test_it_is_a_sha_256_and_its_code_its_beginning() -> None:
    assert len(DIGEST) == 64
    assert code_of(DIGEST) == f"{DIGEST[:4]}-{DIGEST[4:8]}".upper()


def test_what_an_approval_is_bound_to_begins_with_the_code_and_is_half_of_it() -> None:
    binding = binding_code_of(DIGEST)
    assert binding.startswith(f"{code_of(DIGEST)}-")
    assert binding.replace("-", "") == DIGEST[:32].upper()


def test_the_order_of_the_payments_and_the_notation_of_a_value_do_not_matter() -> None:
    assert digest_of("sandbox", reversed(REQUESTS)) == DIGEST
    assert digest_of("sandbox", [planned("b").request, planned("a", source_asset="usd").request]) == DIGEST


@pytest.mark.parametrize(
    "changed",
    [
        {"source_amount": "100.26"},
        {"source": {"profile": {"profile_id": "another"}}},
        {"destination": crypto()},
        {"destination_asset": "USDP"},
        {"metadata": {"invoice": "7"}},
        {"identity_id": "identity-1"},
    ],
    ids=str,
)
def test_whatever_is_sent_is_part_of_it(changed: dict[str, object]) -> None:
    assert digest_of("sandbox", [planned("a", **changed).request, REQUESTS[1]]) != DIGEST


def test_so_are_the_environment_the_ref_id_and_the_number_of_payments() -> None:
    assert digest_of("production", REQUESTS) != DIGEST
    assert digest_of("sandbox", [planned("c").request, REQUESTS[1]]) != DIGEST
    assert digest_of("sandbox", REQUESTS[:1]) != DIGEST
