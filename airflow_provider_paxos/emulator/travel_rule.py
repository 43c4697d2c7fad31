"""Apply the travel rule: which data an address may have, and which it needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from airflow_provider_paxos.emulator.fields import has, read_choice, read_text
from airflow_provider_paxos.emulator.problems import bad_request

THRESHOLD = Decimal(3000)
"""The US dollars from which a crypto destination needs the data; every stablecoin counts as a dollar."""

_COUNTRY = re.compile(r"[A-Z]{3}")
_LINE = re.compile(r"[0-9A-Za-z /?:().,&'+-]{1,35}")
_LINES = ("address1", "address2", "city", "province", "zip_code")
_WHERE = "travelrule_metadata."


def read_travel_rule(metadata: Any, vasps: Mapping[str, str]) -> dict[str, Any]:
    """Return the travel rule data of a request, unknown fields left out.

    It may be incomplete: what is missing matters when money is to move.

    :param vasps: the directory, names by id
    :raises Problem: 400 on data that no address may have.
    """
    if not isinstance(metadata, dict):
        raise bad_request("travelrule_metadata must be an object")
    data: dict[str, Any] = {}
    if has(metadata, "custodian_type"):
        if metadata["custodian_type"] not in ("VASP", "PRIVATE"):
            raise bad_request(f"{_WHERE}custodian_type must be VASP or PRIVATE")
        data["custodian_type"] = metadata["custodian_type"]
    if has(metadata, "vasp"):
        data["vasp"] = _vasp(metadata["vasp"], vasps)
    if has(metadata, "beneficiary"):
        data["beneficiary"] = _beneficiary(metadata["beneficiary"])
    if has(metadata, "transfer_purpose"):
        data["transfer_purpose"] = read_text(metadata, "transfer_purpose", _WHERE)
    return data


def missing(data: Mapping[str, Any] | None) -> str | None:
    """Return the first of the data that a payment from the US needs and an address does not have, or None.

    :param data: as :func:`read_travel_rule` returns it; None if the address has none
    """
    if not data:
        return "travelrule_metadata"
    if "custodian_type" not in data:
        return "custodian_type"
    if data["custodian_type"] == "VASP" and "vasp" not in data:
        return "vasp"
    beneficiary = data.get("beneficiary")
    if not beneficiary:
        return "beneficiary"
    ((kind, details),) = beneficiary.items()
    if kind != "self" and "physical_address" not in details:
        return f"beneficiary.{kind}.physical_address.country"
    return None


def _vasp(vasp: Any, vasps: Mapping[str, str]) -> dict[str, str]:
    where = f"{_WHERE}vasp."
    if not isinstance(vasp, dict):
        raise bad_request(f"{_WHERE}vasp must be an object")
    if has(vasp, "id") == (has(vasp, "custom_vasp_name") or has(vasp, "custom_vasp_website")):
        raise bad_request(f"{_WHERE}vasp must have id, or custom_vasp_name and custom_vasp_website")
    if not has(vasp, "id"):
        return {name: read_text(vasp, name, where) for name in ("custom_vasp_name", "custom_vasp_website")}
    vasp_id = read_text(vasp, "id", where)
    if vasp_id not in vasps:
        raise bad_request(f"{where}id: there is no VASP '{vasp_id}'")
    return {"id": vasp_id, "name": vasps[vasp_id]}


def _beneficiary(beneficiary: Any) -> dict[str, Any]:
    # False is what self is when it is left out.
    if isinstance(beneficiary, dict) and beneficiary.get("self") is False:
        beneficiary = {name: value for name, value in beneficiary.items() if name != "self"}
    if isinstance(beneficiary, dict) and has(beneficiary, "self"):
        others = [name for name in ("person_details", "institution_details") if has(beneficiary, name)]
        if beneficiary["self"] is not True or others:
            raise bad_request(f"{_WHERE}beneficiary.self must be true, and without details of anybody else")
        return {"self": True}
    kind, details = read_choice(f"{_WHERE}beneficiary", beneficiary, ("person_details", "institution_details"))
    where = f"{_WHERE}beneficiary.{kind}."
    names = ("first_name", "last_name") if kind == "person_details" else ("name",)
    checked: dict[str, Any] = {name: read_text(details, name, where) for name in names}
    if has(details, "physical_address"):
        checked["physical_address"] = _postal_address(details["physical_address"], f"{where}physical_address.")
    return {kind: checked}


def _postal_address(address: Any, where: str) -> dict[str, str]:
    if not isinstance(address, dict):
        raise bad_request(f"{where.removesuffix('.')} must be an object")
    country = read_text(address, "country", where)
    if not _COUNTRY.fullmatch(country):
        raise bad_request(f"{where}country must be an ISO 3166-1 alpha-3 code")
    checked = {"country": country}
    for name in _LINES:
        if has(address, name):
            checked[name] = read_text(address, name, where)
            if not _LINE.fullmatch(checked[name]):
                raise bad_request(f"{where}{name} must have up to 35 characters of 0-9A-Za-z /?:().,&'+-")
    return checked
