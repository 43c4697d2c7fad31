"""Waiting until orchestrations reach a terminal status. Knows no Airflow."""
