"""What Airflow's web UI shows of Paxos: a page, a tab on each Dag run and one on each task instance.

Read from Airflow's own database, under Airflow's own permissions; no Paxos credentials, no call to Paxos, no writing.
"""
