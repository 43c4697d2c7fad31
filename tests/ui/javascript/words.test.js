import assert from "node:assert/strict";
import { test } from "node:test";
import {
  countsText,
  creatorText,
  cutInTheMiddle,
  differingText,
  duration,
  GROUP_NAMES,
  grouped,
  kindText,
  lookOf,
  named,
  outcomeOf,
  pairText,
  periodText,
  plural,
  rangeText,
  shortened,
  timeText,
  totalText,
} from "../../../airflow_provider_paxos/ui/static/words.js";

test("the groups are shown with what needs attention first", () => {
  assert.deepEqual(GROUP_NAMES, ["needs_attention", "in_progress", "repaired", "settled"]);
});

test("an id is shown short, with the name that people gave it", () => {
  assert.equal(named("7c4e8f2a-1d3b-4a5e-9f6c-8b2d7e0a4f1c", "Treasury"), "7c4e8f2a…4f1c (Treasury)");
  assert.equal(named("7c4e8f2a-1d3b-4a5e-9f6c-8b2d7e0a4f1c", null), "7c4e8f2a…4f1c");
});

test("an orchestration looks like its group, unless its concern has a look of its own", () => {
  assert.deepEqual(lookOf({ group: "settled", concern: null }), { look: "success", icon: "check" });
  assert.deepEqual(lookOf({ group: "needs_attention", concern: "failed" }), { look: "failed", icon: "cross" });
  assert.deepEqual(lookOf({ group: "needs_attention", concern: "approval" }), { look: "waiting", icon: "hand" });
  assert.deepEqual(lookOf({ group: "needs_attention", concern: "late" }), { look: "waiting", icon: "clock" });
});

test("one is singular, all other numbers are plural", () => {
  assert.deepEqual(
    [0, 1, 2].map((count) => plural(count, "orchestration")),
    ["0 orchestrations", "1 orchestration", "2 orchestrations"],
  );
});

test("assets are a pair, or one if both are the same", () => {
  assert.equal(pairText({ source_asset: "USD", destination_asset: "USDG" }), "USD → USDG");
  assert.equal(pairText({ source_asset: "USD", destination_asset: "USD" }), "USD");
  assert.equal(pairText({ source_asset: "USD", destination_asset: null }), "USD");
  assert.equal(pairText({ source_asset: null, destination_asset: "USDG" }), "asset unknown → USDG");
  assert.equal(pairText({ source_asset: null, destination_asset: null }), "asset unknown");
});

test("an amount keeps every digit", () => {
  const exact = "12345678901234567.99000001";
  assert.equal(totalText({ amount: exact, source_asset: "USD" }), "12,345,678,901,234,567.99000001 USD");
  assert.equal(totalText({ amount: "0.10", source_asset: null }), "0.10");
});

test("long names are cut in the middle, words are not", () => {
  assert.equal(shortened("bank account fa11ed00-0000-4000-8000-000000000001"), "bank account fa11ed00…0001");
  assert.equal(shortened("profile treasury"), "profile treasury");
  assert.equal(shortened(null), "unknown");
});

test("a period is as long as its largest unit", () => {
  const start = "2026-07-01T00:00:00Z";
  const lengths = {
    "2026-07-01T00:00:59Z": "59 s",
    "2026-07-01T00:59:59Z": "59 min",
    "2026-07-01T23:59:59Z": "23 h",
    "2026-07-02T00:00:00Z": "1 day",
    "2026-07-31T00:00:00Z": "30 days",
  };
  for (const [end, length] of Object.entries(lengths)) assert.equal(duration(start, end), length);
  assert.equal(duration(start, new Date("2026-07-01T01:00:00+01:00")), "0 s");
});

test("a period without a beginning or an end, or one that runs backwards, has no length", () => {
  const time = "2026-07-01T00:00:00Z";
  for (const [from, to] of [
    [null, time],
    [time, null],
    ["yesterday", time],
    [time, "2026-06-30T00:00:00Z"],
  ])
    assert.equal(duration(from, to), null);
});

test("contiguous days are named by the first and the last", () => {
  assert.equal(periodText("2026-07-01", "2026-07-03"), "2026-07-01 to 2026-07-03");
  assert.equal(periodText("2026-07-01", "2026-07-01"), "2026-07-01");
});

test("a time is written in the zone that was chosen", () => {
  assert.equal(timeText("2026-07-01T23:30:05Z", "UTC"), "2026-07-01 23:30:05");
  assert.equal(timeText("2026-07-01T23:30:05Z", "Asia/Tokyo"), "2026-07-02 08:30:05");
  assert.equal(timeText("soon", "UTC"), null);
});

test("the numbers of the groups are a sentence", () => {
  const counts = { needs_attention: 1, in_progress: 0, settled: 19 };
  assert.equal(countsText(counts), "1 needs attention, 0 in progress, 19 settled");
});

test("a page of a list is a range that ends with the list", () => {
  assert.equal(rangeText({ offset: 0, limit: 50, total_items: 120 }), "1 to 50 of 120");
  assert.equal(rangeText({ offset: 100, limit: 50, total_items: 120 }), "101 to 120 of 120");
  assert.equal(rangeText({ offset: 150, limit: 50, total_items: 120 }), "120 to 120 of 120");
});

test("a creator is named if it is another run, and called unknown without a stamp", () => {
  assert.equal(creatorText({ creator: null }), null);
  assert.equal(creatorText({ creator: "unknown" }), "creator unknown");
  assert.equal(creatorText({ creator: "settlement.pay run-1" }), "created by settlement.pay run-1");
});

test("a receipt of another Dag is shown with what differs", () => {
  const other = { label: "Failed", amount: "100.25", differs: ["status", "source_amount"] };
  assert.equal(differingText(other), "Failed, 100.25; differs in status, source_amount");
  assert.equal(
    differingText({ ...other, amount: null, differs: ["status"] }),
    "Failed, amount unknown; differs in status",
  );
});

test("digits are grouped and none is lost", () => {
  assert.equal(grouped("12345678901234567890.00000001"), "12,345,678,901,234,567,890.00000001");
  assert.deepEqual(["0", "999", "1000", "-1234.5", "much"].map(grouped), ["0", "999", "1,000", "-1,234.5", "much"]);
});

test("a long text is cut in its middle", () => {
  const cut = cutInTheMiddle(`cause ${"x".repeat(500)} advice`, 60);
  assert.ok(cut.startsWith("cause ") && cut.endsWith(" advice"));
  assert.equal(cut.length, 63);
  assert.equal(cutInTheMiddle("short"), "short");
});

test("a reconciliation is clean only if all was read", () => {
  assert.equal(outcomeOf({ clean: true, complete: true, exceptions: 0 }).title, "Clean");
  assert.equal(outcomeOf({ clean: false, complete: true, exceptions: 1 }).title, "1 exception");
  assert.deepEqual(outcomeOf({ clean: true, complete: false, exceptions: 0 }), {
    look: "failed",
    icon: "cross",
    title: "Incomplete, 0 exceptions",
  });
});

test("a class of exceptions is shown in words", () => {
  assert.equal(kindText("unknown_to_airflow"), "unknown to airflow");
});
