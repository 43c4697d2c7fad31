/** The tab of a Dag run: its progress, what needs attention, all the rest, the totals. */

import { pageOfRun, runPath } from "./addresses.js";
import { PAGE_SIZE, useAnswer } from "./api.js";
import { Search } from "./filters.js";
import { Fragment, Go, h, useState } from "./host.js";
import { Paging, Sections, Totals } from "./lists.js";
import { answered, Empty } from "./parts.js";
import { Groups, Notes, Progress } from "./summary.js";

/** @import { AnswerState } from "./api.js" */
/** @import { Group, RunReceipts } from "./types" */

/** @param {{ dagId: string, runId: string }} props */
export function RunTab({ dagId, runId }) {
  const [offset, go] = useState(0);
  /** @type {[Group | "", (group: Group | "") => void]} */
  const [group, choose] = useState(/** @type {Group | ""} */ (""));
  const [search, look] = useState("");
  const filters = { ...(group && { group }), ...(search && { search }) };
  /** @type {AnswerState<RunReceipts>} */
  const state = useAnswer(runPath(dagId, runId, { ...filters, offset, limit: PAGE_SIZE }));
  return answered(state, (answer) =>
    answer.total_items === 0 && !group && !search
      ? h(
          Fragment,
          null,
          h(
            Empty,
            { title: "This Dag run has left no Paxos receipt." },
            "Its tasks leave one as soon as they create or await an orchestration. A Dag that moves no money with Paxos leaves none.",
          ),
          h(Notes, { notes: answer.notes }),
        )
      : h(
          Fragment,
          null,
          h(Progress, { counts: answer.groups }),
          h(Groups, {
            counts: answer.groups,
            chosen: group,
            choose: (each) => {
              choose(each);
              go(0);
            },
          }),
          h(
            "div",
            { className: "px-filters px-open", role: "search" },
            h(Search, {
              value: search,
              change: (text) => {
                look(text);
                go(0);
              },
            }),
            h(Go, { to: pageOfRun(dagId, runId), className: "px-link" }, "More filters on the page"),
          ),
          answer.total_items === 0 &&
            h(Empty, { title: "Nothing matches." }, "Clear the search, or choose another group."),
          h(Sections, { answer, inRun: true }),
          h(Paging, { answer, go }),
          h(Totals, { totals: answer.totals }),
          h(Notes, { notes: answer.notes }),
        ),
  );
}
