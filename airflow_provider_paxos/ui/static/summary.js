/** Summary of an answer: the groups, the progress, and what the answer leaves out. */

import { h } from "./host.js";
import { Badge, Time } from "./parts.js";
import { countsText, GROUP_NAMES, GROUPS, plural, shownGroups } from "./words.js";

/** @import { Group, GroupCounts, Notes as NotesOfAnswer } from "./types" */

/** Order of the groups in the bar of the progress. @type {Group[]} */
const BAR = ["settled", "repaired", "needs_attention", "in_progress"];

/**
 * Show the number of orchestrations in each group. Where a group can be chosen, each is a button.
 *
 * @param {{ counts?: GroupCounts, chosen?: string | null, choose?: (group: Group | "") => void }} props
 */
export const Groups = ({ counts, chosen, choose }) =>
  h(
    "div",
    { className: "px-groups", role: "group", "aria-label": "Groups" },
    shownGroups(counts).map((group) => {
      const { title, look, icon } = GROUPS[group];
      const count = counts?.[group];
      const badge = count ? { look, icon } : noneLook(group, count);
      const content = [h(Badge, { key: "count", ...badge }, count ?? "…"), h("span", { key: "title" }, title)];
      if (!choose) return h("div", { key: group, className: "px-group" }, content);
      const isChosen = group === chosen;
      return h(
        "button",
        {
          key: group,
          type: "button",
          className: "px-group",
          "aria-pressed": isChosen,
          onClick: () => choose(isChosen ? "" : group),
        },
        content,
      );
    }),
  );

/**
 * Return the look of a group that holds nothing, or whose count is not there yet.
 *
 * @param {Group} group
 * @param {number} [count]
 * @returns {{ look: "quiet", icon: import("./icons.js").IconName }}
 */
const noneLook = (group, count) => ({
  look: "quiet",
  icon: group === "needs_attention" && count === 0 ? "check" : GROUPS[group].icon,
});

/**
 * Show how many orchestrations are settled, in words and as a bar.
 *
 * @param {{ counts: GroupCounts }} props
 */
export function Progress({ counts }) {
  const total = GROUP_NAMES.reduce((sum, group) => sum + counts[group], 0);
  return h(
    "div",
    { className: "px-progress" },
    h("p", { className: "px-strong" }, `${counts.settled} of ${plural(total, "orchestration")} settled`),
    h(
      "div",
      { className: "px-track", role: "img", "aria-label": countsText(counts) },
      BAR.map(
        (group) =>
          counts[group] > 0 &&
          h("span", { key: group, className: `px-${GROUPS[group].look}`, style: { flexGrow: counts[group] } }),
      ),
    ),
  );
}

/**
 * Show what the answer leaves out, and as of when it is.
 *
 * @param {{ notes: NotesOfAnswer }} props
 */
export const Notes = ({ notes }) =>
  h(
    "footer",
    { className: "px-notes" },
    !notes.complete &&
      h("p", null, `Only the newest ${notes.xcoms_read} XComs were read; older ones are not counted here.`),
    notes.unreadable > 0 &&
      h(
        "p",
        null,
        `${plural(notes.unreadable, "XCom")} could not be read as a receipt: a custom XCom backend keeps its values elsewhere, or something else wrote it.`,
      ),
    h(
      "p",
      null,
      "From the receipts that tasks left in Airflow's database, read ",
      h(Time, { at: notes.as_of }),
      ". This is no ledger: a retry or a clear takes a task's receipt away until it has run again.",
    ),
  );
