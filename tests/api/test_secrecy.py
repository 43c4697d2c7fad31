"""Secrets and cut frames: what keeps a secret unseen."""

from __future__ import annotations

import copy

import pytest

from airflow_provider_paxos.api.flow import Token
from airflow_provider_paxos.api.secrecy import CutFrames, Secret, without_frames, without_values


class TestSecret:
    def test_it_can_be_copied(self) -> None:
        secret = Secret("x")

        assert copy.copy(secret) is secret
        assert copy.deepcopy({"a": secret})["a"] is secret

    def test_it_equals_another_that_holds_the_same(self) -> None:
        assert Secret("x") == Secret("x")
        assert hash(Secret("x")) == hash(Secret("x"))
        assert Secret("x") != Secret("y")
        assert Secret("x") != "x"

    def test_it_is_true_if_what_it_holds_is(self) -> None:
        assert (bool(Secret("x")), bool(Secret(""))) == (True, False)

    @pytest.mark.parametrize("text", [str(Secret("x")), repr(Secret("x")), f"{Secret('x')}", "%s" % Secret("x")])  # noqa: UP031
    def test_every_way_to_write_it_masks_it(self, text: str) -> None:
        assert text == "***"

    def test_a_plain_string_becomes_one(self) -> None:
        assert Token("x", 0.0).value == Secret("x")  # type: ignore[arg-type]


class TestCutFrames:
    def test_what_was_being_handled_before_keeps_its_frames(self) -> None:
        def handle() -> None:
            try:
                raise KeyError("the author's own")
            except KeyError:
                with CutFrames():
                    raise ValueError("ours")  # noqa: B904

        with pytest.raises(ValueError, match="ours") as raised:
            handle()

        assert isinstance(raised.value.__context__, KeyError)
        assert raised.value.__context__.__traceback__ is not None

    def test_causes_stay_without_their_frames(self) -> None:
        try:
            try:
                raise KeyError("cause")
            except KeyError as cause:
                raise ValueError("effect") from cause
        except ValueError as error:
            bare = without_frames(error)

        assert isinstance(bare.__cause__, KeyError)
        assert bare.__cause__.__traceback__ is None

    def test_a_circle_of_causes_is_no_trap(self) -> None:
        one, two = ValueError(), KeyError()
        one.__cause__, two.__cause__ = two, one

        assert without_frames(one) is one

    def test_without_an_error_nothing_happens(self) -> None:
        with CutFrames():
            pass


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("last_name 'Lee' is wrong", "last_name '***' is wrong"),
        ("LEE, lee and Mary Lee", "***, *** and ***"),
        ("a sleeve", "a sleeve"),
        ("(Lee)", "(***)"),
    ],
)
def test_values_are_masked_where_they_are_words(text: str, masked: str) -> None:
    assert without_values(text, ["Lee", "", "Mary Lee"]) == masked
