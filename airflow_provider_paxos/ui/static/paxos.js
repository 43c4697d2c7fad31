/**
 * The entry of Paxos in Airflow's web UI: a page, a tab on each Dag run and a tab on each task instance.
 *
 * Airflow imports this module as it is, and renders `AirflowPlugin`: without properties as the page, with dagId and runId
 * as the Dag run's tab, with taskId as the task's. All data come from ../routes.py in the shapes of types.d.ts. Every text
 * of theirs was written by somebody else: it becomes a text node or an attribute, never markup.
 */

import { picked } from "./addresses.js";
import { h, isThemed, useEffect } from "./host.js";
import { Page } from "./page.js";
import { usePageQuery } from "./page_query.js";
import { PAYMENT, PaymentPage } from "./payment_page.js";
import { ReconciliationPage } from "./reconciliation_page.js";
import { RunTab } from "./run_tab.js";
import { STYLE } from "./style.js";
import { TaskTab } from "./task_tab.js";

/**
 * Show the place that the properties name.
 *
 * @param {{ dagId?: string, runId?: string, taskId?: string, mapIndex?: string | number }} props mapIndex is absent for a
 *   task that is not mapped
 */
function Paxos({ dagId, runId, taskId, mapIndex }) {
  // With a key of its own, a run or task never shows what the one before it had.
  const key = [dagId, runId, taskId, mapIndex].join("\n");
  const query = usePageQuery();
  const isPayment = picked(query, PAYMENT).size > 0;
  const PageOfQuery = isPayment ? PaymentPage : query.get("view") === "reconciliation" ? ReconciliationPage : Page;
  const place = dagId && runId ? (taskId ? "task" : "run") : isPayment ? "payment" : "page";
  const isPage = !dagId;
  useEffect(() => {
    if (!isPage) return undefined;
    const before = document.title;
    document.title = "Paxos · Airflow";
    return () => {
      document.title = before;
    };
  }, [isPage]);
  return h(
    "div",
    { className: isThemed ? "paxos" : "paxos px-plain", "data-place": place },
    h("style", null, STYLE),
    dagId && runId && taskId
      ? h(TaskTab, { key, dagId, runId, taskId, mapIndex })
      : dagId && runId
        ? h(RunTab, { key, dagId, runId })
        : h(PageOfQuery, { key }),
  );
}

globalThis.AirflowPlugin = Paxos;
