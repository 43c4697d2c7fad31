"""A real Airflow in a folder, and the demo that settles a batch with it."""
