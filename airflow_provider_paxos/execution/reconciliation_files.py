"""Write a reconciliation's report to where an author wants it, and read Paxos' daily reports from where they are."""

from __future__ import annotations

from collections.abc import Iterable

from airflow.sdk import ObjectStoragePath

from airflow_provider_paxos.reconciliation.report import Report
from airflow_provider_paxos.reconciliation.text import in_words, json_lines

LINES, WORDS = ".jsonl", ".txt"


def write_report(report: Report, path: str) -> list[str]:
    """Write a report as JSON Lines and as a table, and return where it is.

    :param path: without its ending; a local path, or one of an object store, such as ``s3://aws_default@bucket/name``.
        An earlier report with this name is replaced.
    """
    lines, words = (ObjectStoragePath(f"{path}{ending}") for ending in (LINES, WORDS))
    if lines.protocol in ("", "file"):
        # An object store has no folders, and to make one there would make a bucket.
        lines.parent.mkdir(parents=True, exist_ok=True)
    lines.write_text("".join(json_lines(report)), encoding="utf-8")
    words.write_text(f"{in_words(report, whole=True)}\n", encoding="utf-8")
    return [str(lines), str(words)]


def read_texts(paths: Iterable[str]) -> list[str]:
    """Return the content of text files."""
    return [ObjectStoragePath(path).read_text(encoding="utf-8") for path in paths]
