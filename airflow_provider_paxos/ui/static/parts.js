/** Small parts: badges, notices, amounts, times, links to tasks. */

import { Button, Fragment, Go, h, QuietButton, Spinner, timeZone, useEffect, useReducer, useState } from "./host.js";
import { ICONS } from "./icons.js";
import { differingText, duration, grouped, lookOf, pairText, shortened, timeText } from "./words.js";

/** @import { HTMLAttributes, ReactElement, ReactNode } from "react" */
/** @import { AnswerError, AnswerState } from "./api.js" */
/** @import { IconName } from "./icons.js" */
/** @import { Receipt, Task } from "./types" */
/** @import { Look } from "./words.js" */

/** @param {{ name: IconName }} props */
export const Icon = ({ name }) =>
  h(
    "svg",
    { className: "px-icon", viewBox: "0 0 24 24", "aria-hidden": true, focusable: false },
    h("path", { d: ICONS[name] }),
  );

/** @param {{ look: Look, icon: IconName, children?: ReactNode }} props */
export const Badge = ({ look, icon, children }) =>
  h("span", { className: `px-badge px-${look}` }, h(Icon, { name: icon }), children);

/** @param {{ receipt: Receipt }} props */
export const Status = ({ receipt }) => h(Badge, lookOf(receipt), receipt.label);

/** @param {{ look: Look, children?: ReactNode }} props */
export const Dotted = ({ look, children }) =>
  h("span", { className: "px-dotted" }, h("span", { className: `px-dot px-${look}` }), children);

/** @param {{ of: Pick<Receipt, "amount" | "source_asset" | "destination_asset"> }} props */
export const Amount = ({ of }) =>
  h(
    "span",
    { className: "px-amount" },
    h("b", null, of.amount === null ? "amount unknown" : grouped(of.amount)),
    " ",
    h("span", { className: "px-pair" }, pairText(of)),
  );

/** @param {HTMLAttributes<HTMLDivElement>} props */
export const Muted = (props) => h("div", { className: "px-muted", ...props });

/**
 * Show a box with a message.
 *
 * @param {{ look: Look, icon: IconName, title: string, role?: string, children?: ReactNode }} props
 */
export const Notice = ({ look, icon, title, role, children }) =>
  h(
    "div",
    { className: `px-notice px-${look}`, role },
    h(Icon, { name: icon }),
    h("div", null, h("p", { className: "px-strong" }, title), children),
  );

const Loading = () =>
  h("div", { className: "px-loading", role: "status" }, h(Spinner, { "aria-hidden": true }), " Reading the receipts …");

/**
 * Show the way between the views of the page.
 *
 * @param {{ shown: "payments" | "reconciliation" }} props
 */
export const Views = ({ shown }) =>
  h(
    "nav",
    { className: "px-views", "aria-label": "Views" },
    h(Go, { to: "/plugin/paxos", className: "px-link", "aria-current": shown === "payments" && "page" }, "Payments"),
    h(
      Go,
      {
        to: "/plugin/paxos?view=reconciliation",
        className: "px-link",
        "aria-current": shown === "reconciliation" && "page",
      },
      "Reconciliation",
    ),
  );

/** @param {{ title: string, children?: ReactNode }} props */
export const Empty = ({ title, children }) =>
  h("div", { className: "px-empty" }, h("p", { className: "px-strong" }, title), h("p", null, children));

/** @param {{ error: AnswerError, again: () => void }} props */
const Failure = ({ error, again }) =>
  h(
    Notice,
    { look: "failed", icon: "cross", title: error.message, role: "alert" },
    h("p", null, error.advice),
    h(Button, { onClick: again }, h(Icon, { name: "again" }), "Try again"),
  );

/** @param {{ error: AnswerError, checkedAt?: Date, again: () => void }} props */
const Stale = ({ error, checkedAt, again }) =>
  h(
    Notice,
    { look: "waiting", icon: "clock", title: `Not up to date: ${error.message}`, role: "alert" },
    h("p", null, "What is shown is as of ", h(Time, { at: checkedAt?.toISOString() ?? null }), ". ", error.advice),
    h(Button, { onClick: again }, h(Icon, { name: "again" }), "Try again"),
  );

/**
 * Show how long ago the answer was last found to hold, and a button that asks again.
 *
 * @param {{ checkedAt?: Date, again: () => void }} props
 */
