"""Amounts: exact decimals that travel as plain strings, never as floats and never with an exponent."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Context, Decimal, Inexact, InvalidOperation, localcontext
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer

_PLAIN = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)
_PUBLISHED = re.compile(r"-?[0-9]*\.?[0-9]+", re.ASCII)
_MAX_DIGITS = 60
"""No asset needs as many digits; the bound keeps a hostile ``1e999999999`` from filling the memory."""

# An amount has up to 60 digits on either side of its point: the sum of any number that fits into memory is exact here.
_EXACT = Context(prec=200, traps=[Inexact, InvalidOperation])


def plain(amount: Decimal) -> str:
    """Return the amount as Paxos takes it: ``Decimal("1E+3")`` becomes ``"1000"``."""
    return format(amount, "f")


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """Return the sum, with no digit rounded away.

    :raises decimal.Inexact: if it has more than 200 digits.
    """
    with localcontext(_EXACT):
        return sum(amounts, Decimal())


def _bounded(amount: Decimal) -> Decimal:
    if not amount.is_finite():
        raise ValueError(f"the amount {amount} is not a finite number")
    digits, exponent = len(amount.as_tuple().digits), int(amount.as_tuple().exponent)
    if max(digits, digits + exponent, -exponent) > _MAX_DIGITS:
        raise ValueError(f"the amount has more than {_MAX_DIGITS} digits")
    return amount


def sendable(value: Any) -> Decimal:
    """Return an author's amount.

    :raises ValueError: says why it cannot be sent.
    """
    if isinstance(value, bool):
        raise ValueError("the amount is a truth value; give a string such as '100.25'")
    if isinstance(value, float):
        raise ValueError(
            f"the amount {value!r} is a float, which cannot hold most decimal amounts exactly "
            "(0.1 + 0.2 is 0.30000000000000004); give a string such as '100.25', or a Decimal"
        )
    if isinstance(value, int | Decimal):
        amount = _bounded(Decimal(value))
    elif isinstance(value, str) and len(value) <= _MAX_DIGITS and _PLAIN.fullmatch(value):
        amount = Decimal(value)
    else:
        raise ValueError(
            f"the amount {str(value)[:_MAX_DIGITS]!r} is not a plain decimal: digits, and a point if need be; "
            "no sign, exponent, blank or separator"
        )
    if amount <= 0:
        raise ValueError(f"the amount {plain(amount)} is not positive")
    return amount


def _readable(value: Any) -> Decimal:
    if isinstance(value, str) and len(value) <= _MAX_DIGITS and _PUBLISHED.fullmatch(value):
        return Decimal(value)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return _bounded(Decimal(value))
    raise ValueError("not a plain decimal")


# In JSON only: in Python an amount stays a number, so that 100 equals 100.00 where payments are compared.
_as_string = PlainSerializer(plain, return_type=str, when_used="json")

RequestAmount = Annotated[Decimal, BeforeValidator(sendable), _as_string]
"""An author's amount: a plain decimal string, an int or a Decimal; positive."""

PublishedAmount = Annotated[Decimal, BeforeValidator(_readable), _as_string]
"""An amount as Paxos publishes it, which includes ``".25"``."""
