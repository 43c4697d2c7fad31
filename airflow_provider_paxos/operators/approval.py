"""Approval: a person looks at the plan of a task, and approves it, before any money moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation


@dataclass(frozen=True)
class Approval:
    """The approval that a task asks for in Airflow's *Required Actions*, before its first payment.

    The form shows the plan. Its option to approve carries half of the plan's digest, and only that option, chosen by a
    person for exactly what will be sent, lets the task pay. A changed file, a timeout, a default and an older form pay
    nothing.

    :param assigned_users: who may answer, by the ids of Airflow's auth manager; by default everybody who may answer
        required actions of the Dag. A mapping of ``id`` and ``name`` shows another name.
    :param above: ask only if the new payments of a source asset come to more than this, as in ``{"USD": "100000"}``. An
        asset that is not named is always asked for.
    :param forbid_trigger_user: whether to refuse the answer of the person who triggered the Dag run.
    :param timeout: seconds (or a timedelta) until the question ends; by default there is no limit.
    :param when: a template that decides whether to ask at all, such as ``"{{ params.approve }}"``: true or false.
    :raises ValueError: for a value that is none of these.
    """

    assigned_users: Sequence[str | Mapping[str, str]] = ()
    above: Mapping[str, str | int | Decimal] | None = None
    forbid_trigger_user: bool = True
    timeout: timedelta | float | None = None
    when: str | bool = True

    def __post_init__(self) -> None:
        if isinstance(self.assigned_users, str):
            raise ValueError(f"assigned_users is {self.assigned_users!r}; it is a list of ids.")
        for user in self.assigned_users:
            if not (isinstance(user, str) and user) and not (isinstance(user, Mapping) and {*user} == {"id", "name"}):
                raise ValueError(f"assigned_users holds {user!r}; it is an id, or a mapping of id and name.")
        for asset, amount in (self.above or {}).items():
            if isinstance(amount, bool | float) or not _is_amount(amount):
                raise ValueError(f"above holds {asset}: {amount!r}; it is a decimal string such as '100000'.")
        if self.timeout is not None and self.response_timeout <= timedelta():  # type: ignore[operator]
            raise ValueError(f"timeout is {self.timeout!r}; it is a positive number of seconds, or a timedelta.")

    @property
    def response_timeout(self) -> timedelta | None:
        """The time until the question ends."""
        if self.timeout is None or isinstance(self.timeout, timedelta):
            return self.timeout
        return timedelta(seconds=self.timeout)

    @property
    def thresholds(self) -> Mapping[str, Decimal]:
        """The amounts of ``above``, by asset."""
        return {asset.upper(): Decimal(amount) for asset, amount in (self.above or {}).items()}


def _is_amount(value: object) -> bool:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return False
    return amount.is_finite() and amount >= 0
