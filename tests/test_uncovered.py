"""The measurement of coverage leaves out what it slows down most."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.uncovered import UNCOVERED, is_uncovered

CHECKOUT = Path(__file__).parent.parent


@pytest.mark.parametrize("pattern", UNCOVERED)
def test_each_pattern_means_a_file_that_exists(pattern: str) -> None:
    file = pattern.partition("::")[0]
    assert any(re.match(file, str(path.relative_to(CHECKOUT))) for path in CHECKOUT.glob("tests/**/test_*.py"))


def test_a_part_of_a_file_may_be_meant() -> None:
    assert is_uncovered("tests/api/test_rate_limiting.py::TestAnyTraffic::test_a")
    assert not is_uncovered("tests/api/test_rate_limiting.py::test_a")
