"""A task whose receipt has HTML and script in every text, as nobody should write it, but somebody could."""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag, get_current_context, task

SCRIPT = "<script>window.planted = true</script>"
IMAGE = "<img src=x onerror='window.planted = true'>"


def planted(name: str) -> str:
    """Return a text that runs, if it is taken for HTML, and still says where it was."""
    return f"{name} {SCRIPT}{IMAGE}"


@dag(schedule=None)
def planted_html() -> None:
    @task
    def leave() -> None:
        receipt: dict[str, Any] = {
            "id": planted("id"),
            "ref_id": planted("ref_id"),
            "status": "FAILED",
            "fail_reason": {"detail": planted("reason")},
            "source_amount": planted("amount"),
            "source_asset": planted("asset"),
            "destination_asset": planted("asset"),
            "source": {"profile": {"profile_id": planted("profile")}},
            "destination": {"fiat": {"bank_account_id": planted("account"), "memo": planted("memo")}},
            "created_at": planted("created_at"),
            "updated_at": planted("updated_at"),
            "read_at": planted("read_at"),
            "metadata": {planted("name"): planted("value")},
            "javascript": "javascript:window.planted=true",
        }
        get_current_context()["ti"].xcom_push(key="orchestration", value=receipt)

    leave()


planted_html()
