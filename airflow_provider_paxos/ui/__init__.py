"""Paxos in Airflow's web UI: a page, a tab on each Dag run and a tab on each task instance.

All data come from Airflow's own database, under Airflow's own permissions. There are no Paxos credentials, no calls to
Paxos and no writes.

The way of a receipt: ``query`` selects the XComs, ``stored_receipts`` finds the receipts in their JSON, ``record``
reads of each what lists and sums need, ``receipt_cache`` keeps that, ``merge`` makes one record of all receipts of an
orchestration, ``classification`` puts it into a group, ``responses`` and ``details`` make the answers, whose ``shapes``
the modules below ``static/`` show. ``routes`` is the API, ``plugin`` what Airflow imports.
"""
