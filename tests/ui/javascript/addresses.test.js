import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addressBelow,
  changed,
  listPath,
  picked,
  runPath,
  taskPath,
} from "../../../airflow_provider_paxos/ui/static/addresses.js";

test("an address is below the path of Airflow's base URL", () => {
  assert.equal(addressBelow("https://airflow.example/", "/dags/d"), "https://airflow.example/dags/d");
  assert.equal(addressBelow("https://airflow.example/data/", "/dags/d"), "https://airflow.example/data/dags/d");
  assert.equal(addressBelow("https://airflow.example/data/", "paxos/api"), "https://airflow.example/data/paxos/api");
});

test("every id is encoded", () => {
  const run = "scheduled__2026-11-20T03:04:05+00:00";
  const encoded = "scheduled__2026-11-20T03%3A04%3A05%2B00%3A00";
  assert.equal(runPath("a/b", run, { offset: 0 }), `paxos/api/dags/a%2Fb/runs/${encoded}?offset=0`);
  assert.equal(
    taskPath("d", run, "pay?", { map_index: -1, limit: 50 }),
    `paxos/api/dags/d/runs/${encoded}/tasks/pay%3F?map_index=-1&limit=50`,
  );
});

test("the list and its CSV take the same query", () => {
  const query = new URLSearchParams({ search: "a&b" });
  assert.equal(listPath(query), "paxos/api/orchestrations?search=a%26b");
  assert.equal(listPath(query, ".csv"), "paxos/api/orchestrations.csv?search=a%26b");
});

test("of a page's query only the named parameters with a value are the filters", () => {
  const query = new URLSearchParams("status=FAILED&asset=&tab=graph");
  assert.equal(picked(query, ["status", "asset", "dag_id"]).toString(), "status=FAILED");
});

test("a changed filter starts at the first page, and an empty one goes away", () => {
  const query = new URLSearchParams("status=FAILED&offset=50&tab=graph");
  assert.equal(changed(query, { asset: "USD" }).toString(), "status=FAILED&tab=graph&asset=USD");
  assert.equal(changed(query, { status: "" }).toString(), "tab=graph");
  assert.equal(changed(query, { offset: "100" }).toString(), "status=FAILED&tab=graph&offset=100");
  assert.equal(query.toString(), "status=FAILED&offset=50&tab=graph");
});

test("a parameter may have several values", () => {
  const query = changed(new URLSearchParams("status=FAILED"), { status: ["FAILED", "PENDING"] });
  assert.equal(query.toString(), "status=FAILED&status=PENDING");
  assert.equal(picked(query, ["status"]).toString(), "status=FAILED&status=PENDING");
  assert.equal(changed(query, { status: [] }).toString(), "");
});
