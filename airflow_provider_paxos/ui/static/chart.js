/** The chart of the days: their numbers, or the amounts of one asset. */

import { Fragment, h, Select, useState, zoneName } from "./host.js";
import { grid } from "./lists.js";
import { Dotted, Muted } from "./parts.js";
import { grouped, periodText } from "./words.js";

/** @import { Day } from "./types" */
/** @import { Column } from "./lists.js" */

/** @typedef {"settled" | "failed" | "in_progress"} Outcome */
/** @typedef {Record<Outcome, string> & { day: string }} Sums exact, of one day */

const FEWEST_SLOTS = 14;

/** @type {Column<Sums>[]} */
const COLUMNS = [
  { name: "Day", of: ({ day }) => day },
  { name: "Settled", kind: "number", of: ({ settled }) => grouped(settled) },
  { name: "Failed", kind: "number", of: ({ failed }) => grouped(failed) },
  { name: "In progress", kind: "number", of: ({ in_progress: inProgress }) => grouped(inProgress) },
];

/**
 * Return what the chart shows of a day.
 *
 * @param {Day} day
 * @param {string} asset empty for numbers
 * @returns {Sums}
 */
function sumsOf(day, asset) {
  const { settled, failed, in_progress: inProgress } = day;
  if (!asset) return { day: day.day, settled: `${settled}`, failed: `${failed}`, in_progress: `${inProgress}` };
  const sums = day.amounts.find((each) => each.asset === asset);
  return { settled: "0", failed: "0", in_progress: "0", ...sums, day: day.day };
}

/**
 * Show the days as bars. Settled ones rise from the line and failed ones hang from it: the meaning does not rest on the
 * colour.
 *
 * @param {{ days: Day[] }} props at least one
 */
export function Chart({ days }) {
  const assets = [...new Set(days.flatMap(({ amounts }) => amounts.map(({ asset }) => asset)))].sort();
  const [chosen, choose] = useState("");
  const asset = assets.includes(chosen) ? chosen : "";
  const sums = days.map((day) => sumsOf(day, asset));
  return h(
    "section",
    { "aria-labelledby": "px-days" },
    h("h2", { id: "px-days" }, "Settled and failed per day"),
    h(
      "label",
      { className: "px-field px-inline" },
      h("span", null, "Show"),
      h(
        Select,
        { value: asset, onChange: (event) => choose(event.target.value) },
        h("option", { value: "" }, "Numbers"),
        assets.filter(Boolean).map((each) => h("option", { key: each, value: each }, `Amounts in ${each}`)),
      ),
    ),
    h(Bars, { sums, unit: asset }),
    h(
      "details",
      null,
      h("summary", null, "As a table"),
      grid({ labelledBy: "px-days", columns: COLUMNS, rows: sums.toReversed(), keyOf: ({ day }) => day }),
    ),
  );
}

/** @param {{ sums: Sums[], unit: string }} props */
function Bars({ sums, unit }) {
  /** @param {Outcome} name */
  const largest = (name) => Math.max(...sums.map((each) => Number(each[name])));
  /** @param {Outcome} name */
  const largestText = (name) => {
    const text = sums.map((each) => each[name]).find((each) => Number(each) === largest(name)) ?? "0";
    return `${grouped(text)} ${unit}`.trimEnd();
  };
  const [up, down] = [largest("settled"), largest("failed")];
  const height = up + down || 1;
  const slots = Math.max(FEWEST_SLOTS, sums.length);
  const period = periodText(sums[0].day, sums[sums.length - 1].day);
  // The heights are shares: amounts may be too large for the renderer's numbers.
  /** @param {number} value */
  const share = (value) => (value / height) * 100;
  /**
   * @param {"settled" | "failed"} name
   * @param {number} value
   * @param {number} x
   */
  const bar = (name, value, x) => {
    const y = name === "settled" ? share(up - value) : share(up);
    return h("rect", { className: `px-bar-${name}`, x: x + 0.15, width: 0.7, y, height: share(value) });
  };
  return h(
    Fragment,
    null,
    h(Muted, null, h(Dotted, { look: "success" }, `settled, up to ${largestText("settled")} a day`)),
    h(
      "svg",
      {
        className: "px-chart",
        viewBox: `0 0 ${slots} 100`,
        preserveAspectRatio: "none",
        role: "img",
        "aria-labelledby": "px-chart-title px-chart-text",
      },
      h("title", { id: "px-chart-title" }, `Settled and failed orchestrations per day, ${period}, ${zoneName()}`),
      h("desc", { id: "px-chart-text" }, "The table has the days."),
      sums.map(({ day, settled, failed }, index) => {
        const x = slots - sums.length + index;
        const title = h("title", null, `${day}: ${grouped(settled)} settled, ${grouped(failed)} failed ${unit}`);
        return h("g", { key: day }, title, bar("settled", Number(settled), x), bar("failed", Number(failed), x));
      }),
      h("line", { x1: 0, x2: slots, y1: share(up), y2: share(up) }),
    ),
    h(
      Muted,
      { className: "px-muted px-apart" },
      h(Dotted, { look: "failed" }, `failed, up to ${largestText("failed")} a day`),
      h("span", null, period),
    ),
  );
}
