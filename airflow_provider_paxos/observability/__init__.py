"""Metrics and spans: what Airflow's own statistics and traces show of Paxos. Nothing here can fail a task."""
