"""Move money with Paxos orchestrations from Apache Airflow: once, and provably once."""

__version__ = "0.1.0"
