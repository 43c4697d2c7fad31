/** The filters of the page. They stand in the page's address, so that it can be shared. */

import { Button, h, Input, Select, useEffect, useReducer, useRef, useState, zoneName } from "./host.js";
import { changePageQuery } from "./page_query.js";

/** @import { ChangeEvent, KeyboardEvent, ReactNode } from "react" */
/** @import { Facets, StatusFacet } from "./types" */

/** Names of the filters, in the page's address and in the API's. */
export const FILTERS = [
  "group",
  "status",
  "dag_id",
  "run_id",
  "asset",
  "period",
  "since",
  "until",
  "date_of",
  "min_amount",
  "max_amount",
  "search",
  "sort",
];

/** Those that stand behind "More". */
const MORE = ["since", "until", "date_of", "min_amount", "max_amount", "sort"];

/** @type {Record<string, string>} */
const PERIODS = {
  today: "Today",
  yesterday: "Yesterday",
  this_week: "This week",
  last_7_days: "Last 7 days",
  this_month: "This month",
};

/** @type {Record<string, string>} */
const SORTS = {
  created: "Oldest first",
  "-amount": "Largest amount first",
  amount: "Smallest amount first",
  ref_id: "By reference",
  status: "By status",
};

/** @param {{ label: string, children?: ReactNode }} props */
const Labelled = ({ label, children }) => h("label", { className: "px-field" }, h("span", null, label), children);

/**
 * @param {{ label: string, name: string, options: string[], none?: string, word?: (option: string) => string,
 *   query: URLSearchParams }} props none is what no choice means
 */
function Choice({ label, name, options, none = "All", word = String, query }) {
  const value = query.get(name) ?? "";
  const withValue = value && !options.includes(value) ? [value, ...options] : options;
  return h(
    Labelled,
    { label },
    h(
      Select,
      { name, value, onChange: (event) => changePageQuery({ [name]: event.target.value }) },
      h("option", { value: "" }, none),
      withValue.map((each) => h("option", { key: each, value: each }, word(each))),
    ),
  );
}

/**
 * Show a field that searches as one types.
 *
 * @param {{ value: string, change: (search: string, wasEmpty: boolean) => void }} props value that is searched for
 */
export function Search({ value, change }) {
  const latest = useRef(change);
  latest.current = change;
  const [typed, setTyped] = useState(value);
  const sent = useRef(value);
  useEffect(() => {
    // What comes back is older than what has been typed since: only another one's change counts.
    if (value === sent.current) return;
    sent.current = value;
    setTyped(value);
  }, [value]);
  useEffect(() => {
    const search = typed.trim();
    if (search === sent.current) return undefined;
    const timer = setTimeout(() => {
      const wasEmpty = sent.current === "";
      sent.current = search;
      latest.current(search, wasEmpty);
    }, 300);
    return () => clearTimeout(timer);
  }, [typed]);
  return h(
    Labelled,
    { label: "Search" },
    h(Input, {
      type: "search",
      name: "search",
      value: typed,
      placeholder: "reference, account, memo, run …",
      maxLength: 200,
      onChange: (/** @type {ChangeEvent<HTMLInputElement>} */ event) => setTyped(event.target.value),
    }),
  );
}

/**
 * Show a field whose value goes into the address when the person leaves it, or presses Enter.
 *
 * @param {{ label: string, name: string, type: string, query: URLSearchParams }} props
 */
function Field({ label, name, type, query }) {
  const value = query.get(name) ?? "";
  /** @param {{ currentTarget: HTMLInputElement }} event */
  const leave = ({ currentTarget: field }) => {
    if (field.value !== value) changePageQuery({ [name]: field.value.trim().replaceAll(",", "") });
  };
  return h(
    Labelled,
    { label },
    h(Input, {
      key: value,
      type,
      name,
      defaultValue: value,
      inputMode: type === "text" ? "decimal" : undefined,
      onBlur: leave,
      onKeyDown: (/** @type {KeyboardEvent<HTMLInputElement>} */ event) => event.key === "Enter" && leave(event),
    }),
  );
}

