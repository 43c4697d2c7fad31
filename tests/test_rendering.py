"""A template yields a value, as text, or the task ends before anything is sent."""

from __future__ import annotations

from typing import Any

import jinja2
import pytest
from airflow.sdk import DAG, BaseOperator

from airflow_provider_paxos.rendering import RendersPayments
from airflow_provider_paxos.version_compat import AirflowFailException
from tests.task_instance import TaskInstance, context_of

FIELDS = (
    *("ref_id", "source_amount", "identity_id", "destination", "metadata", "payments", "expected", "keys", "changes"),
    *("records", "ref_ids"),
)


class Rendering(RendersPayments, BaseOperator):
    """An operator of these fields alone."""

    template_fields = FIELDS

    def __init__(self, **fields: Any) -> None:
        dag = fields.pop("dag", None)
        super().__init__(task_id="render", dag=dag)
        for name in FIELDS:
            setattr(self, name, fields.get(name))


DAGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "native": {"render_template_as_native_obj": True},
    "forgiving": {"template_undefined": jinja2.Undefined},
    "native and forgiving": {"render_template_as_native_obj": True, "template_undefined": jinja2.Undefined},
}


@pytest.fixture(params=DAGS)
def dag(request: pytest.FixtureRequest) -> dict[str, Any]:
    return DAGS[request.param]


def rendered(dag: dict[str, Any], name: str, value: Any, **params: Any) -> Any:
    task = Rendering(dag=DAG("rendering", schedule=None, **dag), **{name: value})
    task.render_template_fields(context_of(task, TaskInstance(), params=params))
    return getattr(task, name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ref_id", "settle-{{ params.nothing }}-x"),
        ("ref_id", "{{ params.nothing }}"),
        ("ref_id", "settle-{{ params.get('nobody') }}"),
        ("source_amount", "{{ params.nothing }}"),
        ("destination", {"fiat": {"bank_account_id": "b", "memo": "Invoice {{ params.nothing }}"}}),
        ("destination", "{{ params.nothing }}"),
        ("metadata", {"batch": "{{ params.nothing }}"}),
        ("payments", [{"key": "1", "source_amount": "{{ params.nothing }}"}]),
    ],
)
def test_an_expression_that_yields_none_ends_the_task(dag: dict[str, Any], name: str, value: Any) -> None:
    with pytest.raises(AirflowFailException, match=rf"^{name}.* yields None\. No further request is sent"):
        rendered(dag, name, value, nothing=None)


@pytest.mark.parametrize("value", ["settle-{{ params.nobody }}", "settle-{{ nobody }}", "{{ nobody }}"])
def test_an_undefined_value_ends_the_task(dag: dict[str, Any], value: str) -> None:
    with pytest.raises((AirflowFailException, jinja2.UndefinedError)):
        rendered(dag, "ref_id", value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ref_id", "settle-{{ params.empty }}-x"),
        ("source_amount", "{{ params.empty }}"),
        ("destination", {"crypto": {"address": "{{ params.empty }}", "network": "BASE"}}),
        ("payments", [{"key": "k{{ params.empty }}"}]),
    ],
)
def test_an_empty_part_of_what_identifies_or_counts_ends_the_task(dag: dict[str, Any], name: str, value: Any) -> None:
    with pytest.raises(AirflowFailException, match="yields an empty text"):
        rendered(dag, name, value, empty="")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("destination", {"fiat": {"bank_account_id": "b", "memo": "Invoice{{ params.empty }}"}}),
        ("metadata", {"batch": "7{{ params.empty }}"}),
        ("payments", [{"key": "1", "destination": {"fiat": {"memo": "{{ params.empty }}"}}}]),
    ],
)
def test_free_text_may_have_an_empty_part(dag: dict[str, Any], name: str, value: Any) -> None:
    assert "{{" not in str(rendered(dag, name, value, empty=""))


def test_the_error_names_the_field_and_the_template(dag: dict[str, Any]) -> None:
    with pytest.raises(AirflowFailException) as ended:
        rendered(dag, "destination", {"fiat": {"bank_account_id": "bank-{{ params.nothing }}"}}, nothing=None)
    assert str(ended.value) == (
        "destination.fiat.bank_account_id: an expression of the template 'bank-{{ params.nothing }}' yields None. "
        "No further request is sent to Paxos: a value that is not there must not become part of a payment. "
        "Give it a value, or say in the template what stands for a missing one."
    )


