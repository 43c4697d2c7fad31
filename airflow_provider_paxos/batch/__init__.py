"""A batch of orchestrations: its legs, submitting them concurrently, and where each stands. Knows no Airflow."""
