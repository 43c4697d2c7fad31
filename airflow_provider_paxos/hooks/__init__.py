"""From an Airflow connection to a Paxos client."""
