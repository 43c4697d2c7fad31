"""List Orchestrations: the filters that the API has, and its pages to the end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from airflow_provider_paxos.api.errors import InvalidRequest, UnreadableAnswer
from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.api.orchestrations import LISTING
from tests.api.script import Script, answer, orchestration, page
from tests.api.script import query_of as sent_query


def listed(script: Script, **filters: Any) -> list[Orchestration]:
    return script.run(script.calls().pages(**filters).rest())


class TestFilters:
    @pytest.mark.parametrize(
        ("filters", "query"),
        [
            ({}, []),
            ({"status": "FAILED"}, [("status", "FAILED")]),
            ({"status": ["PROCESSING", "PENDING"]}, [("status", "PROCESSING"), ("status", "PENDING")]),
            ({"ref_id": ("a", "b")}, [("ref_id", "a"), ("ref_id", "b")]),
            ({"orchestration_id": "o"}, [("orchestration_id", "o")]),
            ({"profile_id": "p"}, [("profile_id", "p")]),
            ({"orchestration_rule_id": "r"}, [("orchestration_rule_id", "r")]),
            (
                {"source_asset": "USD", "destination_asset": "USDG"},
                [("source_asset", "USD"), ("destination_asset", "USDG")],
            ),
            ({"limit": 1000, "order": "ASC"}, [("limit", "1000"), ("order", "ASC")]),
            ({"limit": "1"}, [("limit", "1")]),
            ({"created_at.gte": "2026-11-21T00:00:00Z"}, [("created_at.gte", "2026-11-21T00:00:00Z")]),
            *[
                (
                    {f"created_at.{bound}": datetime(2026, 11, 21, tzinfo=UTC)},
                    [(f"created_at.{bound}", "2026-11-21T00:00:00+00:00")],
                )
                for bound in ("lt", "lte", "eq", "gte", "gt")
            ],
            (
                {"created_at.lt": datetime(2026, 11, 21, tzinfo=timezone(timedelta(hours=2)))},
                [("created_at.lt", "2026-11-21T00:00:00+02:00")],
            ),
            ({"status": None}, []),
            ({"ref_id": [str(n) for n in range(100)]}, [("ref_id", str(n)) for n in range(100)]),
        ],
    )
    def test_filters_go_by_the_api_s_names_a_list_repeated(
        self, filters: dict[str, Any], query: list[tuple[str, str]]
    ) -> None:
        assert LISTING.query(filters) == query

    @pytest.mark.parametrize(
        ("filters", "expected"),
        [
            ({"ref_ids": ["a"]}, "there is no filter ref_ids; there are created_at.eq, "),
            ({"updated_at.lt": "x"}, "there is no filter updated_at.lt"),
            ({"page_cursor": "x"}, "there is no filter page_cursor"),
            ({"ref_id": [str(n) for n in range(101)]}, "ref_id has 101 values, more than a request takes."),
            ({"order": ["ASC", "DESC"]}, "order has 2 values"),
            ({"ref_id": []}, "ref_id is an empty list."),
            ({"limit": 0}, "limit is 0, which is not between 1 and 1000."),
            ({"limit": 1001}, "limit is 1001"),
            ({"limit": -1}, "limit is -1"),
            ({"limit": 1.5}, "limit is 1.5"),
            ({"limit": True}, "limit is True"),
            ({"limit": "many"}, "limit is many"),
            ({"created_at.gt": datetime(2026, 11, 21)}, "created_at.gt is a time without a time zone"),
        ],
    )
    def test_a_filter_that_cannot_be_meant_is_refused_before_anything_is_sent(
        self, filters: dict[str, Any], expected: str
    ) -> None:
        with pytest.raises(InvalidRequest) as refused:
            LISTING.query(filters)

        assert expected in str(refused.value)
        assert "This attempt sent nothing to Paxos." in str(refused.value)

    def test_a_filter_travels_whatever_signs_it_holds(self) -> None:
        ref_id = "a&b=c +ü/?#%"
        script = Script(page())
        listed(script, ref_id=ref_id)

        assert sent_query(script.sent[0]) == [("ref_id", ref_id)]


class TestPages:
    def test_all_pages_are_read_to_the_last(self) -> None:
        script = Script(
            page(orchestration(id="a"), cursor="c1"),
            page(orchestration(id="b"), cursor="c2"),
            page(orchestration(id="c")),
        )

        assert [found.id for found in listed(script, status="PENDING")] == ["a", "b", "c"]
        assert [sent_query(sent) for sent in script.sent] == [
            [("status", "PENDING")],
            [("status", "PENDING"), ("page_cursor", "c1")],
            [("status", "PENDING"), ("page_cursor", "c2")],
        ]

    def test_a_page_may_be_empty_before_the_last(self) -> None:
        script = Script(page(cursor="c1"), page(orchestration(id="a")))

        assert [found.id for found in listed(script)] == ["a"]

    @pytest.mark.parametrize("last", [{"items": []}, {"items": [], "next_page_cursor": ""}, {"next_page_cursor": None}])
    def test_the_last_page_has_no_cursor(self, last: dict[str, Any]) -> None:
        assert listed(Script(answer(last))) == []

    def test_a_page_is_read_under_its_older_name_too(self) -> None:
        script = Script(answer({"orchestrations": [orchestration(id="a")]}))

        assert [found.id for found in listed(script)] == ["a"]

    def test_empty_pages_without_an_end_end_the_paging(self) -> None:
        script = Script(*[page(cursor=f"c{number}") for number in range(200)])

        with pytest.raises(UnreadableAnswer, match="more than 100 empty pages, one after the other"):
            listed(script)
        assert len(script.sent) == 101

    def test_empty_pages_between_others_do_not(self) -> None:
        pages = [
            page(*[orchestration(id=f"o-{number}")] * (number % 60 == 0), cursor=f"c{number}") for number in range(200)
        ]

        assert len(listed(Script(*pages, page()))) == 4

    @pytest.mark.parametrize("cursors", [["c1", "c1"], ["c1", "c2", "c1"]])
    def test_a_cursor_that_repeats_ends_the_paging(self, cursors: list[str]) -> None:
        script = Script(*[page(cursor=cursor) for cursor in cursors])

        with pytest.raises(UnreadableAnswer, match="the page cursor repeats"):
            listed(script)

    def test_pages_are_read_one_at_a_time_on_demand(self) -> None:
        script = Script(page(orchestration(id="a"), cursor="c1"))
        pages = script.calls().pages()
        found = script.run(pages.next())

        assert ([each.id for each in found], pages.more) == (["a"], True)

    def test_a_lost_page_is_asked_for_again(self) -> None:
        script = Script(page(cursor="c1"), answer([]), page(orchestration(id="a")))

        assert [found.id for found in listed(script)] == ["a"]

    @pytest.mark.parametrize(
        ("filters", "stranger"),
        [
            ({"ref_id": ["r1", "r2"]}, {"ref_id": "r3"}),
            ({"ref_id": ["r1"]}, {"ref_id": None}),
            ({"orchestration_id": "o1"}, {"id": "o2"}),
        ],
    )
    def test_an_ignored_filter_is_noticed(self, filters: dict[str, Any], stranger: dict[str, Any]) -> None:
        script = Script(*[page(orchestration(**{"ref_id": "r1", "id": "o1", **stranger}))] * 5)

        with pytest.raises(UnreadableAnswer, match="orchestrations of another"):
            listed(script, **filters)

    @pytest.mark.parametrize("garbage", [{"items": {}}, {"items": [{}]}, {"items": [7]}, {"next_page_cursor": 7}])
    def test_a_page_that_is_not_what_paxos_publishes_is_unreadable(self, garbage: dict[str, Any]) -> None:
        with pytest.raises(UnreadableAnswer, match="List Orchestrations: the answer is not what Paxos publishes"):
            listed(Script(*[answer(garbage)] * 5))


RECORDS = {name: orchestration(id=f"o-{name}", ref_id=name) for name in ("a", "b", "stranger")}


def shown(*names: str, cursor: str | None = None) -> Any:
    return page(*(RECORDS[name] for name in names), cursor=cursor)


class TestStrangers:
    """Paxos shows what was not asked for, as it would if it ignored a filter."""

    @pytest.mark.parametrize("filters", [{"ref_id": ["a", "b"]}, {"orchestration_id": ["o-a", "o-b"]}])
    @pytest.mark.parametrize(
        "pages",
        [
            [shown("stranger", "a", "b")],
            [shown("stranger", "a", cursor="c1"), shown("b")],
            [shown("a", cursor="c1"), shown("b", "stranger")],
            [shown("a", "b", cursor="c1"), shown("stranger")],
        ],
        ids=["one page", "the first page", "the last page", "a page of strangers"],
    )
    def test_what_was_asked_for_is_used_without_them(self, filters: dict[str, Any], pages: list[Any]) -> None:
        assert [found.id for found in listed(Script(*pages), **filters)] == ["o-a", "o-b"]

    def test_several_with_one_ref_id_are_all_found(self) -> None:
        second = orchestration(id="o-2", ref_id="a")
        script = Script(shown("a", "stranger", cursor="c1"), page(second))

        assert [found.id for found in listed(script, ref_id="a")] == ["o-a", "o-2"]

    @pytest.mark.parametrize("filters", [{"ref_id": ["a", "b"]}, {"orchestration_id": ["o-a", "o-b"]}])
    @pytest.mark.parametrize(
        "first", [[], [shown("a", "stranger", cursor="c1")], [shown("stranger", cursor="c1")]], ids=["0", "both", "one"]
    )
    def test_beside_them_what_is_not_shown_may_exist(self, filters: dict[str, Any], first: list[Any]) -> None:
        script = Script(*first, *[shown("stranger")] * 5)

        with pytest.raises(UnreadableAnswer, match="orchestrations of another"):
            listed(script, **filters)

    def test_what_is_shown_after_all_is_used(self) -> None:
        script = Script(shown("stranger"), shown("stranger", "a"))

        assert [found.id for found in listed(script, ref_id="a")] == ["o-a"]

    def test_all_that_paxos_has_is_not_paged_through(self) -> None:
        pages = [shown("a", "stranger", cursor=f"c{number}") for number in range(10)]
        script = Script(*pages, *[shown("stranger", cursor="c11")] * 5)

        with pytest.raises(UnreadableAnswer, match="orchestrations of another"):
            listed(script, ref_id="a")

    def test_a_list_by_other_filters_has_no_strangers(self) -> None:
        assert len(listed(Script(shown("a", "stranger")), status="PROCESSING")) == 2

    def test_a_find_by_ref_id_does_not_take_them_for_none(self) -> None:
        script = Script(*[shown("stranger")] * 5)

        with pytest.raises(UnreadableAnswer):
            script.run(script.calls().find("a"))

    def test_a_find_by_ref_id_does_not_return_them(self) -> None:
        script = Script(shown("stranger", "a"))
        found = script.run(script.calls().find("a"))

        assert found is not None
        assert found.id == "o-a"

    def test_a_batch_does_not_take_a_payment_beside_them_for_one_that_does_not_exist(self) -> None:
        script = Script(*[shown("stranger", "a")] * 5)

        with pytest.raises(UnreadableAnswer):
            script.run(script.calls().read(ref_ids=["a", "b"]))

    def test_a_read_by_ids_reads_the_missing_ones_with_get(self) -> None:
        script = Script(shown("stranger", "a"), answer(RECORDS["b"]))

        assert [each.id for each in script.run(script.calls().read(ids=["o-a", "o-b"]))] == ["o-a", "o-b"]

    def test_snapshots_by_ids_come_without_them(self) -> None:
        script = Script(shown("stranger", "a"))

        assert [each.id for each in script.run(script.calls().snapshots(ids=["o-a", "o-b"]))] == ["o-a"]

    def test_snapshots_by_ref_ids_do_not_say_that_one_is_not_there(self) -> None:
        script = Script(*[shown("stranger", "a")] * 5)

        with pytest.raises(UnreadableAnswer):
            script.run(script.calls().snapshots(ref_ids=["a", "b"]))

    def test_snapshots_by_ref_ids_come_without_them(self) -> None:
        script = Script(shown("stranger", "a"))

        assert [each.id for each in script.run(script.calls().snapshots(ref_ids=["a"]))] == ["o-a"]
