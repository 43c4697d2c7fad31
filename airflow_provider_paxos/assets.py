"""Airflow assets of what a Paxos profile holds: ``paxos://sandbox/profiles/<profile_id>/USDG``.

Airflow finds the scheme by the provider's ``asset-uris``, and has each URI of it checked by ``sanitize_uri``.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlsplit

from airflow.sdk import Asset

from airflow_provider_paxos.api.canonical import canonical_code, canonical_id

SCHEME = "paxos"
_ENVIRONMENTS = ("sandbox", "production")


def profile_asset(
    *, profile_id: str, asset: str, environment: str = "sandbox", extra: dict[str, Any] | None = None
) -> Asset:
    """Return the Airflow asset of one asset of a profile, for ``outlets`` and for ``schedule``.

    :param profile_id: the id of the profile.
    :param asset: the code of the asset, such as ``USDG``.
    :param environment: of the connection: ``sandbox`` or ``production``.
    :param extra: as ``Asset`` takes it.
    :raises ValueError: for another environment, and for an empty id or code.
    """
    return Asset(uri=profile_uri(profile_id, asset, environment), extra=extra)


def profile_uri(profile_id: str, asset: str, environment: str) -> str:
    """Return the URI of one asset of a profile, in the form in which two are compared."""
    profile_id, asset = (quote(value, safe="") for value in (canonical_id(profile_id), canonical_code(asset)))
    return f"{SCHEME}://{environment}/profiles/{profile_id}/{asset}"


def openlineage_name(uri: str) -> tuple[str, str]:
    """Return the namespace and the name of a URI's dataset: ``paxos://sandbox``, ``profiles/<id>/USDG``."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}", parts.path.strip("/")


def convert_asset_to_openlineage(asset: Asset, lineage_context: Any) -> Any:  # noqa: ARG001 - OpenLineage passes it
    """Return the dataset of an asset; the provider of OpenLineage calls it for inlets and outlets."""
    try:
        from openlineage.client.event_v2 import Dataset
    except ImportError:
        return None
    return Dataset(*openlineage_name(asset.uri))


def sanitize_uri(uri: SplitResult) -> SplitResult:
    """Return a URI of the scheme in the form in which two are compared; Airflow calls it for every such asset.

    :raises ValueError: for another shape: a misspelt asset would never have an event.
    """
    match uri.path.split("/"):
        case ["", "profiles", profile_id, asset] if profile_id and asset and uri.netloc.lower() in _ENVIRONMENTS:
            return urlsplit(profile_uri(unquote(profile_id), unquote(asset), uri.netloc.lower()))
    raise ValueError(
        f"the asset {uri.geturl()} is not of the form {SCHEME}://<{' or '.join(_ENVIRONMENTS)}>/profiles/<id>/<asset>"
    )
