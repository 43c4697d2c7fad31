"""What is checked when the Dag is parsed: what is known already, and nothing that is only known later."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from airflow.sdk import DAG, task

from airflow_provider_paxos.api.errors import Acceptance, InvalidRequest
from airflow_provider_paxos.operators.orchestration import CreateOrchestrationOperator
from tests.fixtures import Create
from tests.payments import REQUEST

PROFILE = {"profile": {"profile_id": "profile-a"}}
FIAT = {"fiat": {"bank_account_id": "bank-1"}}
TEMPLATE = "{{ params.it }}"


@pytest.mark.parametrize(
    ("but", "expected"),
    [
        ({"source_amount": 100.25}, "source_amount: the amount 100.25 is a float"),
        ({"source_amount": True}, "source_amount: the amount is a truth value"),
        ({"source_amount": "1e3"}, "source_amount: the amount '1e3' is not a plain decimal"),
        ({"source_amount": "100,25"}, "source_amount"),
        ({"source_amount": "-1"}, "source_amount"),
        ({"source_amount": 0}, "source_amount: the amount 0 is not positive"),
        ({"source_amount": Decimal("NaN")}, "source_amount"),
        ({"source_amount": None}, "source_amount"),
        ({"source": None}, "source"),
        ({"source": {}}, "source.profile: it is missing"),
        ({"source": {"profile": {}}}, "source.profile.profile_id: it is missing"),
        ({"source": FIAT}, "source.fiat: there is no such field"),
        ({"source": {"profile": {"profile_id": 7}}}, "source.profile.profile_id"),
        ({"source": "profile-a"}, "source"),
        ({"destination": {}}, "destination: give exactly one of profile, fiat and crypto; found none"),
        ({"destination": {**PROFILE, **FIAT}}, "destination: give exactly one .* found profile and fiat"),
        ({"destination": {"crypto": {"address": "0x" + "1" * 40}}}, "destination.crypto: an address needs its network"),
        ({"destination": [PROFILE]}, "destination"),
        ({"source_asset": ""}, "source_asset"),
        ({"destination_asset": "USDG "}, "destination_asset: it begins or ends with a blank"),
        ({"ref_id": "None"}, "ref_id: it is 'None'"),
        ({"identity_id": 5}, "identity_id"),
        ({"metadata": {"batch": 7}}, "metadata.batch"),
        ({"metadata": {"batch": "x" * 101}}, "metadata.batch"),
        ({"metadata": {"x" * 101: "7"}}, "metadata"),
        ({"metadata": {f"k{n}": "v" for n in range(7)}}, "metadata"),
    ],
)
def test_a_known_wrong_value_fails_the_parse_and_is_named(create: Create, but: dict[str, Any], expected: str) -> None:
    with pytest.raises(InvalidRequest, match=expected):
        create(**but)


@pytest.mark.parametrize("missing", ["source", "destination", "source_amount", "source_asset", "destination_asset"])
def test_what_has_to_be_given_is_asked_for(missing: str) -> None:
    given = {name: value for name, value in REQUEST.items() if name != missing}
    with pytest.raises(TypeError, match=missing):
        CreateOrchestrationOperator(task_id="create", **given)


def test_all_wrong_values_are_named_at_once(create: Create) -> None:
    with pytest.raises(InvalidRequest, match=r"source_asset.*source_amount"):
        create(source_asset="", source_amount=1.5)


def test_a_templated_value_does_not_hide_a_wrong_one_beside_it(create: Create) -> None:
    with pytest.raises(InvalidRequest, match="source_amount"):
        create(source_asset=TEMPLATE, source_amount=1.5)


def test_the_message_says_that_nothing_was_sent(create: Create) -> None:
    with pytest.raises(InvalidRequest, match=Acceptance.NOT_SENT.value):
        create(source_amount=1.5)


@pytest.mark.parametrize(
    "but",
    [
        {},
        {"source_amount": 100},
        {"source_amount": Decimal("100.25")},
        {"source_amount": TEMPLATE},
        {"source_amount": "{% if params.all %}100{% else %}1{% endif %}"},
        {"source_asset": TEMPLATE, "destination_asset": TEMPLATE, "ref_id": f"settle-{TEMPLATE}"},
        {"source": TEMPLATE},
        {"source": {"profile": TEMPLATE}},
        {"source": {"profile": {"profile_id": TEMPLATE}}},
        {"destination": {"fiat": {"bank_account_id": TEMPLATE, "memo": TEMPLATE}}},
        {"destination": {"crypto": {"address": TEMPLATE, "network": TEMPLATE}}},
        {"metadata": TEMPLATE},
        {"metadata": {"batch": "{{ a_template.that_is + longer + than_what_it_renders_to }}" + " " * 100}},
        {"identity_id": TEMPLATE, "account_id": TEMPLATE},
    ],
)
def test_right_and_templated_values_pass_the_parse(create: Create, but: dict[str, Any]) -> None:
    create(**but)


@task
def result_of_another_task() -> Any:
    """Stand for whatever a task returns."""


@pytest.mark.parametrize(
    "name", ["ref_id", "source_asset", "destination_asset", "source_amount", "source", "destination", "metadata"]
)
def test_another_tasks_result_passes_the_parse(create: Create, name: str) -> None:
    with DAG("payments", schedule=None):
        create(**{name: result_of_another_task()})


def test_another_tasks_result_passes_the_parse_inside_an_object(create: Create) -> None:
    with DAG("payments", schedule=None):
        create(source={"profile": {"profile_id": result_of_another_task()}})


@pytest.mark.parametrize("source", [MappingProxyType(PROFILE), MappingProxyType({"profile": MappingProxyType({})})])
def test_a_mapping_that_is_no_dict_is_known(create: Create, source: Mapping[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="source"):
        create(source=source)


def test_values_to_expand_are_left_for_run_time() -> None:
    with DAG("payments", schedule=None):
        given = {name: value for name, value in REQUEST.items() if name != "source_amount"}
        mapped = CreateOrchestrationOperator.partial(task_id="create", **given).expand(source_amount=[1.5])
    unmapped = mapped.unmap({"source_amount": 1.5})
    assert unmapped.source_amount == 1.5


@pytest.mark.parametrize(
    "but",
    [
        {"poll_interval": 0},
        {"poll_interval": -1},
        {"poll_interval": "10"},
        {"poll_interval": True},
        {"poll_interval": float("nan")},
        {"timeout": 0},
        {"timeout": float("inf")},
    ],
)
def test_a_time_that_is_no_positive_number_of_seconds_fails_the_parse(create: Create, but: dict[str, Any]) -> None:
    (name,) = but
    with pytest.raises(ValueError, match=rf"{name} is .*; it is a positive number of seconds, or a timedelta"):
        create(**but)
