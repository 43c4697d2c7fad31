"""Run the operators and the sensor on a worker.

``operators`` and ``sensors`` import these modules when a task runs, never when a Dag is parsed. So the modules here
import what they need at the top: the hook, the API, the batch.
"""
