"""Reconciliation: what was meant, what Airflow has and what Paxos has, compared over a window. No Airflow.

``reconcile.reconcile`` is the door: it reads Paxos, and returns a ``report.Report``.
"""
