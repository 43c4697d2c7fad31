"""What both forms of the settlement share: reading the file, writing the report, and the params of a run.

The folder of the Dag file has to be the root of its Dag bundle (the dags folder, by default): Airflow puts
that root, and no deeper folder, on the import path of the Dag processor and of every worker.
"""
