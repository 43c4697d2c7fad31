/** The tab of a task instance: its receipt in full, or a line for each payment of a batch. */

import { runTabPath, taskPath } from "./addresses.js";
import { PAGE_SIZE, useAnswer } from "./api.js";
import { Details } from "./details.js";
import { Fragment, Go, h, useState } from "./host.js";
import { Paging, Totals } from "./lists.js";
import { Amount, answered, Empty, Icon, Status } from "./parts.js";
import { Groups, Notes, Progress } from "./summary.js";
import { creatorText, cutInTheMiddle, plural } from "./words.js";

/** @import { ToggleEvent } from "react" */
/** @import { AnswerState } from "./api.js" */
/** @import { ReceiptDetails, TaskReceipts } from "./types" */

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
      receipt.reason && h("span", { className: "px-line px-muted" }, cutInTheMiddle(receipt.reason, 160)),
      receipt.creator && h("span", { className: "px-line px-muted" }, creatorText(receipt)),
    ),
    isOpen && h("div", { className: "px-inside" }, h(Details, { receipt })),
  );
}

/** @param {{ answer: TaskReceipts, go: (offset: number) => void }} props */
const Payments = ({ answer, go }) =>
  h(
    Fragment,
    null,
    h(Progress, { counts: answer.groups }),
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

/** @param {{ needed: number, runTab: string }} props needed counts the payments of the run that need attention */
const NoReceipt = ({ needed, runTab }) =>
  h(
    Fragment,
    null,
    needed > 0 &&
      h(
        "p",
        { className: "px-pointer px-failed" },
        h(Icon, { name: "cross" }),
        h(
          Go,
          { to: runTab, className: "px-link px-strong" },
          `${plural(needed, "payment")} of this run ${needed === 1 ? "needs" : "need"} attention →`,
        ),
      ),
    h(
      Empty,
      { title: "This task has left no Paxos receipt." },
      "A task leaves one when it creates or awaits an orchestration. If this one should have: it may not have come that far, or a retry or clear took the receipt away until it has run again. Its log says more.",
    ),
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
      total === 0 && h(NoReceipt, { needed: answer.run_groups.needs_attention, runTab: runTabPath(dagId, runId) }),
      isOne && h(Details, { receipt: items[0] }),
      total > 0 && !isOne && h(Payments, { answer, go }),
      h(Notes, { notes: answer.notes }),
    );
  });
}
