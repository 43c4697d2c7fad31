/** The view of the newest reconciliations: the outcome of each, its exceptions and its totals. */

import { useAnswer } from "./api.js";
import { Fragment, Go, h } from "./host.js";
import { grid } from "./lists.js";
import { answered, Badge, Empty, Muted, Notice, TaskLinks, Time, Views } from "./parts.js";
import { cutInTheMiddle, grouped, kindText, outcomeOf, plural, shortened } from "./words.js";

/** @import { AnswerState } from "./api.js" */
/** @import { Column } from "./lists.js" */
/** @import { ReconciliationException, ReconciliationReport, Reconciliations, ReconciliationTotal } from "./types" */

/** @param {{ of: ReconciliationException }} props */
const Reference = ({ of }) => {
  const name = of.ref_id ?? of.id ?? (of.profile_id ? shortened(of.profile_id) : "–");
  return of.payment_path
    ? h(Go, { to: of.payment_path, className: "px-link px-code" }, name)
    : h("span", { className: "px-code" }, name);
};

/** @type {Column<ReconciliationException>[]} */
const EXCEPTIONS = [
  { name: "Exception", kind: "status", of: ({ kind }) => h(Badge, { look: "failed", icon: "cross" }, kindText(kind)) },
  { name: "Reference", kind: "wide", of: (found) => h(Reference, { of: found }) },
  {
    name: "Amount",
    kind: "number",
    of: ({ amount, asset }) => (amount === null ? "–" : `${grouped(amount)} ${asset ?? ""}`),
  },
  {
    name: "What, and what to do",
    kind: "wide",
    of: ({ what, what_to_do: advice }) =>
      h(Fragment, null, h("div", { title: what }, cutInTheMiddle(what)), advice && h(Muted, null, advice)),
  },
];

/** @param {string | null} amount */
const book = (amount) => (amount === null ? "–" : grouped(amount));

/** @type {Column<ReconciliationTotal>[]} */
const TOTALS = [
  {
    name: "Profile",
    kind: "wide",
    of: ({ profile_id: profile }) => h("span", { title: profile }, shortened(profile)),
  },
  { name: "Asset", of: ({ asset }) => asset },
  { name: "Meant", kind: "number", of: ({ meant }) => book(meant) },
  { name: "Paxos", kind: "number", of: ({ paxos }) => book(paxos) },
  { name: "Completed", kind: "number", of: ({ completed }) => book(completed) },
  { name: "Transferred", kind: "number", of: ({ transferred }) => book(transferred) },
  { name: "Reported", kind: "number", of: ({ reported }) => book(reported) },
  { name: "Fees", kind: "number", of: ({ fees }) => book(fees) },
];

/** @param {{ report: ReconciliationReport, number: number }} props */
function Report({ report, number }) {
  const id = `px-report-${number}`;
  const { look, icon, title } = outcomeOf(report);
  const hidden = report.exceptions - report.first_exceptions.length;
  return h(
    "section",
    { className: "px-section", "aria-labelledby": id },
    h("h2", { id }, h(Time, { at: report.since }), " to ", h(Time, { at: report.until })),
    h(
      "p",
      null,
      h(Badge, { look, icon }, title),
      ` ${plural(report.orchestrations, "orchestration")}, ${report.environment ?? "unknown environment"}`,
    ),
    h(TaskLinks, { task: report.task }),
    report.incomplete.map((line) =>
      h(Notice, { key: line, look: "failed", icon: "cross", title: "Not everything was read" }, h("p", null, line)),
    ),
    report.not_checked.map((line) => h(Muted, { key: line }, `Not checked: ${line}`)),
    report.files.map((file) => h(Muted, { key: file }, h("span", { className: "px-code" }, file))),
    report.first_exceptions.length > 0 &&
      grid({
        labelledBy: id,
        columns: EXCEPTIONS,
        rows: report.first_exceptions,
        keyOf: (found) => `${found.kind} ${found.id ?? found.ref_id}`,
        lookOfRow: () => "failed",
      }),
    hidden > 0 && h(Muted, null, `and ${plural(hidden, "exception")} more, in the files of the report`),
    report.totals.length > 0 &&
      grid({
        labelledBy: id,
        columns: TOTALS,
        rows: report.totals,
        keyOf: ({ profile_id: profile, asset }) => `${profile} ${asset}`,
      }),
  );
}

export function ReconciliationPage() {
  /** @type {AnswerState<Reconciliations>} */
  const state = useAnswer("paxos/api/reconciliations");
  return h(
    Fragment,
    null,
    h(Views, { shown: "reconciliation" }),
    h("h1", null, "Reconciliation"),
    h("p", { className: "px-muted" }, "What was meant, compared with what Paxos has: the newest reports."),
    answered(state, (answer) =>
      h(
        Fragment,
        null,
        answer.items.length === 0 &&
          h(
            Empty,
            { title: "No task has left a reconciliation yet." },
            "ReconcileOrchestrationsOperator leaves one. You see those of the Dags whose XComs you may read.",
          ),
        answer.items.map((report, number) => h(Report, { key: report.task.task_path, report, number })),
        answer.unreadable > 0 && h(Muted, null, `${plural(answer.unreadable, "report")} could not be read.`),
      ),
    ),
  );
}
