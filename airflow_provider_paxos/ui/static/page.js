/** The page: all orchestrations, with filters, totals, the chart and the CSV. */

import { listPath, picked } from "./addresses.js";
import { linksReachApi, PAGE_SIZE, useAnswer } from "./api.js";
import { Chart } from "./chart.js";
import { FILTERS, Filters } from "./filters.js";
import { address, ButtonLink, Fragment, h, zoneName } from "./host.js";
import { Paging, Profiles, Sections, Totals } from "./lists.js";
import { changePageQuery, usePageQuery } from "./page_query.js";
import { answered, Empty, Icon, Views } from "./parts.js";
import { Groups, Notes } from "./summary.js";

/** @import { AnswerState } from "./api.js" */
/** @import { Facets, Overview } from "./types" */

/** @type {Facets} */
const NO_FACETS = { statuses: [], dag_ids: [], assets: [] };

/** @param {{ filters: URLSearchParams }} props */
const Header = ({ filters }) =>
  h(
    "header",
    { className: "px-header" },
    h(
      "div",
      null,
      h("h1", null, "Paxos"),
      h("p", { className: "px-muted" }, "What the tasks of your Dags have moved, and what has become of it."),
    ),
    linksReachApi() &&
      h(
        ButtonLink,
        { href: address(listPath(filters, ".csv")), download: "paxos.csv" },
        h(Icon, { name: "download" }),
        "Download CSV",
      ),
  );

/** @param {{ isFiltered: boolean }} props */
const EmptyList = ({ isFiltered }) =>
  isFiltered
    ? h(Empty, { title: "Nothing matches these filters." }, "Take one away, or clear them all.")
    : h(
        Empty,
        { title: "No task has left a Paxos receipt yet." },
        "Tasks that create or await an orchestration leave one: CreateOrchestrationOperator, CreateOrchestrationBatchOperator and OrchestrationSensor. You see those of the Dags whose XComs you may read.",
      );

export function Page() {
  const query = usePageQuery();
  const asked = picked(query, [...FILTERS, "offset"]);
  asked.set("limit", String(PAGE_SIZE));
  asked.set("zone", zoneName());
  /** @type {AnswerState<Overview>} */
  const state = useAnswer(listPath(asked));
  const filters = picked(query, FILTERS);
  const isFiltered = filters.size > 0;
  filters.set("zone", zoneName());
  return h(
    Fragment,
    null,
    h(Views, { shown: "payments" }),
    h(Header, { filters }),
    h(Groups, {
      counts: state.answer?.groups,
      chosen: query.get("group"),
      choose: (group) => changePageQuery({ group }),
    }),
    h(Filters, { facets: state.answer?.facets ?? NO_FACETS, query }),
    answered(state, (answer) =>
      h(
        Fragment,
        null,
        answer.total_items === 0 && h(EmptyList, { isFiltered }),
        h(Sections, { answer }),
        h(Paging, { answer, go: (offset) => changePageQuery({ offset: String(offset || "") }) }),
        answer.total_items > 0 &&
          h(
            "div",
            { className: "px-panels" },
            h(Totals, { totals: answer.totals }),
            answer.days.length > 0 && h(Chart, { days: answer.days }),
            answer.profiles.length > 0 && h(Profiles, { profiles: answer.profiles }),
          ),
        h(Notes, { notes: answer.notes }),
      ),
    ),
  );
}
