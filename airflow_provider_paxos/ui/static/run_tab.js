/** The tab of a Dag run: its progress, what needs attention, all the rest, the totals. */

import { runPath } from "./addresses.js";
import { PAGE_SIZE, useAnswer } from "./api.js";
import { Fragment, h, useState } from "./host.js";
import { Paging, Sections, Totals } from "./lists.js";
import { answered, Empty } from "./parts.js";
import { Groups, Notes, Progress } from "./summary.js";

/** @import { AnswerState } from "./api.js" */
/** @import { RunReceipts } from "./types" */

/** @param {{ dagId: string, runId: string }} props */
export function RunTab({ dagId, runId }) {
  const [offset, go] = useState(0);
  /** @type {AnswerState<RunReceipts>} */
  const state = useAnswer(runPath(dagId, runId, { offset, limit: PAGE_SIZE }));
  return answered(state, (answer) =>
    answer.total_items === 0
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
          h(Progress, { counts: answer.groups, total: answer.total_items }),
          h(Groups, { counts: answer.groups }),
          h(Sections, { answer, inRun: true }),
          h(Paging, { answer, go }),
          h(Totals, { totals: answer.totals }),
          h(Notes, { notes: answer.notes }),
        ),
  );
}
