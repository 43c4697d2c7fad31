"""Validate a payment of the settlement file, and make its request."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

COLUMNS = (
    "payment",
    "source_asset",
    "destination_asset",
    "amount",
    "source_profile",
    "destination_rail",
    "destination_id",
    "destination_network",
    "memo",
)
OPTIONAL_COLUMNS = ("duplicate_of_ok",)
NOT_SENT = ("key", "duplicate_of_ok")
"""Arguments of an operator that are no part of the payment."""

_PAYMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ASSET = re.compile(r"[A-Z][A-Z0-9]{1,11}")
_NETWORK = re.compile(r"[A-Z][A-Z0-9_]{1,31}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ADDRESS = re.compile(r"[!-~]{1,128}")
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,19})(\.[0-9]{1,18})?")
_REF_IDS = re.compile(r"[!-~]*( +[!-~]+)*")
_EXPONENT = re.compile(r"[+-]?[0-9.]+[eE][+-]?[0-9]+")
_NEGATIVE = re.compile(r"[-\N{MINUS SIGN}\N{EN DASH}].*|.*[-\N{MINUS SIGN}]|\(.*\)")
_MEMO_LENGTH = 500
_DECIMALS = {"USD": 2}
"""Of assets that have so few that a third one shows another custom: half of Europe writes 1234 as 1.234."""


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment of the file. ``destination`` is the API's own object, ``amount`` the file's own digits."""

    name: str
    source_asset: str
    destination_asset: str
    amount: str
    source_profile: str
    destination: dict[str, dict[str, str]]
    duplicate_of_ok: tuple[str, ...] = ()

    @classmethod
    def of(cls, record: Mapping[str, str]) -> Payment:
        """Return the payment that a line of the file, without problems, describes."""
        rail, identifier = record["destination_rail"], record["destination_id"]
        destination = {
            "profile": {"profile_id": identifier},
            "fiat": {"bank_account_id": identifier, "memo": record["memo"]},
            "crypto": {"address": identifier, "network": record["destination_network"]},
        }[rail]
        return cls(
            name=record["payment"],
            source_asset=record["source_asset"],
            destination_asset=record["destination_asset"],
            amount=record["amount"],
            source_profile=record["source_profile"],
            destination={rail: {key: value for key, value in destination.items() if value}},
            duplicate_of_ok=tuple(record.get("duplicate_of_ok", "").split()),
        )

    def request(self, business_date: str) -> dict[str, Any]:
        """Return the arguments of CreateOrchestrationOperator for this payment.

        The ref_id is made of the business date and the payment's name alone, never of the run or the amount: another
        run of the same date asks for the same payment, and Paxos accepts it once.
        """
        return {
            "ref_id": f"settle-{business_date}-{self.name}",
            "source_asset": self.source_asset,
            "destination_asset": self.destination_asset,
            "source_amount": self.amount,
            "source": {"profile": {"profile_id": self.source_profile}},
            "destination": self.destination,
            "metadata": {"payment": self.name, "business_date": business_date},
            "duplicate_of_ok": list(self.duplicate_of_ok),
        }


def problems(record: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each column of a line that is wrong, and what is wrong with it.

    Which assets and networks there are is left to Paxos, and so is how many decimals an asset has, but for USD.
    """
    for column, problem_of in _CHECKS.items():
        value = record.get(column, "")
        if hidden := hidden_characters(value):
            yield column, hidden
        elif problem := problem_of(value):
            yield column, problem
    if problem := _decimals_problem(record["source_asset"], record["amount"]):
        yield "amount", problem
    rail = record["destination_rail"]
    if rail not in _DESTINATION_ID:
        yield "destination_rail", "is not a rail; the rails are " + ", ".join(_DESTINATION_ID)
        return
    if problem := _DESTINATION_ID[rail](record["destination_id"]):
        yield "destination_id", problem
    if rail == "crypto" and not _NETWORK.fullmatch(record["destination_network"]):
        yield "destination_network", "must be a network, in capitals, such as ETHEREUM"
    if rail != "crypto" and record["destination_network"]:
        yield "destination_network", f"must be empty, because the rail is {rail}"
    if rail != "fiat" and record["memo"]:
        yield "memo", f"must be empty, because the rail is {rail}"
    if rail == "profile" and _stays(record):
        yield "destination_id", "is the source profile, and the asset is the same: nothing would move"


def _stays(record: Mapping[str, str]) -> bool:
    same_asset = record["source_asset"] == record["destination_asset"]
    return same_asset and record["source_profile"].lower() == record["destination_id"].lower()


def _amount_problem(value: str) -> str | None:
    if _EXPONENT.fullmatch(value):
        return "has an exponent: write all digits out; a spreadsheet may have rounded them"
    if _NEGATIVE.fullmatch(value):
        return "is negative"
    if not _AMOUNT.fullmatch(value):
        return "is not a plain decimal such as 1250.50"
    return None if value.strip("0.") else "is zero"


def _decimals_problem(asset: str, amount: str) -> str | None:
    decimals = _DECIMALS.get(asset)
    if decimals is None or not _AMOUNT.fullmatch(amount) or len(amount.partition(".")[2]) <= decimals:
        return None
    return f"has more than {decimals} decimals, and {asset} has {decimals}: a point separates decimals, not thousands"


def hidden_characters(value: str) -> str | None:
    """Return which blanks and invisible characters a value has that look like none, or like a plain blank."""
    found = dict.fromkeys(
        sign for sign in value if sign != " " and unicodedata.category(sign) in ("Zs", "Zl", "Zp", "Cf")
    )
    named = [f"{unicodedata.name(sign, 'a character').lower()} (U+{ord(sign):04X})" for sign in found]
    return f"has a {' and a '.join(named)}: it looks like nothing, or like a blank" if named else None


def _memo_problem(value: str) -> str | None:
    if len(value) > _MEMO_LENGTH:
        return f"has {len(value)} characters, the limit is {_MEMO_LENGTH}"
    # The empty memo is printable, too.
    return None if value.isprintable() else "has a line break or another control character"


def _shaped(pattern: re.Pattern[str], otherwise: str) -> Callable[[str], str | None]:
    return lambda value: None if pattern.fullmatch(value) else otherwise


_asset_problem = _shaped(_ASSET, "is not an asset, in capitals, such as USDC")
_uuid_problem = _shaped(_UUID, "is not a UUID")

_CHECKS: dict[str, Callable[[str], str | None]] = {
    "payment": _shaped(_PAYMENT, "is not a name: up to 64 letters, digits, dots, hyphens and underscores"),
    "source_asset": _asset_problem,
    "destination_asset": _asset_problem,
    "amount": _amount_problem,
    "source_profile": _uuid_problem,
    "memo": _memo_problem,
    "duplicate_of_ok": _shaped(_REF_IDS, "must be names or ref_ids of payments, separated by blanks"),
}
_DESTINATION_ID: dict[str, Callable[[str], str | None]] = {
    "profile": _uuid_problem,
    "fiat": _uuid_problem,
    "crypto": _shaped(_ADDRESS, "is not a blockchain address"),
}
