from __future__ import annotations

from decimal import Decimal

import pytest

from airflow_provider_paxos.emulator.amounts import fits, plain, read_amount


@pytest.mark.parametrize("text", ["1", "0.01", ".5", "10000000.00", "007"])
def test_plain_decimal_digits_are_an_amount(text: str) -> None:
    assert read_amount(text) == Decimal(text)


@pytest.mark.parametrize(
    "text",
    ["", "0", "0.00", "-1", "+1", "1e3", "1E-2", "1.", "1,5", " 1", "1\n", "NaN", "Infinity", "\uff11", "1" * 41],
)
def test_anything_else_is_none(text: str) -> None:
    assert read_amount(text) is None


@pytest.mark.parametrize("value", [1, 1.5, None, True, ["1"]])
def test_only_strings_are_amounts(value: object) -> None:
    assert read_amount(value) is None


@pytest.mark.parametrize(
    ("amount", "text"), [("100.50", "100.5"), ("1000", "1000"), ("0.00000001", "0.00000001"), ("0E-8", "0")]
)
def test_an_amount_is_written_without_exponent_or_needless_zeros(amount: str, text: str) -> None:
    assert plain(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("amount", "assets", "whether"),
    [
        ("0.01", ("USD", "USDC"), True),
        ("0.001", ("USD", "USDC"), False),
        ("0.010", ("USD", "USDC"), True),
        ("0.000001", ("PYUSD", "USDG"), True),
        ("0.0000001", ("PYUSD", "USDG"), False),
        ("0.00000001", ("USDG", "USDP"), True),
    ],
)
def test_the_coarser_asset_decides_how_fine_an_amount_may_be(
    amount: str, assets: tuple[str, str], whether: bool
) -> None:
    assert fits(Decimal(amount), *assets) is whether
