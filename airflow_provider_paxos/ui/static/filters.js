/** The filters of the page. They stand in the page's address, so that it can be shared. */

import { Button, h, Input, Select, useEffect, useReducer, useRef, useState } from "./host.js";
import { changePageQuery } from "./page_query.js";

/** @import { ChangeEvent, ReactNode } from "react" */
/** @import { Facets } from "./types" */

/** Names of the filters, in the page's address and in the API's. */
export const FILTERS = ["group", "status", "dag_id", "asset", "since", "until", "search"];

/** @param {{ label: string, children?: ReactNode }} props */
const Labelled = ({ label, children }) => h("label", { className: "px-field" }, h("span", null, label), children);

/**
 * @param {{ label: string, name: string, options: string[], word?: (option: string) => string, query: URLSearchParams }} props
 */
function Choice({ label, name, options, word = String, query }) {
  const value = query.get(name) ?? "";
  const withValue = value && !options.includes(value) ? [value, ...options] : options;
  return h(
    Labelled,
    { label },
    h(
      Select,
      { name, value, onChange: (event) => changePageQuery({ [name]: event.target.value }) },
      h("option", { value: "" }, "All"),
      withValue.map((each) => h("option", { key: each, value: each }, word(each))),
    ),
  );
}

/** @param {{ value: string }} props value as it stands in the address */
function Search({ value }) {
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
      const replace = sent.current !== "";
      sent.current = search;
      changePageQuery({ search }, { replace });
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
      placeholder: "ref_id, id or key",
      maxLength: 200,
      onChange: (/** @type {ChangeEvent<HTMLInputElement>} */ event) => setTyped(event.target.value),
    }),
  );
}

/** @param {{ label: string, name: string, query: URLSearchParams }} props */
const DayField = ({ label, name, query }) =>
  h(
    Labelled,
    { label },
    h(Input, {
      type: "date",
      name,
      value: query.get(name) ?? "",
      onChange: (/** @type {ChangeEvent<HTMLInputElement>} */ event) => changePageQuery({ [name]: event.target.value }),
    }),
  );

/** @param {{ facets: Facets, query: URLSearchParams }} props */
export function Filters({ facets, query }) {
  const isFiltered = FILTERS.some((name) => query.get(name));
  const [isOpen, toggle] = useReducer((/** @type {boolean} */ open) => !open, isFiltered);
  const [clears, clearTyped] = useReducer((/** @type {number} */ count) => count + 1, 0);
  const clear = () => {
    changePageQuery(Object.fromEntries(FILTERS.map((name) => [name, ""])));
    clearTyped();
  };
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
    h(Search, { key: clears, value: query.get("search") ?? "" }),
    h(Choice, {
      label: "Status",
      name: "status",
      options: [...labels.keys()],
      word: (status) => labels.get(status) ?? status,
      query,
    }),
    h(Choice, { label: "Dag", name: "dag_id", options: facets.dag_ids, query }),
    h(Choice, { label: "Asset", name: "asset", options: facets.assets, query }),
    h(DayField, { label: "From day (UTC)", name: "since", query }),
    h(DayField, { label: "To day (UTC)", name: "until", query }),
    isFiltered && h(Button, { onClick: clear }, "Clear filters"),
  );
}
