"""Settlement as data: what orchestrations moved, as rows of a double-entry ledger. No Airflow."""
