"""Render a template so that every expression in it has a value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from airflow.sdk import Context
from jinja2 import Environment, Undefined
from jinja2.nativetypes import NativeEnvironment

from airflow_provider_paxos.version_compat import AirflowFailException

_LONGEST_TEMPLATE = 200


def native(environment: Environment) -> bool:
    """Return whether an environment renders to Python objects."""
    return isinstance(environment, NativeEnvironment)


def rendered(template: str, context: Context, environment: Environment, *, name: str, may_be_empty: bool) -> Any:
    """Return what a template renders to: text, or a Python object in a native environment.

    :param name: of the field, as in ``destination.fiat.memo``.
    :param may_be_empty: whether an expression may yield an empty text.
    :raises AirflowFailException: if an expression yields no value.
    """

    if _is_plain(template, environment):
        return template

    def refuse(value: str) -> AirflowFailException:
        return no_value(name, template, value)

    return requiring_values(environment, refuse, may_be_empty=may_be_empty).from_string(template).render(context)


def requiring_values(
    environment: Environment, refuse: Callable[[str], Exception], *, may_be_empty: bool
) -> Environment:
    """Return an environment in which an expression without a value raises.

    :param refuse: makes the error, from what the expression yields, in words.
    :param may_be_empty: whether an expression may yield an empty text.
    """

    def finalize(value: Any) -> Any:
        if value is None or isinstance(value, Undefined):
            raise refuse("None" if value is None else "an undefined value")
        if value == "" and not may_be_empty:
            raise refuse("an empty text")
        return value

    return environment.overlay(finalize=finalize)


def _is_plain(text: str, environment: Environment) -> bool:
    """Return whether Jinja would render a text to itself; to compile one costs a millisecond, and a batch has many."""
    if native(environment):
        return False
    starts = (environment.block_start_string, environment.variable_start_string, environment.comment_start_string)
    # Jinja drops a line break at the end, and a prefix may make a statement or a comment of a line.
    lines = environment.line_statement_prefix or environment.line_comment_prefix or "\n" in text or "\r" in text
    return not lines and not any(start in text for start in starts)


def no_value(name: str, template: str, value: str) -> AirflowFailException:
    """Return the error for an expression without a value.

    :param name: of the field.
    :param value: that the expression yields, in words.
    """
    shown = template if len(template) <= _LONGEST_TEMPLATE else f"{template[:_LONGEST_TEMPLATE]}…"
    return AirflowFailException(
        f"{name}: an expression of the template {shown!r} yields {value}. No further request is sent to Paxos: a "
        "value that is not there must not become part of a payment. Give it a value, or say in the template what "
        "stands for a missing one."
    )
