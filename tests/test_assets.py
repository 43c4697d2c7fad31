"""Assets of what a profile holds: one URI for each, and a misspelt one is refused when the Dag is parsed."""

from __future__ import annotations

import pytest
from airflow.sdk import Asset

from airflow_provider_paxos.assets import profile_asset

PROFILE = "7c4e8f2a-1d3b-4a5e-9f6c-8b2d7e0a4f1c"
URI = f"paxos://sandbox/profiles/{PROFILE}/USDG"


def test_an_asset_of_a_profile_has_a_uri_of_environment_profile_and_code() -> None:
    assert profile_asset(profile_id=PROFILE, asset="USDG").uri == URI
    assert profile_asset(profile_id=PROFILE, asset="USD", environment="production").uri == (
        f"paxos://production/profiles/{PROFILE}/USD"
    )


@pytest.mark.parametrize(
    "uri", [URI.upper().replace("PROFILES", "profiles"), f"{URI}/", f"{URI}#x", URI.replace("USDG", "usdg")]
)
def test_two_spellings_of_a_uri_are_one_asset(uri: str) -> None:
    assert Asset(uri=uri).uri == URI


def test_a_uri_that_was_checked_is_its_own_normal_form() -> None:
    odd = profile_asset(profile_id="of the treasury/1", asset="usdg")
    assert odd.uri == "paxos://sandbox/profiles/of%20the%20treasury%2F1/USDG" == Asset(uri=odd.uri).uri
    assert odd.normalized_uri == odd.uri


@pytest.mark.parametrize(
    "uri",
    [
        "paxos://staging/profiles/p/USD",
        "paxos://sandbox/profile/p/USD",
        "paxos://sandbox/profiles/p",
        "paxos://sandbox/profiles//USD",
        "paxos://sandbox/profiles/p/USD/more",
        "paxos://sandbox",
        "paxos:///profiles/p/USD",
    ],
)
def test_a_uri_of_another_shape_is_refused(uri: str) -> None:
    with pytest.raises(ValueError, match="is not of the form paxos://<sandbox or production>/profiles/<id>/<asset>"):
        Asset(uri=uri)


def test_an_asset_without_a_profile_is_refused() -> None:
    with pytest.raises(ValueError, match="is not of the form"):
        profile_asset(profile_id="", asset="USD")
