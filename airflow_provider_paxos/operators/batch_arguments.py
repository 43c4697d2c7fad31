"""The arguments that every operator of a batch has, and their checks at Dag parse time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from airflow_provider_paxos.operators.arguments import (
    adoption,
    is_from_dag_file,
    require_batch_ref_id,
    require_stable_ref_id,
)
from airflow_provider_paxos.operators.business_date import HasBusinessDate
from airflow_provider_paxos.operators.mapping import NamesMappedPayments
from airflow_provider_paxos.rendering import RendersPayments

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator

    Base = BaseOperator
else:
    Base = object


class TakesPayments(HasBusinessDate, NamesMappedPayments, RendersPayments, Base):
    """Takes the payments of a batch. To be named before the operator's base.

    :param payments: mappings of the API's fields and a ``key``, or what renders to them.
    :param defaults: fields of every payment that does not name them itself.
    :param ref_id: a template that contains the ``key``.
    :param adopt: whose orchestrations the batch adopts.
    :param paxos_conn_id: the id of a connection of type ``paxos``.
    """

    template_fields: Sequence[str] = ("paxos_conn_id", "payments", "defaults")
    template_fields_renderers: ClassVar[dict[str, str]] = {"payments": "json", "defaults": "json"}
    ref_id_example = "settle-{{ task.business_date(dag_run) }}-{{ payment.file }}-{{ key }}"

    def __init__(
        self,
        *,
        payments: Any,
        defaults: Mapping[str, Any] | None = None,
        ref_id: str | None = None,
        adopt: Literal["own", "same_task", "any"] = "same_task",
        paxos_conn_id: str = "paxos_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.payments = payments
        self.defaults = defaults
        self.ref_id = ref_id
        self.adopt = adoption(adopt)
        self.paxos_conn_id = paxos_conn_id
        require_batch_ref_id(ref_id)
        require_stable_ref_id(ref_id)
        if is_from_dag_file(self):
            self.require_name_in_mapped_group(ref_id, None)
            from airflow_provider_paxos.operators.parse_time import require_valid_payments

            require_valid_payments(payments, defaults)
