"""Emulate Paxos locally: orchestrations and what surrounds them, with faults on demand.

Run it with ``python -m airflow_provider_paxos.emulator``, or in a test suite through the fixture of
``airflow_provider_paxos.emulator.pytest_plugin``. It needs the extra ``emulator`` (FastAPI and uvicorn), which this
package imports only where a server is built.

The emulator is independent of ``airflow_provider_paxos.api`` on purpose: a mistake in the one shows in the other. It
imports nothing of this distribution but itself. A file imports only from the lines below its own::

    __main__  pytest_plugin                      start an emulator: from the command line, for a test
    server                                       run one in a thread of the calling process
    app                                          the ASGI application, and uvicorn set up to serve it
    middleware  routes  controls                 HTTP: what every request passes, Paxos' endpoints, the controls
    backend                                      one emulator: the parts below, and the rules that need several
    state_file  acceptance  reports  rule_deposits
                                                 what outlives a restart, what is accepted, the daily report, deposits
    store  crypto_addresses  transfer_limits     profiles and orchestrations, saved addresses, what limits leave
    lifecycle  validation  travel_rule  rules    the rules: statuses, create requests, travel rule data, Paxos' rules
    transfers  fields  event_log                 transfers; the fields of a request; events as they are seen
    auth  pagination  faults                     tokens, lists, faults
    problems  rate_limits  ledger  journal  models  deposit_instructions
                                                 error answers, throttling, money, requests, records
    fiat_accounts                                bank accounts
    settings  clock  amounts  control_client     settings, time, exact decimals; a client of the controls
    limit_rules  approvals  signatures  networks  vasps  urls
                                                 limits, approvals, request signing, networks, VASPs, paths

``routes`` and ``controls`` are folders with a file for each part. Only they, ``app`` and ``middleware`` import
FastAPI or uvicorn.
"""
