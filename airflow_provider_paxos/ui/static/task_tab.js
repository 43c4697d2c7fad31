/** The tab of a task instance: its receipt in full, or a line for each payment of a batch. */

import { taskPath } from "./addresses.js";
import { PAGE_SIZE, useAnswer } from "./api.js";
import { Fragment, h, useState } from "./host.js";
import { Paging, Totals } from "./lists.js";
import { Amount, answered, Copy, Differing, Empty, Icon, Notice, Status, TaskLinks, Time, When } from "./parts.js";
import { Groups, Notes, Progress } from "./summary.js";
import { creatorText, EVENT_STATES, lookOf } from "./words.js";

/** @import { ReactNode, ToggleEvent } from "react" */
/** @import { AnswerState } from "./api.js" */
/** @import { ReceiptDetails, ReceiptField, Task, TaskReceipts, TimelineEvent } from "./types" */

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
    h("h3", null, "All fields"),
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
    h("h3", null, "Other tasks of the same orchestration"),
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
    h(Fact, { name: "Reference" }, h("span", { className: "px-code" }, receipt.ref_id ?? "unknown")),
    h(Fact, { name: "From" }, receipt.source ?? "unknown"),
    h(Fact, { name: "To" }, receipt.destination ?? "unknown"),
    receipt.creator && h(Fact, { name: "Adopted" }, creatorText(receipt)),
    receipt.dropped && h(Fact, { name: "Batch" }, "no longer in the batch"),
    receipt.differing.length > 0 && h(Fact, { name: "Other Dags" }, h(Differing, { receipt })),
  );

/** @param {{ receipt: ReceiptDetails }} props */
function Advice({ receipt }) {
  const { group, reason, advice, label } = receipt;
  if (group !== "needs_attention" && !advice) return null;
  const { look, icon } = lookOf(receipt);
  return h(
    Notice,
    {
      look: group === "needs_attention" ? look : "quiet",
      icon,
      title: reason ? `${label}: ${reason}` : label,
    },
    advice && h("p", null, advice),
  );
}

/**
 * Show a receipt in full.
 *
 * @param {{ receipt: ReceiptDetails }} props
 */
const Details = ({ receipt }) =>
  h(
    Fragment,
    null,
    h(Facts, { receipt }),
    h(Advice, { receipt }),
    receipt.timeline.length > 0 && h(TimeLine, { events: receipt.timeline }),
    receipt.related.length > 0 && h(Related, { tasks: receipt.related }),
    h(Fields, { fields: receipt.fields }),
  );

/**
 * Show a payment of a batch: one line that opens.
 *
 * @param {{ receipt: ReceiptDetails, opened: boolean }} props
 */
function Payment({ receipt, opened }) {
  const [isOpen, open] = useState(opened);
  return h(
    "details",
    {
      className: "px-payment",
      open: isOpen,
      onToggle: (/** @type {ToggleEvent<HTMLDetailsElement>} */ event) => open(event.currentTarget.open),
    },
    h(
      "summary",
      null,
      h(Status, { receipt }),
      h(Amount, { of: receipt }),
      h("span", { className: "px-code" }, receipt.key ?? receipt.ref_id ?? receipt.id),
      receipt.reason && h("span", { className: "px-clamped px-muted" }, receipt.reason),
      receipt.creator && h("span", { className: "px-clamped px-muted" }, creatorText(receipt)),
    ),
    isOpen && h("div", { className: "px-inside" }, h(Details, { receipt })),
  );
}

/** @param {{ answer: TaskReceipts, go: (offset: number) => void }} props */
const Payments = ({ answer, go }) =>
  h(
    Fragment,
    null,
    h(Progress, { counts: answer.groups, total: answer.total_items }),
    h(Groups, { counts: answer.groups }),
    h(
      "section",
      { "aria-label": "Payments" },
      answer.items.map((receipt, index) =>
        h(Payment, {
          key: `${answer.offset}-${index}-${receipt.id ?? receipt.ref_id}`,
          receipt,
          opened: index === 0 && receipt.group === "needs_attention",
        }),
      ),
    ),
    h(Paging, { answer, go }),
    h(Totals, { totals: answer.totals }),
  );

const NoReceipt = () =>
  h(
    Empty,
    { title: "This task has left no Paxos receipt." },
    "A task leaves one when it creates or awaits an orchestration. If this one should have: it may not have come that far, or a retry or clear took the receipt away until it has run again. Its log says more.",
  );

/** @param {{ dagId: string, runId: string, taskId: string, mapIndex?: string | number }} props */
export function TaskTab({ dagId, runId, taskId, mapIndex }) {
  const [offset, go] = useState(0);
  /** @type {AnswerState<TaskReceipts>} */
  const state = useAnswer(taskPath(dagId, runId, taskId, { map_index: mapIndex ?? -1, offset, limit: PAGE_SIZE }));
  return answered(state, (answer) => {
    const { items, total_items: total } = answer;
    const isOne = total === 1 && items.length === 1;
    return h(
      Fragment,
      null,
      total === 0 && h(NoReceipt),
      isOne && h(Details, { receipt: items[0] }),
      total > 0 && !isOne && h(Payments, { answer, go }),
      h(Notes, { notes: answer.notes }),
    );
  });
}
