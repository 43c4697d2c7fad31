"""The JSON API of the web UI, mounted at ``/paxos`` (below the path of ``[api] base_url``, if it has one).

    GET /paxos/static/paxos.js                                                      public, without data
    GET /paxos/api/orchestrations                                                   Overview
    GET /paxos/api/orchestrations.csv                                               text/csv, what is filtered
    GET /paxos/api/dags/{dag_id}/runs/{run_id}                                      Run
    GET /paxos/api/dags/{dag_id}/runs/{run_id}/tasks/{task_id}?map_index=-1         TaskReceipts

Each ``api`` route needs a logged-in user (401 otherwise; the UI's cookie will do); those of a Dag the right to read
its XComs (403 otherwise). Lists, totals, facets, CSV and related tasks hold those Dags alone. A run or task without
receipts answers 200 with ``total_items`` 0. A parameter that is not valid is answered with 422, {"detail": [...]}.

Filters of ``orchestrations`` and ``orchestrations.csv``, all optional, all together:

    stage       needs_person, under_way, settled
    status      one of ``facets.statuses``
    dag_id      one of ``facets.dag_ids``
    asset       source or destination asset, one of ``facets.assets``
    since       RFC 3339 date or date and time, inclusive: of created_at, or else read_at
    until       likewise, exclusive; a date alone includes its whole day
    search      the beginning of an id, a ref_id or a batch's key; letter case does not matter

Paging of all JSON routes: ``offset`` (0) and ``limit`` (50; 1 to 200). The shapes are in ``shapes``.
"""
