"""Read, check and write exact decimal amounts of the known assets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Clamped, Context, Decimal, Inexact, InvalidOperation, Overflow

DECIMALS: Mapping[str, int] = {"USD": 2, "USDC": 6, "PYUSD": 6, "USDG": 8, "USDP": 8}
"""The known assets and how finely each is divided (as Paxos' stablecoin conversions document it)."""

FIAT = frozenset({"USD"})

# An amount has at most 40 digits, so that 80 hold every sum of them; what does not fit raises rather than rounds.
EXACT = Context(prec=80, traps=[Inexact, InvalidOperation, Overflow, Clamped])
_AMOUNT = re.compile(r"[0-9]*\.?[0-9]+", re.ASCII)
_LONGEST = 40


def read_amount(text: object) -> Decimal | None:
    """Return a positive amount, or None unless it is a string of plain decimal digits."""
    if not isinstance(text, str) or len(text) > _LONGEST or not _AMOUNT.fullmatch(text):
        return None
    amount = EXACT.create_decimal(text)
    return amount if amount > 0 else None


def plain(amount: Decimal) -> str:
    """Return an amount as a string without an exponent or needless zeros."""
    return "0" if not amount else format(EXACT.normalize(amount), "f")


def fits(amount: Decimal, *assets: str) -> bool:
    """Return whether the coarsest of some assets can be divided that finely."""
    exponent = EXACT.normalize(amount).as_tuple().exponent
    return isinstance(exponent, int) and -exponent <= min(DECIMALS[asset] for asset in assets)
