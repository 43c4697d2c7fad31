"""Describe this provider to Airflow, which reads it at start-up: a literal, which imports nothing."""

from typing import Any


def get_provider_info() -> dict[str, Any]:
    """Return the provider's description, in the shape of Airflow's ``provider.yaml.schema.json``.

    ``conn-fields`` and ``ui-field-behaviour`` make the connection form, from Airflow 3.2 on; 3.1 shows ``extra`` as
    JSON.
    """
    return {
        "package-name": "airflow-provider-paxos",
        "name": "Paxos",
        "description": "Moves money with Paxos orchestrations: once, and provably once.",
        "integrations": [
            {
                "integration-name": "Paxos",
                "external-doc-url": "https://docs.paxos.com/",
                "tags": ["service"],
            }
        ],
        "operators": [
            {
                "integration-name": "Paxos",
                "python-modules": [
                    "airflow_provider_paxos.operators.crypto_destinations",
                    "airflow_provider_paxos.operators.rules",
                    "airflow_provider_paxos.operators.orchestration",
                    "airflow_provider_paxos.operators.orchestration_batch",
                    "airflow_provider_paxos.operators.plan_batch",
                    "airflow_provider_paxos.operators.reconcile",
                    "airflow_provider_paxos.operators.repair",
                ],
            }
        ],
        "sensors": [
            {
                "integration-name": "Paxos",
                "python-modules": ["airflow_provider_paxos.sensors.orchestration"],
            }
        ],
        "hooks": [
            {
                "integration-name": "Paxos",
                "python-modules": ["airflow_provider_paxos.hooks.paxos"],
            }
        ],
        "triggers": [
            {
                "integration-name": "Paxos",
                "python-modules": [
                    "airflow_provider_paxos.triggers.crypto_destination",
                    "airflow_provider_paxos.triggers.made_by_rule",
                    "airflow_provider_paxos.triggers.orchestration_event",
                    "airflow_provider_paxos.triggers.orchestration_rule",
                    "airflow_provider_paxos.triggers.moment",
                    "airflow_provider_paxos.triggers.orchestration",
                ],
            }
        ],
        "asset-uris": [
            {
                "schemes": ["paxos"],
                "handler": "airflow_provider_paxos.assets.sanitize_uri",
                "factory": "airflow_provider_paxos.assets.profile_asset",
                "to_openlineage_converter": "airflow_provider_paxos.assets.convert_asset_to_openlineage",
            }
        ],
        "extra-links": ["airflow_provider_paxos.links.PaxosReceiptLink"],
        "connection-types": [
            {
                "connection-type": "paxos",
                "hook-class-name": "airflow_provider_paxos.hooks.paxos.PaxosHook",
                "hook-name": "Paxos",
                "ui-field-behaviour": {
                    "hidden-fields": ["port", "schema"],
                    "relabeling": {"login": "Client ID", "password": "Client secret", "host": "Base URL"},
                    "placeholders": {
                        "host": "empty for the environment's own, such as https://api.sandbox.paxos.com/v2"
                    },
                },
                "conn-fields": {
                    "environment": {
                        "label": "Environment",
                        "description": "Which Paxos to call. Production moves real money.",
                        "schema": {"type": "string", "enum": ["sandbox", "production"], "default": "sandbox"},
                    },
                    "token_url": {
                        "label": "Token URL",
                        "description": "Where tokens are fetched; empty for the environment's own.",
                        "schema": {"type": ["string", "null"]},
                    },
                    "scopes": {
                        "label": "Scopes",
                        "description": "Separated by blanks or commas; empty for reading and writing orchestrations.",
                        "schema": {"type": ["string", "null"]},
                    },
                    "timeout": {
                        "label": "Timeout",
                        "description": "Seconds to wait for a connection and for an answer, up to 600.",
                        "schema": {"type": ["number", "null"], "default": 30},
                    },
                    "requests_per_second": {
                        "label": "Requests per second",
                        "description": "Of all processes of a host, over five minutes. Paxos allows an IP address 50.",
                        "schema": {"type": ["number", "null"], "default": 40},
                    },
                    "hosts_behind_address": {
                        "label": "Hosts behind one address",
                        "description": "Hosts that reach Paxos from one IP address: they divide its requests.",
                        "schema": {"type": ["integer", "null"], "default": 1},
                    },
                    "allowed_assets": {
                        "label": "Allowed assets",
                        "description": "Optional limit: assets that may be moved, separated by blanks.",
                        "schema": {"type": ["string", "null"]},
                    },
                    "allowed_sources": {
                        "label": "Allowed sources",
                        "description": "Optional limit: ids of the profiles that money may leave, separated by blanks.",
                        "schema": {"type": ["string", "null"]},
                    },
                    "allowed_destinations": {
                        "label": "Allowed destinations",
                        "description": "Optional limit: ids of profiles, bank accounts and addresses, as above.",
                        "schema": {"type": ["string", "null"]},
                    },
                    "max_source_amount": {
                        "label": "Largest amounts",
                        "description": "Optional limit per orchestration and source asset: USD=5000.00 USDC=2500",
                        "schema": {"type": ["string", "null"]},
                    },
                    "max_source_amount_per_day": {
                        "label": "Largest amounts a day",
                        "description": "Optional limit per day, profile and source asset: USD=100000 USDC=50000",
                        "schema": {"type": ["string", "null"]},
                    },
                    "max_orchestrations_per_day": {
                        "label": "Orchestrations a day",
                        "description": "Optional limit per day and profile.",
                        "schema": {"type": ["integer", "null"]},
                    },
                    "limits_time_zone": {
                        "label": "Time zone of the limits",
                        "description": "In which a day begins, such as Europe/Berlin; UTC if empty.",
                        "schema": {"type": ["string", "null"]},
                    },
                    "duplicate_window": {
                        "label": "Duplicate window",
                        "description": "Days, up to 366: an equal payment within them counts as a duplicate.",
                        "schema": {"type": ["integer", "null"]},
                    },
                    "on_duplicate": {
                        "label": "Duplicates",
                        "description": "Refuse them (if empty), warn, or let a person approve them.",
                        "schema": {"type": ["string", "null"], "enum": ["refuse", "warn", "approve"]},
                    },
                    "ref_id_namespace": {
                        "label": "Namespace of ref_ids",
                        "description": "For Airflow installations that share a Paxos account. Never change it.",
                        "schema": {"type": ["string", "null"]},
                    },
                    "dashboard_url": {
                        "label": "Dashboard URL",
                        "description": "Of a payment in Paxos' dashboard, with {id} or {ref_id}: a link of the web UI.",
                        "schema": {"type": ["string", "null"]},
                    },
                    "signing_key_id": {
                        "label": "Signing key ID",
                        "description": "The key's id at Paxos, if the account demands signed requests.",
                        "schema": {"type": ["string", "null"]},
                    },
                    "signing_key": {
                        "label": "Signing key",
                        "description": "The private key in PEM: ed25519 or EC P-256, not encrypted.",
                        "schema": {"type": ["string", "null"], "format": "password"},
                    },
                    "token_cache": {
                        "label": "Token cache",
                        "description": "host, or empty: all processes of a host share a token. memory: none does.",
                        # No default: Airflow would mask it, as the name has "token" in it, and save the mask.
                        "schema": {"type": ["string", "null"], "enum": ["host", "memory"]},
                    },
                },
            }
        ],
    }
