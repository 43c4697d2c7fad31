"""Check rows of saved addresses that stand among the arguments of a task, where no person may be named."""

from __future__ import annotations

from airflow_provider_paxos.api.errors import Acceptance, InvalidRequest
from airflow_provider_paxos.api.saved_addresses import CryptoDestinationAddressRequest, checked_destinations


def checked_given_destinations(rows: object) -> list[CryptoDestinationAddressRequest]:
    """Return rows as requests, none of which names a person.

    Airflow stores the source of a Dag, and the arguments of a mapped task, in its database, and shows them.

    :param rows: mappings of the API's fields.
    :raises InvalidRequest: names every wrong row, and no value.
    """
    requests = checked_destinations(rows)
    if named := [str(row) for row, each in enumerate(requests, 1) if _names_a_person(each)]:
        raise InvalidRequest(
            f"travelrule_metadata.beneficiary.person_details stands in row {', '.join(named)} of destinations. Airflow "
            "stores the source of a Dag, and shows it: give a callable that reads the rows from where they are kept.",
            acceptance=Acceptance.NOT_SENT,
        )
    return requests


def _names_a_person(request: CryptoDestinationAddressRequest) -> bool:
    data = request.travelrule_metadata
    return data is not None and data.beneficiary.person_details is not None
