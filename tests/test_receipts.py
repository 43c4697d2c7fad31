"""What the tasks leave of an orchestration in their XCom."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime

import pytest

from airflow_provider_paxos.api.models import Orchestration
from airflow_provider_paxos.receipts import receipt_of, receipt_of_error, receipts_in
from airflow_provider_paxos.xcom import packed
from tests.test_xcom import any_uuid

READ_AT = datetime(2026, 11, 21, 3, 4, 5, 678, tzinfo=UTC)
ORCHESTRATION = Orchestration.model_validate(
    {
        "id": "orch-1",
        "ref_id": "settle-1",
        "status": "FAILED",
        "source_asset": "USD",
        "destination_asset": "USDG",
        "source_amount": "12345678901234567.89",
        "fail_reason": {"detail": "account closed"},
        "metadata": {"payment": "7"},
    }
)


class TestReceipt:
    def test_is_the_orchestration_with_what_the_task_adds(self) -> None:
        receipt = receipt_of(ORCHESTRATION, adopted=True, key="invoice-7", read_at=READ_AT)

        assert receipt == {
            **ORCHESTRATION.to_dict(),
            "adopted": True,
            "acceptance": "accepted",
            "key": "invoice-7",
            "read_at": "2026-11-21T03:04:05+00:00",
        }

    def test_has_the_amount_as_the_string_that_paxos_sent(self) -> None:
        assert json.loads(json.dumps(receipt_of(ORCHESTRATION)))["source_amount"] == "12345678901234567.89"

    def test_has_a_ref_id_also_where_paxos_leaves_it_out(self) -> None:
        assert receipt_of(Orchestration(id="orch-1"), ref_id="settle-1")["ref_id"] == "settle-1"

    def test_says_when_it_was_read(self) -> None:
        before = datetime.now(UTC).replace(microsecond=0)

        assert before <= datetime.fromisoformat(receipt_of(ORCHESTRATION)["read_at"]) <= datetime.now(UTC)

    def test_cuts_long_texts(self) -> None:
        wordy = ORCHESTRATION.model_copy(update={"metadata": {"note": "x" * 5000}})

        assert receipt_of(wordy)["metadata"]["note"] == "x" * 1000 + "…"

    def test_leaves_out_what_would_make_it_large(self) -> None:
        large = Orchestration.model_validate({**ORCHESTRATION.to_dict(), "novelty": [["y" * 900]] * 100})
        receipt = receipt_of(large, adopted=False)

        assert "novelty" not in receipt
        assert len(json.dumps(receipt)) < 16_000
        assert (receipt["id"], receipt["status"], receipt["adopted"]) == ("orch-1", "FAILED", False)

    def test_of_ten_thousand_payments_take_1_3_mb(self) -> None:
        chance = random.Random(7)
        receipts = [receipt_of(settled(number, chance), adopted=False, key=f"{number}") for number in range(10_000)]

        # docs/guides/batches.md says so.
        assert len(json.dumps(packed(receipts))) == pytest.approx(1.3e6, rel=0.1)


def settled(number: int, chance: random.Random) -> Orchestration:
    """Return an orchestration as large as a batch's usually are, with ids and times that are hard to compress."""
    profile = {"profile": {"profile_id": "00000000-0000-4000-8000-000000000002"}}
    bank = {"fiat": {"bank_account_id": any_uuid(chance)}}
    times = [f"2026-11-21T03:04:{chance.randrange(60):02}.{chance.randrange(10**6):06}Z" for _ in range(2)]
    return Orchestration.model_validate(
        {
            "id": any_uuid(chance),
            "ref_id": any_uuid(chance),
            "status": "COMPLETED",
            "source_asset": "USD",
            "destination_asset": "USDG",
            "source_amount": f"{chance.randrange(1, 10**7)}.25",
            "source": profile,
            "destination": bank,
            "created_at": times[0],
            "updated_at": times[1],
            "metadata": {
                "airflow_payment_key": f"{number}",
                "airflow_dag_id": "settlement",
                "airflow_run_id": "scheduled__2026-11-21T00:00:00+00:00",
                "airflow_task_id": "settle",
            },
        }
    )


class TestReceiptOfAnError:
    def test_has_the_message_and_the_values_that_were_asked_for(self) -> None:
        values = {"ref_id": "settle-1", "source_amount": "1.00", "source_asset": "USD", "identity_id": None}

        receipt = receipt_of_error(values, ValueError("refused"), acceptance="refused", key="invoice-7")

        assert receipt.pop("read_at")
        assert receipt == {
            "ref_id": "settle-1",
            "source_amount": "1.00",
            "source_asset": "USD",
            "error": "refused",
            "acceptance": "refused",
            "key": "invoice-7",
        }


class TestReceiptsInAnXcom:
    def test_is_one_for_a_task_of_one_orchestration(self) -> None:
        assert receipts_in({"id": "orch-1", "status": "FAILED"}) == [{"id": "orch-1", "status": "FAILED"}]

    @pytest.mark.parametrize("payments", [2, 600])
    def test_is_one_per_payment_of_a_batch(self, payments: int) -> None:
        receipts = [{"key": f"{payment}", "id": f"orch-{payment}"} for payment in range(payments)]

        assert receipts_in(packed(receipts)) == receipts

    def test_may_know_a_ref_id_alone(self) -> None:
        assert receipts_in({"ref_id": "settle-1", "error": "refused"})

    @pytest.mark.parametrize(
        "value", [None, "a reference", 7, [], {}, {"id": 7}, {"id": ""}, [["id"]], {"packed": "x"}]
    )
    def test_is_none_where_something_else_is_stored(self, value: object) -> None:
        assert receipts_in(value) == []


def test_a_receipt_holds_no_text_that_a_database_refuses() -> None:
    odd = Orchestration.model_construct(id="o\0", fail_reason=None, **{"no\0te": {"k\0": ["a\0"]}})
    receipts = [receipt_of(odd), receipt_of_error({"metadata": {"k\0": "\0"}}, "a\ud800b", acceptance="refused")]

    assert "\\u0000" not in json.dumps(receipts)
    assert "\\ud800" not in json.dumps(receipts)
    assert receipts[1]["error"] == "a\N{REPLACEMENT CHARACTER}b"
