"""A batch of payments: validate them, submit them concurrently, keep the state of each, sum up. Without Airflow."""
