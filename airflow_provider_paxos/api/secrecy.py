"""Secrecy: secrets stay out of tracebacks that show local variables, out of reprs, and out of pickles.

Error trackers and debuggers print the local variables of every frame that an error has passed. Therefore a secret is a
``Secret`` until the call that needs it, and calls that need it are cut off from the errors that they let through.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Generic, NoReturn, Self, TypeVar

Value = TypeVar("Value")
Error = TypeVar("Error", bound=BaseException)


class Secret(Generic[Value]):
    """Holds a secret: ``str``, ``repr`` and formats mask it, pickling it is refused.

    Secrets are equal if what they hold is. Whoever needs it says so: :meth:`reveal`.
    """

    __slots__ = ("_value",)

    def __init__(self, value: Value) -> None:
        self._value = value

    @classmethod
    def of(cls, value: Value | Secret[Value]) -> Secret[Value]:
        """Return a secret, whether it is one already or not."""
        return value if isinstance(value, Secret) else Secret(value)

    def reveal(self) -> Value:
        """Return what it holds. Do not keep it in a variable while something may fail."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return self._value == other._value if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "***"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret cannot be pickled")


class CutFrames:
    """Cuts the frames below from an error that passes: ``with CutFrames(): ...``.

    The library calls that carry a secret are in there. What an interruption passes on its way, such as the signal of a
    task's ``execution_timeout``, no ``except`` in between sees.

    :param of: the errors whose frames are cut; by default those of any.
    """

    def __init__(self, of: type[BaseException] = BaseException) -> None:
        self._of = of

    def __enter__(self) -> None:
        self._handled = sys.exception()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, self._of):
            raise without_frames(error, self._handled)


def without_frames(error: Error, until: BaseException | None = None) -> Error:
    """Return an error without the frames that it, and what caused it, came through.

    :param until: what was being handled before; its frames stay.
    """
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        each = pending.pop()
        if each is None or each is until or id(each) in seen:
            continue
        seen.add(id(each))
        each.__traceback__ = None
        if each.__suppress_context__:
            each.__context__ = None
        pending += [each.__cause__, each.__context__]
    return error


def without_values(text: str, values: Iterable[str]) -> str:
    """Return a text with each of the values masked, in whatever case it stands there as a word of its own."""
    for value in sorted(filter(None, values), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", "***", text, flags=re.IGNORECASE)
    return text
