/** Lists: a table of rows, the receipts of each group, the totals, and the way from page to page. */

import { Button, Cell, ColumnHeader, Fragment, Go, h, Row, Table, TableBody, TableHead } from "./host.js";
import { Amount, Differing, Dotted, Muted, SourceAndDestination, Status, TaskLinks, When } from "./parts.js";
import {
  creatorText,
  cutInTheMiddle,
  GROUP_NAMES,
  GROUPS,
  grouped,
  lookOf,
  named,
  pairText,
  rangeText,
  totalText,
} from "./words.js";

/** @import { ReactNode } from "react" */
/** @import { Group, Listed, ProfileFlow, Receipt, Total } from "./types" */
/** @import { Look } from "./words.js" */

/**
 * A column of a grid. Its kind is a class of its own: number, among others.
 *
 * @template Item
 * @typedef {{ name: string, kind?: string, of: (item: Item) => ReactNode }} Column
 */

/**
 * Show a table that becomes a list of cards where it is narrow; its roles keep it a table for a screen reader.
 *
 * @template Item
 * @param {{ labelledBy: string, columns: Column<Item>[], rows: Item[], keyOf: (item: Item) => string | null,
 *   lookOfRow?: (item: Item) => Look }} grid
 */
export function grid({ labelledBy, columns, rows, keyOf, lookOfRow }) {
  /** @param {Column<Item>} column */
  const looks = ({ name, kind }) => ({ key: name, className: kind && `px-${kind}` });
  return h(
    Table,
    { className: "px-grid", role: "table", "aria-labelledby": labelledBy },
    h(
      TableHead,
      { role: "rowgroup" },
      h(
        Row,
        { role: "row" },
        columns.map((column) => h(ColumnHeader, { ...looks(column), role: "columnheader", scope: "col" }, column.name)),
      ),
    ),
    h(
      TableBody,
      { role: "rowgroup" },
      rows.map((row, index) =>
        h(
          Row,
          { key: `${keyOf(row)} ${index}`, role: "row", className: lookOfRow && `px-marked px-${lookOfRow(row)}` },
          columns.map((column) =>
            h(Cell, { ...looks(column), role: "cell", "data-label": column.name }, h("div", null, column.of(row))),
          ),
        ),
      ),
    ),
  );
}

/**
 * Link to the page of a payment.
 *
 * @param {{ of: Pick<Receipt, "id" | "ref_id" | "payment_path"> }} props
 */
export const PaymentLink = ({ of }) =>
  h(Go, { to: of.payment_path, className: "px-link px-code" }, of.ref_id ?? of.id ?? "unknown");

/**
 * Show what is to be said of a payment beside its own receipt.
 *
 * @param {{ receipt: Receipt }} props
 */
export const Remarks = ({ receipt }) => {
  const { id, beside, replaces, replaced_by: replacedBy, dropped } = receipt;
  return h(
    Fragment,
    null,
    dropped && h(Muted, null, "no longer in the batch"),
    receipt.creator && h(Muted, null, creatorText(receipt)),
    replacedBy && h(Muted, null, "paid again as ", h(PaymentLink, { of: replacedBy }), ` ${replacedBy.label}`),
    replaces && h(Muted, null, "pays again ", h(PaymentLink, { of: replaces }), ` ${replaces.label}`),
    beside.map((task) =>
      h(
        Muted,
        { key: task.task_path },
        "run ",
        h(Go, { to: task.task_path, className: "px-link" }, task.run_id),
        id ? " asked for something else under this ref_id" : " has another payment under this ref_id",
      ),
    ),
  );
};

/** @param {{ receipt: Receipt }} props */
const Reference = ({ receipt }) => {
  const { ref_id: refId, key } = receipt;
  return h(
    Fragment,
    null,
    h(PaymentLink, { of: receipt }),
    key && key !== refId && h(Muted, null, `payment ${key}`),
    h(Remarks, { receipt }),
    h(Differing, { receipt }),
  );
};

/** @type {Column<Receipt>} */
const REASON = {
  name: "Reason",
  kind: "wide",
  of: ({ reason }) => h("div", { title: reason ?? undefined }, reason === null ? "–" : cutInTheMiddle(reason)),
};

/**
 * @param {boolean} withReason
 * @param {boolean} [inRun]
 * @returns {Column<Receipt>[]}
 */