/**
 * Show the statuses as boxes, behind a line that says how many are chosen.
 *
 * @param {{ statuses: StatusFacet[], query: URLSearchParams }} props
 */
function Statuses({ statuses, query }) {
  const chosen = query.getAll("status");
  const known = new Set(statuses.map(({ status }) => status));
  const all = [
    ...statuses,
    ...chosen.filter((status) => !known.has(status)).map((status) => ({ status, label: status })),
  ];
  const labels = all.filter(({ status }) => chosen.includes(status)).map(({ label }) => label);
  /** @param {string} status */
  const toggle = (status) =>
    changePageQuery({
      status: chosen.includes(status) ? chosen.filter((each) => each !== status) : [...chosen, status],
    });
  return h(
    "div",
    { className: "px-field" },
    h("span", { id: "px-statuses" }, "Status"),
    h(
      "details",
      { className: "px-menu" },
      h("summary", { "aria-describedby": "px-statuses" }, labels.join(", ") || "All"),
      h(
        "div",
        { className: "px-options", role: "group", "aria-labelledby": "px-statuses" },
        all.map(({ status, label }) =>
          h(
            "label",
            { key: status },
            h("input", { type: "checkbox", checked: chosen.includes(status), onChange: () => toggle(status) }),
            ` ${label}`,
          ),
        ),
      ),
    ),
  );
}

/**
 * Search; what is typed further takes the place of what was typed first, so that going back leaves the search.
 *
 * @param {string} search
 * @param {boolean} wasEmpty
 */
const searchFor = (search, wasEmpty) => changePageQuery({ search }, { replace: !wasEmpty });

/** @param {{ facets: Facets, query: URLSearchParams }} props */
export function Filters({ facets, query }) {
  const isFiltered = FILTERS.some((name) => query.get(name));
  const [isOpen, toggle] = useReducer((/** @type {boolean} */ open) => !open, isFiltered);
  const [clears, clearTyped] = useReducer((/** @type {number} */ count) => count + 1, 0);
  const clear = () => {
    changePageQuery(Object.fromEntries(FILTERS.map((name) => [name, ""])));
    clearTyped();
  };
  return h(
    "form",
    {
      className: `px-filters ${isOpen ? "px-open" : ""}`,
      role: "search",
      "aria-label": "Filters",
      onSubmit: (event) => event.preventDefault(),
    },
    h("div", { className: "px-toggler" }, h(Button, { "aria-expanded": isOpen, onClick: toggle }, "Filters")),
    h(Search, { key: clears, value: query.get("search") ?? "", change: searchFor }),
    h(Statuses, { statuses: facets.statuses, query }),
    h(Choice, { label: "Dag", name: "dag_id", options: facets.dag_ids, query }),
    h(Choice, { label: "Asset", name: "asset", options: facets.assets, query }),
    h(Choice, {
      label: "Period",
      name: "period",
      options: Object.keys(PERIODS),
      none: "Any time",
      word: (period) => PERIODS[period] ?? period,
      query,
    }),
    h(
      "details",
      { className: "px-more", open: MORE.some((name) => query.get(name)) || undefined },
      h("summary", null, "More filters"),
      h(
        "div",
        { className: "px-filters" },
        h(Field, { label: `From day (${zoneName()})`, name: "since", type: "date", query }),
        h(Field, { label: `To day (${zoneName()})`, name: "until", type: "date", query }),
        h(Choice, {
          label: "Period is of",
          name: "date_of",
          options: ["settled"],
          none: "The creation",
          word: () => "The settlement",
          query,
        }),
        h(Field, { label: "Amount from", name: "min_amount", type: "text", query }),
        h(Field, { label: "Amount to", name: "max_amount", type: "text", query }),
        h(Choice, {
          label: "Order",
          name: "sort",
          options: Object.keys(SORTS),
          none: "Newest first",
          word: (sort) => SORTS[sort] ?? sort,
          query,
        }),
      ),
    ),
    query.get("run_id") && h("span", { className: "px-field" }, h("span", null, "Run"), query.get("run_id")),
    isFiltered && h(Button, { onClick: clear }, "Clear filters"),
  );
}
