"""A batch of orchestrations: its payments, submitting them concurrently, and where each stands. Knows no Airflow."""
