"""A payment whose author is about to change the amount."""

from airflow.sdk import dag
from payments import PAYMENT, CreateWithStops

AMOUNT = "100.00"


@dag(schedule=None)
def pay_changing_amount() -> None:
    """One payment of the amount above."""
    CreateWithStops(task_id="create", source_amount=AMOUNT, **PAYMENT)


pay_changing_amount()
