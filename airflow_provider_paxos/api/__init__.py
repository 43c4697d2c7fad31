"""Paxos as published: models, rules as flows, and two drivers. Knows nothing of Airflow."""
