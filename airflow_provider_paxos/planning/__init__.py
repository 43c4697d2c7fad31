"""A batch looked at before any money moves: what would be sent, what stands against it, and its digest. No Airflow.

``survey`` asks Paxos for the facts, ``plan_of`` makes the plan of them, and ``plan.Plan`` is what is found. Nothing
here moves money.
"""
