/** The filters of the page. They stand in the page's address, so that it can be shared. */

import { Button, h, Input, Select, useEffect, useReducer, useRef, useState } from "./host.js";

/** @import { ChangeEvent, ReactNode } from "react" */
/** @import { Facets } from "./types" */

/** Names of the filters, in the page's address and in the API's. */
export const FILTERS = ["group", "status", "dag_id", "asset", "since", "until", "search"];

/** @typedef {(values: Record<string, string>) => void} Change takes the filters that get another value; empty for none */

/** @param {{ label: string, children?: ReactNode }} props */
const Labelled = ({ label, children }) => h("label", { className: "px-field" }, h("span", null, label), children);

/**
 * @param {{ label: string, name: string, options: string[], word?: (option: string) => string, query: URLSearchParams,
 *   change: Change }} props
 */
function Choice({ label, name, options, word = String, query, change }) {
  const value = query.get(name) ?? "";
  const withValue = value && !options.includes(value) ? [value, ...options] : options;
  return h(
    Labelled,
    { label },
    h(
      Select,
      { name, value, onChange: (event) => change({ [name]: event.target.value }) },
      h("option", { value: "" }, "All"),
      withValue.map((each) => h("option", { key: each, value: each }, word(each))),
    ),
  );
}

/** @param {{ value: string, change: Change }} props */
function Search({ value, change }) {
  const [typed, setTyped] = useState(value);
  const latest = useRef(change);
  latest.current = change;
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed.trim() === value) return undefined;
    const timer = setTimeout(() => latest.current({ search: typed.trim() }), 300);
    return () => clearTimeout(timer);
  }, [typed, value]);
  return h(
    Labelled,
    { label: "Search" },
    h(Input, {
      type: "search",
      name: "search",
      value: typed,
      placeholder: "ref_id, id or key",
      maxLength: 200,
      onChange: (/** @type {ChangeEvent<HTMLInputElement>} */ event) => setTyped(event.target.value),
    }),
  );
}

/** @param {{ label: string, name: string, query: URLSearchParams, change: Change }} props */
const DayField = ({ label, name, query, change }) =>
  h(
    Labelled,
    { label },
    h(Input, {
      type: "date",
      name,
      value: query.get(name) ?? "",
      onChange: (/** @type {ChangeEvent<HTMLInputElement>} */ event) => change({ [name]: event.target.value }),
    }),
  );

/** @param {{ facets: Facets, query: URLSearchParams, change: Change }} props */
export function Filters({ facets, query, change }) {
  const isFiltered = FILTERS.some((name) => query.get(name));
  const [isOpen, toggle] = useReducer((/** @type {boolean} */ open) => !open, isFiltered);
  const labels = new Map(facets.statuses.map(({ status, label }) => [status, label]));
  return h(
    "form",
    {
      className: `px-filters ${isOpen ? "px-open" : ""}`,
      role: "search",
      "aria-label": "Filters",
      onSubmit: (event) => event.preventDefault(),
    },
    h("div", { className: "px-toggler" }, h(Button, { "aria-expanded": isOpen, onClick: toggle }, "Filters")),
    h(Search, { value: query.get("search") ?? "", change }),
    h(Choice, {
      label: "Status",
      name: "status",
      options: [...labels.keys()],
      word: (status) => labels.get(status) ?? status,
      query,
      change,
    }),
    h(Choice, { label: "Dag", name: "dag_id", options: facets.dag_ids, query, change }),
    h(Choice, { label: "Asset", name: "asset", options: facets.assets, query, change }),
    h(DayField, { label: "From day (UTC)", name: "since", query, change }),
    h(DayField, { label: "To day (UTC)", name: "until", query, change }),
    isFiltered &&
      h(Button, { onClick: () => change(Object.fromEntries(FILTERS.map((name) => [name, ""]))) }, "Clear filters"),
  );
}