const receiptColumns = (withReason, inRun) => [
  { name: "Status", kind: "status", of: (receipt) => h(Status, { receipt }) },
  { name: "Amount", kind: "sum", of: (receipt) => h(Amount, { of: receipt }) },
  ...(withReason ? [REASON] : []),
  { name: "Reference", kind: "wide", of: (receipt) => h(Reference, { receipt }) },
  { name: "From and to", kind: "ends", of: (receipt) => h(SourceAndDestination, { receipt }) },
  { name: "Task", kind: "task", of: ({ task }) => h(TaskLinks, { task, inRun }) },
  { name: "Time", of: (receipt) => h(When, { receipt }) },
];

/**
 * Show the receipts of a group.
 *
 * @param {{ group: Group, receipts: Receipt[], count: number, inRun?: boolean }} props count includes those of the other
 *   pages
 */
function Section({ group, receipts, count, inRun }) {
  const { title } = GROUPS[group];
  const id = `px-${group}`;
  return h(
    "section",
    { className: "px-section", "aria-labelledby": id },
    h("h2", { id }, title, " ", h("span", { className: "px-count" }, count)),
    grid({
      labelledBy: id,
      columns: receiptColumns(group === "needs_attention", inRun),
      rows: receipts,
      keyOf: (receipt) => receipt.id ?? receipt.ref_id,
      lookOfRow: group === "needs_attention" ? (receipt) => lookOf(receipt).look : undefined,
    }),
  );
}

/**
 * Show a section for each group that this page of the list holds.
 *
 * @param {{ answer: Listed & { items: Receipt[] }, inRun?: boolean }} props
 */
export const Sections = ({ answer, inRun }) =>
  GROUP_NAMES.map((group) => {
    const receipts = answer.items.filter((each) => each.group === group);
    return receipts.length > 0 && h(Section, { key: group, group, receipts, count: answer.groups[group], inRun });
  });

/** @param {{ answer: Listed, go: (offset: number) => void }} props */
export function Paging({ answer, go }) {
  const { offset, limit, total_items: total } = answer;
  if (total <= limit && offset === 0) return null;
  return h(
    "nav",
    { className: "px-paging", "aria-label": "Pages" },
    h(Button, { disabled: offset === 0, onClick: () => go(Math.max(0, offset - limit)) }, "Previous"),
    h("span", { role: "status" }, rangeText(answer)),
    h(Button, { disabled: offset + limit >= total, onClick: () => go(offset + limit) }, "Next"),
  );
}

/** @type {Column<Total>[]} */
const TOTALS = [
  { name: "Assets", of: pairText },
  { name: "Status", of: (total) => h(Dotted, { look: lookOf(total).look }, total.label) },
  { name: "Number", kind: "number", of: ({ count }) => count },
  {
    name: "Amount",
    kind: "number",
    of: (total) =>
      h(
        Fragment,
        null,
        totalText(total),
        total.without_amount > 0 && h(Muted, null, `${total.without_amount} without an amount`),
      ),
  },
];

/** @param {{ totals: Total[] }} props */
export const Totals = ({ totals }) =>
  h(
    "section",
    { "aria-labelledby": "px-totals" },
    h("h2", { id: "px-totals" }, "Totals"),
    grid({
      labelledBy: "px-totals",
      columns: TOTALS,
      rows: totals,
      keyOf: (total) => `${pairText(total)} ${total.label}`,
    }),
  );

/** @type {Column<ProfileFlow>[]} */
const PROFILES = [
  { name: "Profile", kind: "wide", of: ({ profile, name }) => h("span", { title: profile }, named(profile, name)) },
  { name: "Asset", of: ({ asset }) => asset },
  { name: "Out", kind: "number", of: ({ out }) => grouped(out) },
  { name: "In", kind: "number", of: ({ into }) => grouped(into) },
];

/** @param {{ profiles: ProfileFlow[] }} props */
export const Profiles = ({ profiles }) =>
  h(
    "section",
    { "aria-labelledby": "px-profiles" },
    h("h2", { id: "px-profiles" }, "In and out per profile, settled"),
    grid({
      labelledBy: "px-profiles",
      columns: PROFILES,
      rows: profiles,
      keyOf: ({ profile, asset }) => `${profile} ${asset}`,
    }),
    h(Muted, null, "“In” is the source amount, too: Paxos publishes no other one."),
  );
