"""Create orchestration rules as rows describe them, and wait until they are ACTIVE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow.triggers.base import BaseTrigger

from airflow_provider_paxos.api.errors import MissingScope, NotFound, PaxosError, quoted
from airflow_provider_paxos.api.rule_models import OrchestrationRule, OrchestrationRuleRequest, checked_rules
from airflow_provider_paxos.api.rules import EnsuredRule
from airflow_provider_paxos.api.secrecy import Secret
from airflow_provider_paxos.execution.ensure import SHOWN, Ensuring, Records
from airflow_provider_paxos.execution.task import EnsureRulesTask
from airflow_provider_paxos.hooks.paxos import PaxosHook
from airflow_provider_paxos.triggers.orchestration_rule import OrchestrationRuleTrigger
from airflow_provider_paxos.waiting.rule_watch import RuleWatch, name_of, not_active_in_time
from airflow_provider_paxos.xcom import packed


class EnsuringRules(Ensuring[EnsuredRule]):
    """Runs one attempt of ``EnsureOrchestrationRulesOperator``, or what comes after its deferral."""

    nouns = "rules"
    _task: EnsureRulesTask

    def _asked(self) -> Secret[list[OrchestrationRuleRequest]]:
        return Secret(checked_rules(self._task.rules))

    def _ensure(self, hook: PaxosHook, asked: Secret[list[OrchestrationRuleRequest]]) -> list[EnsuredRule]:
        results = self._run(hook, hook.get_conn().rules.ensure(asked.reveal()))
        ensured = [each for each in results if isinstance(each, EnsuredRule)]
        errors = [each for each in results if isinstance(each, PaxosError)]
        self._log(ensured, len(results))
        # All of them: a task that fails returns no record.
        for error in errors:
            self._task.log.error("%s", error)
        if errors:
            raise errors[0]
        return ensured

    def _log(self, ensured: Sequence[EnsuredRule], rows: int) -> None:
        log = self._task.log
        created = [each.rule for each in ensured if each.created]
        log.info("Rules as described: %s of %s, of which %s created", len(ensured), rows, len(created))
        for rule in created[:SHOWN]:
            log.info("Rule %s is created: %s", name_of(rule), quoted(rule.status))
        for each in [each for each in ensured if each.absent][:SHOWN]:
            names = ", ".join(each.absent)
            log.warning("Rule %s: Paxos does not show %s, which is not compared", name_of(each.rule), names)

    def _pending(self, ensured: Sequence[EnsuredRule]) -> list[OrchestrationRule]:
        return [each.rule for each in ensured if not each.rule.is_active]

    def _watch(self, ids: Sequence[str]) -> RuleWatch:
        return RuleWatch(ids)

    def _read(self, hook: PaxosHook, ids: Sequence[str]) -> list[OrchestrationRule]:
        return hook.read_orchestration_rules(ids)

    def _trigger(self, ids: Sequence[str], poll_interval: float) -> BaseTrigger:
        return OrchestrationRuleTrigger(paxos_conn_id=self._task.paxos_conn_id, ids=ids, poll_interval=poll_interval)

    def _not_in_time(self, pending: Sequence[OrchestrationRule]) -> PaxosError:
        return not_active_in_time(pending)

    def _conclude(
        self, hook: PaxosHook, asked: Secret[list[OrchestrationRuleRequest]], ensured: Sequence[EnsuredRule]
    ) -> Records:
        deleted = self._prune(hook, asked.reveal()) if self._task.prune else []
        records = [self._record(each.rule, each.change, self._deposits(hook, each.rule)) for each in ensured]
        return packed([*records, *(self._record(rule, "deleted", None) for rule in deleted)])

    def _prune(self, hook: PaxosHook, asked: list[OrchestrationRuleRequest]) -> list[OrchestrationRule]:
        """Delete the rules that those asked for replace. All of these are ACTIVE by now."""
        rules, log, deleted = hook.get_conn().rules, self._task.log, []
        for rule in self._run(hook, rules.replaced(asked)):
            try:
                deleted.append(self._run(hook, rules.delete(rule.id)))
            except NotFound:
                log.info("Rule %s is gone already", name_of(rule))
                continue
            log.warning(
                "Rule %s is deleted: another one of the rows replaces it. Deposits that still arrive at its "
                "instructions are credited to profile %s, and not converted",
                name_of(rule),
                quoted(rule.profile_id),
            )
        return deleted

    def _deposits(self, hook: PaxosHook, rule: OrchestrationRule) -> dict[str, Any]:
        """Return what deposits are sent to; of fiat money without the names and addresses of whoever owns it."""
        source = rule.source
        if source and source.crypto:
            return {"network": source.crypto.network, "address": source.crypto.address}
        fiat = source and source.fiat
        if not fiat:
            return {}
        known = {
            "network": fiat.network,
            "memo_id": fiat.memo_id,
            "deposit_instructions_id": fiat.deposit_instructions_id,
        }
        if fiat.deposit_instructions_id is None:
            return known
        try:
            instructions = hook.get_fiat_deposit_instructions(fiat.deposit_instructions_id)
        except MissingScope as missing:
            self._task.log.warning("The account for deposits is not in the result: %s", missing)
            return known
        return {**known, "memo_id": fiat.memo_id or instructions.memo_id, "account": instructions.account}

    def _record(self, rule: OrchestrationRule, change: str, deposits: dict[str, Any] | None) -> dict[str, Any]:
        return {
            "id": rule.id,
            "ref_id": rule.ref_id,
            "status": rule.status,
            "profile_id": rule.profile_id,
            "source_asset": rule.source_asset,
            "destination_asset": rule.destination_asset,
            "deposits": deposits,
            "change": change,
        }
