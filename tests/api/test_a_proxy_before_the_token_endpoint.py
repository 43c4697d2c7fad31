"""What a proxy answers for the token endpoint says nothing of an orchestration."""

from __future__ import annotations

import pytest

from airflow_provider_paxos.api import errors
from airflow_provider_paxos.api.auth import grant
from airflow_provider_paxos.api.credentials import Credentials
from airflow_provider_paxos.api.flow import Response
from tests.api.script import Script, payment, problem

CREDENTIALS = Credentials("me", "secret", "https://paxos.test/oauth2/token")
PAGE = b"<html><body>Conflict</body></html>"


def refused_grant(status: int) -> errors.PaxosError:
    script = Script(Response(status, {"content-type": "text/html"}, PAGE))
    with pytest.raises(errors.PaxosError) as refused:
        script.run(grant(CREDENTIALS, script.exchange()))
    return refused.value


@pytest.mark.parametrize("status", [404, 409])
def test_its_404_and_409_are_no_orchestration_s(status: int) -> None:
    assert type(refused_grant(status)) is errors.Refused


def test_its_409_does_not_make_submit_adopt_or_look_up_anything() -> None:
    script = Script(tokens=[refused_grant(409)])

    with pytest.raises(errors.Refused) as refused:
        script.run(script.calls().submit(payment()))
    assert refused.value.acceptance is errors.Acceptance.NOT_SENT
    assert script.sent == []


def test_its_404_does_not_make_an_orchestration_missing() -> None:
    script = Script(problem(404), tokens=[refused_grant(404)])

    with pytest.raises(errors.Refused):
        script.run(script.calls().read(ids=["orch-1"]))


def test_the_409_of_another_call_than_create_is_none_either() -> None:
    script = Script(problem(409, "already-exists"))

    with pytest.raises(errors.Refused) as refused:
        script.run(script.calls().get("orch-1"))
    assert not isinstance(refused.value, errors.AlreadyExists)
