"""The parts of ``settlement_batch.py`` that need no Airflow: reading the file and writing the report.

The folder of the Dag file has to be the root of its Dag bundle (the dags folder, by default): Airflow puts
that root, and no deeper folder, on the import path of the Dag processor and of every worker.
"""