function Freshness({ checkedAt, again }) {
  const [, tick] = useReducer((/** @type {number} */ count) => count + 1, 0);
  useEffect(() => {
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, []);
  return h(
    "div",
    { className: "px-freshness px-muted" },
    checkedAt && h("span", null, `updated ${duration(checkedAt.toISOString(), new Date()) ?? "0 s"} ago`),
    h(QuietButton, { onClick: again }, h(Icon, { name: "again" }), "Refresh"),
  );
}

/**
 * Show that the answer is awaited, what went wrong, or the answer and how fresh it is.
 *
 * @template Answer
 * @param {AnswerState<Answer>} state
 * @param {(answer: Answer) => ReactElement} show
 */
export const answered = ({ answer, error, checkedAt, isBusy, again }, show) =>
  h(
    Fragment,
    null,
    error && (answer ? h(Stale, { error, checkedAt, again }) : h(Failure, { error, again })),
    !answer && !error && h(Loading),
    answer && h(Freshness, { checkedAt, again }),
    answer && h("div", { className: isBusy ? "px-busy" : undefined, "aria-busy": isBusy }, show(answer)),
  );

/**
 * @param {string} text
 * @param {HTMLElement} button
 */
async function copy(text, button) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Browsers keep the clipboard from pages that came over plain HTTP; the old way works there, too.
  const field = document.createElement("textarea");
  field.value = text;
  button.after(field);
  field.select();
  document.execCommand("copy");
  field.remove();
  return button.focus();
}

/**
 * Show a button that copies a value.
 *
 * @param {{ name: string, value: string }} props
 */
export function Copy({ name, value }) {
  const [outcome, setOutcome] = useState("");
  /** @param {{ currentTarget: HTMLElement }} event */
  const onClick = ({ currentTarget }) =>
    copy(value, currentTarget).then(
      () => setOutcome("Copied"),
      () => setOutcome("Not copied"),
    );
  const label = `Copy ${name}`;
  return h(
    "span",
    { className: "px-copy" },
    h(
      QuietButton,
      { onClick, onBlur: () => setOutcome(""), "aria-label": label, title: label },
      h(Icon, { name: "copy" }),
    ),
    h("span", { role: "status" }, outcome),
  );
}

/**
 * Show a time in the zone that was chosen in Airflow.
 *
 * @param {{ at: string | null }} props
 */
export function Time({ at }) {
  const text = at && timeText(at, timeZone());
  if (!at || !text) return at ?? "unknown";
  return h("time", { dateTime: at, title: at }, text);
}

/** @param {{ task: Task }} props */
const TaskName = ({ task }) =>
  h(
    Go,
    { to: task.task_path, className: "px-link px-strong" },
    task.task_id,
    task.map_index >= 0 && ` [${task.map_index}]`,
  );

/**
 * Show a task with the links that lead to it.
 *
 * @param {{ task: Task, inRun?: boolean }} props inRun leaves the Dag and the run out
 */
export const TaskLinks = ({ task, inRun }) =>
  h(
    Fragment,
    null,
    h(TaskName, { task }),
    !inRun &&
      h(
        Muted,
        null,
        h(Go, { to: task.dag_path, className: "px-link" }, task.dag_id),
        " / ",
        h(Go, { to: task.run_path, className: "px-link" }, task.run_id),
      ),
  );

/**
 * Show the receipts of other Dags that show other values, each with its task.
 *
 * @param {{ receipt: Receipt }} props
 */
export const Differing = ({ receipt: { differing, read_by: readBy } }) =>
  h(
    Fragment,
    null,
    differing.map((other) =>
      h(
        Muted,
        { key: other.task.task_path },
        "These values were read by ",
        h(TaskLinks, { task: readBy }),
        h("p", null, `The receipt of another Dag: ${differingText(other)}`),
        h(TaskLinks, { task: other.task }),
      ),
    ),
  );

/**
 * Show when an orchestration was created, and how long it took or has taken so far.
 *
 * @param {{ receipt: Receipt }} props
 */
export function When({ receipt }) {
  const { created_at: createdAt, updated_at: updatedAt, read_at: readAt, group, concern, status } = receipt;
  const isInProgress = group === "in_progress" || concern === "approval" || concern === "late";
  const took = isInProgress ? duration(createdAt, new Date()) : duration(createdAt, updatedAt);
  return h(
    Fragment,
    null,
    h(Time, { at: createdAt ?? readAt }),
    createdAt && took && h(Muted, null, isInProgress ? `for ${took}` : `took ${took}`),
    !createdAt && status === "ERROR" && h(Muted, null, "end of the attempt"),
    isInProgress && readAt && h(Muted, null, "as of ", h(Time, { at: readAt })),
  );
}

/**
 * Show where the money comes from and where it goes.
 *
 * @param {{ receipt: Receipt }} props
 */
export const SourceAndDestination = ({ receipt: { source, destination } }) =>
  h(
    Fragment,
    null,
    h("div", { title: source ?? undefined }, h("span", { className: "px-unseen" }, "from "), shortened(source)),
    h(
      "div",
      { title: destination ?? undefined },
      h("span", { className: "px-muted", "aria-hidden": true }, "→ "),
      h("span", { className: "px-unseen" }, "to "),
      shortened(destination),
    ),
  );
