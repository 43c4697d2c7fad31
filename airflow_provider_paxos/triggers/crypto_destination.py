"""CryptoDestinationTrigger: waits in the triggerer until Paxos has decided on saved addresses."""

from __future__ import annotations

from airflow_provider_paxos.triggers.decision import DecisionTrigger


class CryptoDestinationTrigger(DecisionTrigger):
    """Waits until each of many saved addresses is APPROVED or REJECTED; fires one event.

    It only reads, 100 a request. The event is ``{"decided": 3}``, or ``{"error": "…"}`` for a non-transient error.
    Transient errors are logged, and do not end the wait.

    :param paxos_conn_id: the id of a connection of type ``paxos``.
    :param ids: of the saved addresses.
    :param poll_interval: seconds from one poll to the next.
    """

    kind = "crypto destinations"
