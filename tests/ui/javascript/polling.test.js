import assert from "node:assert/strict";
import { test } from "node:test";
import { pollSeconds } from "../../../airflow_provider_paxos/ui/static/polling.js";

test("what may change is asked for more often than what has ended", () => {
  assert.ok(pollSeconds(true, 0) < pollSeconds(false, 0));
});

test("while requests fail they come ever more slowly, up to a bound", () => {
  const pauses = [1, 2, 3, 4, 5, 6, 60].map((failures) => pollSeconds(true, failures));
  assert.deepEqual(pauses, [15, 30, 60, 120, 240, 300, 300]);
});
