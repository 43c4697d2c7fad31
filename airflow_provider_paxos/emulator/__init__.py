"""A local stand-in for Paxos: orchestrations, profiles, balances, events and tokens, with faults on demand.

Run it with ``python -m airflow_provider_paxos.emulator``, or in a test suite through the fixture of
``airflow_provider_paxos.emulator.pytest_plugin``. It needs the extra ``emulator`` (FastAPI and uvicorn), which this
package imports only where a server is built.
"""
