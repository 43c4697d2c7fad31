"""Check a connection, for the "Test" button of its form."""

from __future__ import annotations

from airflow_provider_paxos.api.client import PaxosClient
from airflow_provider_paxos.api.credentials import WRITE_ORCHESTRATION
from airflow_provider_paxos.api.errors import MissingScope
from airflow_provider_paxos.hooks.connection import Allowance


def check_connection(client: PaxosClient, allowance: Allowance) -> tuple[bool, str]:
    """Fetch a token and make one read.

    Nothing is created: what creating needs is in the scopes that the token was granted.

    :returns: whether it worked, and sentences that a person can act on.
    :raises PaxosError: of the class of the cause, unless a scope is missing.
    """
    try:
        client.run(client.orchestrations.pages(limit=1).next())
    except MissingScope as error:
        refused = client.run(client.refused_scopes())
        return False, f"{error} The client is not granted: {', '.join(refused)}." if refused else str(error)
    to = client.settings
    scopes = to.credentials.scopes
    said = [f"Connected to Paxos {to.environment} at {to.base_url}, with the scopes {', '.join(scopes)}."]
    if WRITE_ORCHESTRATION not in scopes:
        said.append(f"It reads, and creates nothing: {WRITE_ORCHESTRATION} is not among its scopes.")
    limits = [*allowance.limits.in_force(), *allowance.over_time.in_force()]
    said.append(f"Limits in force: {'; '.join(limits)}." if limits else "No limits are in force.")
    return True, " ".join(said)
