/** The chart of the days. */

import { h } from "./host.js";
import { grid } from "./lists.js";
import { Dotted, Muted } from "./parts.js";
import { periodText } from "./words.js";

/** @import { Day } from "./types" */
/** @import { Column } from "./lists.js" */

/** @typedef {"settled" | "failed"} Bar */

/** @type {Column<Day>[]} */
const DAYS = [
  { name: "Day (UTC)", of: ({ day }) => day },
  { name: "Settled", kind: "number", of: ({ settled }) => settled },
  { name: "Failed", kind: "number", of: ({ failed }) => failed },
];
const FEWEST_SLOTS = 14;

/**
 * Show the days as bars. Settled ones rise from the line and failed ones hang from it: the meaning does not rest on the
 * colour.
 *
 * @param {{ days: Day[] }} props at least one
 */
export function Chart({ days }) {
  const up = Math.max(...days.map(({ settled }) => settled));
  const down = Math.max(...days.map(({ failed }) => failed));
  const height = Math.max(1, up + down);
  const slots = Math.max(FEWEST_SLOTS, days.length);
  /**
   * @param {Bar} name
   * @param {number} count
   * @param {number} x
   */
  const bar = (name, count, x) => {
    const y = name === "settled" ? up - count : up;
    return h("rect", { className: `px-bar-${name}`, x: x + 0.15, width: 0.7, y, height: count });
  };
  /** @param {Bar} name */
  const sum = (name) => days.reduce((total, day) => total + day[name], 0);
  const period = periodText(days[0].day, days[days.length - 1].day);
  return h(
    "section",
    { "aria-labelledby": "px-days" },
    h("h2", { id: "px-days" }, "Settled and failed per day"),
    h(Muted, null, h(Dotted, { look: "success" }, `settled, up to ${up} a day`)),
    h(
      "svg",
      {
        className: "px-chart",
        viewBox: `0 0 ${slots} ${height}`,
        preserveAspectRatio: "none",
        role: "img",
        "aria-labelledby": "px-chart-title px-chart-text",
      },
      h("title", { id: "px-chart-title" }, `Settled and failed orchestrations per day, ${period}, UTC`),
      h(
        "desc",
        { id: "px-chart-text" },
        `${sum("settled")} settled and ${sum("failed")} failed; the table has the days.`,
      ),
      days.map(({ day, settled, failed }, index) => {
        const x = slots - days.length + index;
        const title = h("title", null, `${day}: ${settled} settled, ${failed} failed`);
        return h("g", { key: day }, title, bar("settled", settled, x), bar("failed", failed, x));
      }),
      h("line", { x1: 0, x2: slots, y1: up, y2: up }),
    ),
    h(
      Muted,
      { className: "px-muted px-apart" },
      h(Dotted, { look: "failed" }, `failed, up to ${down} a day`),
      h("span", null, period),
    ),
    h(
      "details",
      null,
      h("summary", null, "As a table"),
      grid({ labelledBy: "px-days", columns: DAYS, rows: days.toReversed(), keyOf: ({ day }) => day }),
    ),
  );
}