@pytest.mark.parametrize("text", ["0x10", "1_000", "100.25", "007", "1e5", "12345678901234567.89", "True", "[1]"])
@pytest.mark.parametrize("name", ["source_amount", "ref_id", "identity_id"])
def test_text_stays_text_whatever_the_dag_says(dag: dict[str, Any], name: str, text: str) -> None:
    assert rendered(dag, name, "{{ params.text }}", text=text) == text
    assert rendered(dag, name, text) == text


@pytest.mark.parametrize("text", ["0x10", "007", "None of it"])
def test_text_inside_of_an_object_stays_text(dag: dict[str, Any], text: str) -> None:
    value = {"fiat": {"bank_account_id": "{{ params.text }}", "memo": text}}
    assert rendered(dag, "destination", value, text=text) == {"fiat": {"bank_account_id": text, "memo": text}}


ENVIRONMENTS: dict[str, dict[str, Any]] = {
    "default": {},
    "other marks": {
        "jinja_environment_kwargs": {"variable_start_string": "<<", "variable_end_string": ">>"},
    },
    "statements in lines": {"jinja_environment_kwargs": {"line_statement_prefix": "%"}},
    "comments in lines": {"jinja_environment_kwargs": {"line_comment_prefix": "##"}},
    "line breaks kept": {"jinja_environment_kwargs": {"keep_trailing_newline": True}},
}


@pytest.mark.parametrize("settings", ENVIRONMENTS.values(), ids=ENVIRONMENTS.keys())
@pytest.mark.parametrize(
    "text",
    [
        "100.25",
        "{ [ 7 ] }",
        "a\n",
        "a\r\nb",
        "{{ 1 + 1 }}",
        "<<1 + 1>>",
        "{% if 1 %}a{% endif %}",
        "{# a #}b",
        "a ## b",
        "% if 1\na\n% endif",
        "",
        " a ",
    ],
)
def test_a_text_is_rendered_as_the_dags_own_jinja_renders_it(settings: dict[str, Any], text: str) -> None:
    expected = DAG("rendering", schedule=None, **settings).get_template_env().from_string(text).render()
    assert rendered(settings, "payments", text) == expected


def test_in_a_native_dag_one_template_can_give_a_whole_object() -> None:
    to = {"fiat": {"bank_account_id": "007"}}
    assert rendered(DAGS["native"], "destination", "{{ params.to }}", to=to) == to
    assert rendered(DAGS["native"], "payments", "{{ params.rows }}", rows=[{"key": "1"}]) == [{"key": "1"}]
    assert rendered(DAGS["native"], "payments", "[{'key': '1'}]") == [{"key": "1"}]


class Output:
    """The result of another task."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def resolve(self, _context: Any) -> Any:
        return self.value

    def __str__(self) -> str:
        return "{{ ti.xcom_pull(task_ids='read') }}"


def test_what_another_task_returned_is_data_and_never_rendered(dag: dict[str, Any]) -> None:
    rows = [{"key": "{{ params.secret }}", "memo": None}]
    assert rendered(dag, "payments", Output(rows), secret="s3cr3t") == rows


@pytest.mark.parametrize("name", ["ref_id", "identity_id", "payments", "expected", "keys", "changes"])
def test_another_task_that_returned_nothing_ends_the_task(dag: dict[str, Any], name: str) -> None:
    with pytest.raises(AirflowFailException, match=rf"^{name}: .*xcom_pull\(task_ids='read'\).* yields None\."):
        rendered(dag, name, Output(None))


def test_so_does_one_that_gives_a_part(dag: dict[str, Any]) -> None:
    with pytest.raises(AirflowFailException, match=r"^payments\.1\.identity_id: .* yields None\."):
        rendered(dag, "payments", [{"key": "1", "identity_id": Output(None)}])


@pytest.mark.parametrize("name", ["metadata", "records", "ref_ids"])
def test_what_may_be_left_out_may_be_nothing(dag: dict[str, Any], name: str) -> None:
    assert rendered(dag, name, Output(None)) is None
