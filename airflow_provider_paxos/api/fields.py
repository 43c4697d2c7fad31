"""The fields that models of the wire are made of, and the two kinds of models: what is sent, and what is received.

What is sent is strict, because it moves money or decides where money may go, and has the form of ``canonical``. What is
received is lenient, because no field of an answer is promised and new ones may appear.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from airflow_provider_paxos.api.canonical import canonical_code, canonical_id
from airflow_provider_paxos.api.leniency import Otherwise, nothing, object_or_nothing, text_of


def visible(value: str) -> str:
    """Refuse control characters, and what looks like nothing or like a blank: bidirectional overrides, zero widths."""
    hidden = next((sign for sign in value if not sign.isprintable()), None)
    if hidden is not None:
        raise ValueError(f"it holds control characters or invisible ones, such as U+{ord(hidden):04X}")
    return value


def _name(value: str) -> str:
    visible(value)
    if value != value.strip():
        raise ValueError("it begins or ends with a blank")
    if value == "None":
        raise ValueError("it is 'None', as a template makes of a value that is not there")
    return value


def _code(value: str) -> str:
    if not value.isascii():
        raise ValueError(f"{value!a} is not of plain letters, digits and underscores")
    return canonical_code(value)


Text = Annotated[str, Field(min_length=1, max_length=250), AfterValidator(_name)]
"""Text that is sent verbatim, as a ref_id is: under exactly this idempotency key an earlier attempt may have paid."""

Id = Annotated[Text, AfterValidator(canonical_id)]
Code = Annotated[Text, AfterValidator(_code)]


@lru_cache(maxsize=1024)
def _shared(names: frozenset[str]) -> set[str]:
    return set(names)


class _Frozen(BaseModel):
    def model_post_init(self, _context: Any, /) -> None:
        """Share the set of the given fields' names with the other models that have the same.

        A set of its own for each would take a third of the memory of a batch's requests and orchestrations.
        """
        given = _shared(frozenset(self.__pydantic_fields_set__))
        object.__setattr__(self, "__pydantic_fields_set__", given)


class Sent(_Frozen):
    """The base of what is sent."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


Some = TypeVar("Some", bound=Sent)


def require_one(values: Some, *names: str) -> Some:
    """Return values that have exactly one of some fields.

    :raises ValueError: names those that are there.
    """
    given = [name for name in names if getattr(values, name) is not None]
    if len(given) != 1:
        choice = f"{', '.join(names[:-1])} and {names[-1]}"
        raise ValueError(f"give exactly one of {choice}; found {' and '.join(given) or 'none'}")
    return values


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_aware)]
OptionalMoment = Annotated[Moment | None, Otherwise(nothing)]
OptionalText = Annotated[str | None, Otherwise(text_of)]
OptionalTruth = Annotated[bool | None, Otherwise(nothing)]
Object = BeforeValidator(object_or_nothing)


class Received(_Frozen):
    """The base of what is received. Fields that this version does not define are kept."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)


class Unshown(BaseModel):
    """Keeps a model's values out of its repr: names and addresses of persons, and account numbers."""

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Return nothing to show."""
        return iter(())
