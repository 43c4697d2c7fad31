"""Wait until orchestrations reach a terminal status. Imports no Airflow, and of this package ``api`` alone."""
