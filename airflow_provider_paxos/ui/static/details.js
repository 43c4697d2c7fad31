/** Details of a payment: its facts, what its state means, its time line, its history, and every field. */

import { Fragment, Go, h } from "./host.js";
import { PaymentLink, Remarks } from "./lists.js";
import { Amount, Copy, Differing, Icon, Muted, Notice, Status, TaskLinks, Time, When } from "./parts.js";
import { DEEDS, EVENT_STATES, lookOf } from "./words.js";

/** @import { ReactNode } from "react" */
/** @import { HistoryEvent, PersonsNote, ReceiptDetails, ReceiptField, Task, TimelineEvent } from "./types" */

/** @param {{ events: TimelineEvent[] }} props */
const TimeLine = ({ events }) =>
  h(
    "ol",
    { className: "px-timeline", "aria-label": "Time line" },
    events.map(({ name, label, state, at, detail }) => {
      const { word, look, icon } = EVENT_STATES[state];
      return h(
        "li",
        { key: name },
        h("span", { className: `px-mark px-${look}` }, h(Icon, { name: icon })),
        h("div", null, h("span", { className: "px-strong" }, label), " ", h("span", { className: "px-muted" }, word)),
        at && h("div", null, h(Time, { at })),
        detail && h("div", { className: "px-muted px-code" }, detail),
      );
    }),
  );

/** @param {{ fields: ReceiptField[] }} props */
const Fields = ({ fields }) =>
  h(
    "section",
    null,
    h("h2", null, "All fields"),
    h(
      "dl",
      { className: "px-fields" },
      fields.map(({ name, value }) =>
        h(
          "div",
          { key: name },
          h("dt", null, name),
          h("dd", null, h("span", { className: "px-code" }, value), h(Copy, { name, value })),
        ),
      ),
    ),
  );

/** @param {{ tasks: Task[] }} props */
const Related = ({ tasks }) =>
  h(
    "section",
    null,
    h("h2", null, "Other tasks of the same orchestration"),
    h(
      "ul",
      { className: "px-related" },
      tasks.map((task) => h("li", { key: task.task_path }, h(TaskLinks, { task }))),
    ),
  );

/** @param {{ name: string, children?: ReactNode }} props */
const Fact = ({ name, children }) => h("div", null, h("div", { className: "px-label" }, name), children);

/** @param {{ receipt: ReceiptDetails }} props */
const Facts = ({ receipt }) =>
  h(
    "div",
    { className: "px-facts" },
    h(Fact, { name: "Status" }, h(Status, { receipt })),
    h(Fact, { name: "Amount" }, h(Amount, { of: receipt })),
    h(Fact, { name: "Time" }, h(When, { receipt })),
    h(Fact, { name: "Reference" }, h(PaymentLink, { of: receipt }), h(Remarks, { receipt })),
    h(Fact, { name: "From" }, receipt.source ?? "unknown"),
    h(Fact, { name: "To" }, receipt.destination ?? "unknown"),
    receipt.dashboard_url &&
      h(
        Fact,
        { name: "At Paxos" },
        h(
          "a",
          { href: receipt.dashboard_url, className: "px-link", target: "_blank", rel: "noopener noreferrer" },
          "Open in the dashboard",
        ),
      ),
    receipt.differing.length > 0 && h(Fact, { name: "Other Dags" }, h(Differing, { receipt })),
  );

/**
 * Show what a state means, in three parts.
 *
 * @param {{ receipt: ReceiptDetails }} props
 */
function Explained({ receipt }) {
  const { group, explanation, label } = receipt;
  if (!explanation) return null;
  const { look, icon } = lookOf(receipt);
  /** @type {[string, string | null][]} */
  const parts = [
    ["What happened", explanation.happened],
    ["The money", explanation.money],
    ["What to do", explanation.advice],
  ];
  return h(
    Notice,
    { look: group === "needs_attention" ? look : "quiet", icon, title: label },
    h(
      "dl",
      { className: "px-parts" },
      parts.map(([name, part]) => part && h("div", { key: name }, h("dt", null, name), h("dd", null, part))),
    ),
  );
}

/** @param {{ notes: PersonsNote[] }} props */
const PersonsNotes = ({ notes }) =>
  h(
    "section",
    null,
    h("h2", null, "Notes in Airflow"),
    h(
      "ul",
      { className: "px-related" },
      notes.map(({ of, task, text }) =>
        h(
          "li",
          { key: `${of} ${task.task_path}` },
          h("p", { className: "px-note" }, text),
          h(
            Muted,
            null,
            of === "run" ? "on the run " : "on the task ",
            of === "run"
              ? h(Go, { to: task.run_path, className: "px-link" }, task.run_id)
              : h(Go, { to: task.instance_path, className: "px-link" }, task.task_id),
          ),
        ),
      ),
    ),
  );

/** @param {{ events: HistoryEvent[] }} props */
const History = ({ events }) =>
  h(
    "section",
    null,
    h("h2", null, "History"),
    h(
      "ul",
      { className: "px-related" },
      events.map(({ at, did, label, task }, index) =>
        h(
          "li",
          { key: index },
          h(Time, { at }),
          " ",
          h("span", { className: "px-strong" }, label),
          h(Muted, null, `${DEEDS[did]}: `),
          h(TaskLinks, { task }),
          h(Muted, null, h(Go, { to: task.instance_path, className: "px-link" }, "its log")),
        ),
      ),
    ),
  );

/**
 * Show a receipt in full.
 *
 * @param {{ receipt: ReceiptDetails }} props
 */
export const Details = ({ receipt }) =>
  h(
    Fragment,
    null,
    h(Facts, { receipt }),
    h(Explained, { receipt }),
    receipt.persons_notes.length > 0 && h(PersonsNotes, { notes: receipt.persons_notes }),
    receipt.timeline.length > 0 && h(TimeLine, { events: receipt.timeline }),
    receipt.history.length > 0 && h(History, { events: receipt.history }),
    receipt.related.length > 0 && h(Related, { tasks: receipt.related }),
    h(Fields, { fields: receipt.fields }),
  );
