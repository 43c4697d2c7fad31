"""Merged records are kept as long as nothing has changed, for a minute at most, and within a bound."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from airflow_provider_paxos.ui.merge import MergeResult, merge
from airflow_provider_paxos.ui.merge_cache import MergeCache
from airflow_provider_paxos.ui.query import Row
from airflow_provider_paxos.ui.receipt_cache import ReceiptCache
from tests.ui.xcoms import NOW, PAY


@pytest.fixture
def merges() -> list[int]:
    """The times that records were merged."""
    return []


@pytest.fixture
def read(merges: list[int]) -> Callable[[], MergeResult]:
    def read() -> MergeResult:
        merges.append(1)
        return merge([Row(PAY, NOW, '{"id": "1"}')], NOW, ReceiptCache())

    return read


def test_what_has_not_changed_is_merged_once(merges: list[int], read: Callable[[], MergeResult]) -> None:
    cache = MergeCache()
    first = cache.merged("all", 1, NOW, read)
    later = cache.merged("all", 1, NOW + timedelta(seconds=59), read)
    assert (len(merges), later.records is first.records) == (1, True)
    assert later.as_of == NOW + timedelta(seconds=59)


@pytest.mark.parametrize(("key", "version", "seconds"), [("other", 1, 0), ("all", 2, 0), ("all", 1, 60)])
def test_other_dags_a_change_and_a_minute_are_merged_anew(
    key: str, version: int, seconds: int, merges: list[int], read: Callable[[], MergeResult]
) -> None:
    cache = MergeCache()
    cache.merged("all", 1, NOW, read)
    cache.merged(key, version, NOW + timedelta(seconds=seconds), read)
    assert len(merges) == 2


def test_more_records_than_the_bound_are_not_kept(merges: list[int], read: Callable[[], MergeResult]) -> None:
    cache = MergeCache(most=0)
    for _ in range(2):
        assert len(cache.merged("all", 1, NOW, read).records) == 1
    assert len(merges) == 2
