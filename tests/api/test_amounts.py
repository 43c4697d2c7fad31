"""Amounts are exact: plain decimals in, plain decimals out."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from airflow_provider_paxos.api.amounts import PublishedAmount, RequestAmount, plain

REQUEST = TypeAdapter(RequestAmount)
PUBLISHED = TypeAdapter(PublishedAmount)

sendable = st.decimals(min_value=Decimal("1e-18"), max_value=Decimal("1e30"), allow_nan=False, places=18) | st.builds(
    lambda digits, exponent: Decimal(digits).scaleb(exponent), st.integers(1, 10**20), st.integers(-18, 18)
)


@pytest.mark.parametrize(
    ("given_amount", "sent"),
    [
        ("100.25", "100.25"),
        ("100", "100"),
        ("100.00", "100.00"),
        ("0.00000001", "0.00000001"),
        ("007.5", "7.5"),
        (100, "100"),
        (10**40, "1" + "0" * 40),
        (Decimal("1E+59"), "1" + "0" * 59),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-8"), "0.00000001"),
        (Decimal("12345678901234567890.123456789012345678"), "12345678901234567890.123456789012345678"),
    ],
)
def test_an_author_s_amount_is_sent_as_a_plain_decimal_string(given_amount: Any, sent: str) -> None:
    assert REQUEST.dump_python(REQUEST.validate_python(given_amount), mode="json") == sent


@given(sendable)
def test_every_sendable_amount_arrives_exactly_and_without_an_exponent(amount: Decimal) -> None:
    sent = REQUEST.dump_python(REQUEST.validate_python(amount), mode="json")

    assert re.fullmatch(r"[0-9]+(\.[0-9]+)?", sent)
    assert Decimal(sent) == amount


@given(sendable)
def test_an_amount_as_it_was_sent_is_sent_the_same_again(amount: Decimal) -> None:
    assert REQUEST.dump_python(REQUEST.validate_python(plain(amount)), mode="json") == plain(amount)


@pytest.mark.parametrize(
    ("given_amount", "expected"),
    [
        pytest.param(0.1, "a float, which cannot hold most decimal amounts exactly", id="float"),
        pytest.param(100.0, "give a string such as '100.25', or a Decimal", id="whole float"),
        pytest.param(float("nan"), "is a float", id="float nan"),
        pytest.param(True, "a truth value", id="bool"),
        pytest.param("0", "is not positive", id="zero"),
        pytest.param(0, "is not positive", id="int zero"),
        pytest.param(-5, "is not positive", id="negative int"),
        pytest.param(Decimal("-0.01"), "the amount -0.01 is not positive", id="negative decimal"),
        pytest.param(Decimal("NaN"), "is not a finite number", id="nan"),
        pytest.param(Decimal("sNaN"), "is not a finite number", id="signalling nan"),
        pytest.param(Decimal("Infinity"), "is not a finite number", id="infinity"),
        pytest.param(Decimal("1E+999999999"), "more than 60 digits", id="huge exponent"),
        pytest.param(Decimal("1E-999999999"), "more than 60 digits", id="tiny exponent"),
        pytest.param(10**5000, "more than 60 digits", id="huge int"),
        pytest.param(Decimal("1E+60"), "more than 60 digits", id="just too large"),
        pytest.param(Decimal("1E-61"), "more than 60 digits", id="just too fine"),
        pytest.param("9" * 61, "is not a plain decimal", id="long string"),
        pytest.param("-1", "is not a plain decimal", id="sign"),
        pytest.param("+1", "is not a plain decimal", id="plus"),
        pytest.param("1e3", "is not a plain decimal", id="exponent"),
        pytest.param("NaN", "is not a plain decimal", id="nan string"),
        pytest.param("1,000.00", "is not a plain decimal", id="separator"),
        pytest.param("1_000", "is not a plain decimal", id="underscore"),
        pytest.param(" 1", "is not a plain decimal", id="blank"),
        pytest.param("1\n", "is not a plain decimal", id="line end"),
        pytest.param("1.", "is not a plain decimal", id="bare point"),
        pytest.param(".5", "is not a plain decimal", id="no leading digit"),
        pytest.param("", "is not a plain decimal", id="empty"),
        pytest.param("\u0661\u0660\u0660", "is not a plain decimal", id="other digits"),
        pytest.param("100 USD", "is not a plain decimal", id="asset"),
        pytest.param(None, "is not a plain decimal", id="none"),
        pytest.param(["1"], "is not a plain decimal", id="list"),
    ],
)
def test_an_amount_that_is_not_surely_meant_is_refused_with_the_reason(given_amount: Any, expected: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(expected)):
        REQUEST.validate_python(given_amount)


@pytest.mark.parametrize(
    ("published", "amount"),
    [
        ("100.25", Decimal("100.25")),
        (".25", Decimal("0.25")),
        ("0", Decimal(0)),
        ("-1.5", Decimal("-1.5")),
        (7, Decimal(7)),
        (Decimal("100.250"), Decimal("100.250")),
    ],
)
def test_a_published_amount_is_read_exactly(published: Any, amount: Decimal) -> None:
    assert PUBLISHED.validate_python(published) == amount


@pytest.mark.parametrize(
    "published", ["1e3", "NaN", "", "ten", True, 1.5, None, Decimal("NaN"), Decimal("1E+999999"), "1" * 61, ["1"]]
)
def test_a_published_amount_that_is_no_plain_decimal_is_not_read(published: Any) -> None:
    with pytest.raises(ValidationError):
        PUBLISHED.validate_python(published)
