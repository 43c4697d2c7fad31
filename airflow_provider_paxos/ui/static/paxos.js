/* What Airflow's web UI shows of Paxos: a page, a tab on each Dag run and one on each task instance.
 *
 * Airflow imports this file as it is, and renders `AirflowPlugin`: without properties as the page, with dagId and runId
 * as the Dag run's tab, with taskId as the task's. React, React Router and Chakra UI are the host's, found in globals:
 * Airflow 3.1 has no Chakra UI there, and before 3.1.8 no router, so that plain elements and links stand in.
 *
 * All data come from ../routes.py, whose shapes (../shapes.py) the comments below speak of. Every text of theirs was
 * written by somebody else: it becomes a text node or an attribute, never markup. Amounts are shown as they come.
 */

const { createElement: h, Fragment, useEffect, useReducer, useRef, useState } = globalThis.React;
const Chakra = globalThis.ChakraUI ?? {};
const Router = globalThis.ReactRouterDOM;

const PAGE_SIZE = 50;
const REFRESH_SECONDS = 15;

// --- The host -------------------------------------------------------------------------------------------------------

/** A component of Chakra UI with its looks, or a plain element of the same meaning. */
const part = (name, tag, looks) =>
  Chakra[name] ? (props) => h(Chakra[name], { ...looks, ...props }) : (props) => h(tag, props);

const Button = part("Button", "button", { size: "sm", variant: "outline", type: "button" });
const Quiet = part("Button", "button", { size: "xs", variant: "ghost", type: "button" });
const Input = part("Input", "input", { size: "sm" });
const Table = part("TableRoot", "table", { size: "sm" });
const Head = part("TableHeader", "thead");
const Body = part("TableBody", "tbody");
const Row = part("TableRow", "tr");
const ColumnHeader = part("TableColumnHeader", "th");
const Cell = part("TableCell", "td");
const Spinner = part("Spinner", "span", { size: "sm" });

const Select = Chakra.NativeSelectRoot
  ? (props) =>
      h(
        Chakra.NativeSelectRoot,
        { size: "sm" },
        h(Chakra.NativeSelectField, props),
        h(Chakra.NativeSelectIndicator),
      )
  : (props) => h("select", props);

/** A link that looks like a button. */
const ButtonLink = (props) =>
  Chakra.Button
    ? h(Chakra.Button, { asChild: true, size: "sm", variant: "outline" }, h("a", props))
    : h("a", { className: "px-button", ...props });

/** The address of something that Airflow serves, below the path of its base URL. */
const address = (path) => new URL(path.replace(/^\//, ""), document.baseURI).href;

/** A link inside of the UI: with the host's router, the page stays loaded. */
const Go = ({ to, ...rest }) =>
  Router?.Link ? h(Router.Link, { to, ...rest }) : h("a", { href: address(to), ...rest });

/** The query of the address, [URLSearchParams, set], like the router's. */
const useQuery =
  Router?.useSearchParams ??
  function useQuery() {
    const [query, setQuery] = useState(() => new URLSearchParams(location.search));
    const change = (next) => {
      history.replaceState(history.state, "", `${location.pathname}?${next}`);
      setQuery(next);
    };
    return [query, change];
  };

/** The time zone that was chosen in Airflow, or else the browser's. */
function timeZone() {
  try {
    const chosen = JSON.parse(localStorage.getItem("timezone"));
    new Intl.DateTimeFormat("sv", { timeZone: chosen });
    return chosen ?? undefined;
  } catch {
    return undefined;
  }
}

// --- What the API answers -------------------------------------------------------------------------------------------

class Unanswered extends Error {
  constructor(title, advice) {
    super(title);
    this.advice = advice;
  }
}

const REFUSALS = {
  401: ["You are not logged in any more.", "Load this page again to log in."],
  403: ["You may not see this Dag's receipts.", "They are XComs: an administrator can allow you to read them."],
  404: ["Airflow has no such page.", "The Dag, the run or the task may have been deleted."],
};

async function read(path, signal) {
  let answer;
  try {
    answer = await fetch(address(path), { signal, headers: { Accept: "application/json" }, credentials: "same-origin" });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Unanswered("Airflow does not answer.", "Check the network, then try again.");
  }
  const isJson = answer.headers.get("content-type")?.includes("json");
  if (answer.ok && isJson) return answer.json();
  if (answer.status === 422 && isJson) {
    const { detail } = await answer.json();
    const told = Array.isArray(detail) ? detail.map((each) => each.msg ?? String(each)).join("; ") : String(detail);
    throw new Unanswered("Airflow does not accept these filters.", told);
  }
  throw new Unanswered(
    ...(REFUSALS[answer.status] ?? [
      `Airflow could not read the receipts (status ${answer.status}).`,
      "The log of the API server says why. It says nothing about the money.",
    ]),
  );
}

/** {answer, error, busy, again} for a path; what is in progress is read again and again. */
function useAnswer(path) {
  const [state, setState] = useState({});
  const [attempt, again] = useReducer((count) => count + 1, 0);
  useEffect(() => {
    const leaving = new AbortController();
    read(path, leaving.signal).then(
      (answer) => setState({ answer, path }),
      (error) => leaving.signal.aborted || setState((before) => ({ ...before, path, error })),
    );
    return () => leaving.abort();
  }, [path, attempt]);
  const isUnderWay = Boolean(state.answer?.groups.in_progress);
  useEffect(() => {
    if (!isUnderWay) return undefined;
    const timer = setInterval(() => document.hidden || again(), REFRESH_SECONDS * 1000);
    return () => clearInterval(timer);
  }, [isUnderWay]);
  return { ...state, busy: state.path !== path, again };
}

// --- Words ----------------------------------------------------------------------------------------------------------

const GROUPS = {
  needs_attention: { title: "Needs attention", look: "failed", icon: "cross" },
  in_progress: { title: "In progress", look: "running", icon: "pulse" },
  settled: { title: "Settled", look: "success", icon: "check" },
};
const CONCERNS = {
  approval: { look: "waiting", icon: "hand" },
  late: { look: "waiting", icon: "clock" },
};
const EVENTS = {
  done: { word: "done", look: "success", icon: "check" },
  in_progress: { word: "in progress", look: "running", icon: "pulse" },
  failed: { word: "failed", look: "failed", icon: "cross" },
  waiting: { word: "not yet", look: "quiet", icon: "clock" },
  unknown: { word: "unknown", look: "quiet", icon: "clock" },
};

const lookOf = ({ group, concern }) => ({ ...GROUPS[group], ...CONCERNS[concern] });
const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;
const pairOf = ({ source_asset: from, destination_asset: to }) =>
  !to || from === to ? (from ?? "asset unknown") : `${from ?? "asset unknown"} → ${to}`;

/** "bank account fa11ed00-0000-4000-8000-000000000001" as "bank account fa11ed00…0001": the task's tab has it whole. */
const shortened = (end) =>
  end?.replace(/[0-9A-Za-z-]{24,}/g, (name) => `${name.slice(0, 8)}…${name.slice(-4)}`) ?? "unknown";

function lasting(from, to) {
  const seconds = Math.round((new Date(to) - new Date(from)) / 1000);
  if (!(seconds >= 0)) return null;
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return plural(Math.floor(seconds / 86_400), "day");
}

/** A time as Airflow writes it, in the zone that was chosen there. */
function Time({ at }) {
  const time = new Date(at);
  if (!at || Number.isNaN(time.getTime())) return at ?? "unknown";
  const shown = new Intl.DateTimeFormat("sv", { dateStyle: "short", timeStyle: "medium", timeZone: timeZone() });
  return h("time", { dateTime: at, title: at }, shown.format(time));
}

// --- Small parts ----------------------------------------------------------------------------------------------------

const ICONS = {
  check: "M20 6 9 17l-5-5",
  cross: "M18 6 6 18M6 6l12 12",
  pulse: "M22 12h-4l-3 9L9 3l-3 9H2",
  clock: "M12 7v5l3 3M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20",
  hand: "M8 13V5a2 2 0 0 1 4 0v6m0-7a2 2 0 0 1 4 0v7m0-5a2 2 0 0 1 4 0v8a8 8 0 0 1-8 8h-1a8 8 0 0 1-6-3l-3-5a2 2 0 0 1 3-2l1 1",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  download: "M12 3v12m0 0-5-5m5 5 5-5M4 21h16",
  again: "M21 12a9 9 0 1 1-3-6.7L21 8m0-5v5h-5",
};

const Icon = ({ name }) =>
  h(
    "svg",
    { className: "px-icon", viewBox: "0 0 24 24", "aria-hidden": true, focusable: false },
    h("path", { d: ICONS[name] }),
  );

const Badge = ({ look, icon, children }) =>
  h("span", { className: `px-badge px-${look}` }, h(Icon, { name: icon }), children);

const Status = ({ receipt }) => h(Badge, lookOf(receipt), receipt.label);

const Amount = ({ of }) =>
  h(
    "span",
    { className: "px-amount" },
    h("b", null, of.amount ?? "amount unknown"),
    " ",
    h("span", { className: "px-pair" }, pairOf(of)),
  );

const Muted = (props) => h("div", { className: "px-muted", ...props });

/** A box that says something to the reader: look is failed, waiting or quiet. */
const Notice = ({ look, icon, title, role, children }) =>
  h(
    "div",
    { className: `px-notice px-${look}`, role },
    h(Icon, { name: icon }),
    h("div", null, h("p", { className: "px-strong" }, title), children),
  );

const Loading = () =>
  h("div", { className: "px-loading", role: "status" }, h(Spinner, { "aria-hidden": true }), " Reading the receipts …");

const Empty = ({ title, children }) =>
  h("div", { className: "px-empty" }, h("p", { className: "px-strong" }, title), h("p", null, children));

const Failure = ({ error, again }) =>
  h(
    Notice,
    { look: "failed", icon: "cross", title: error.message, role: "alert" },
    h("p", null, error.advice),
    h(Button, { onClick: again }, h(Icon, { name: "again" }), "Try again"),
  );

/** Waits, tells what went wrong, and shows an answer. */
function Answered({ state, children }) {
  const { answer, error, busy, again } = state;
  return h(
    Fragment,
    null,
    error && h(Failure, { error, again }),
    !answer && !error && h(Loading),
    answer && h("div", { className: busy ? "px-busy" : undefined, "aria-busy": busy }, children(answer)),
  );
}

async function copy(text, element) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Browsers keep the clipboard from pages that came over plain HTTP; the old way works there, too.
  const field = document.createElement("textarea");
  field.value = text;
  element.after(field);
  field.select();
  document.execCommand("copy");
  field.remove();
  return element.focus();
}

function Copy({ name, value }) {
  const [told, tell] = useState("");
  const copied = ({ currentTarget }) =>
    copy(value, currentTarget).then(
      () => tell("Copied"),
      () => tell("Not copied"),
    );
  return h(
    "span",
    { className: "px-copy" },
    h(Quiet, { onClick: copied, onBlur: () => tell(""), "aria-label": `Copy ${name}`, title: `Copy ${name}` }, h(Icon, { name: "copy" })),
    h("span", { role: "status" }, told),
  );
}

const TaskName = ({ task }) =>
  h(Go, { to: task.task_path, className: "px-link px-strong" }, task.task_id, task.map_index >= 0 && ` [${task.map_index}]`);

const Where = ({ task, inRun }) =>
  h(
    Fragment,
    null,
    h(TaskName, { task }),
    !inRun &&
      h(
        Muted,
        null,
        h(Go, { to: task.dag_path, className: "px-link" }, task.dag_id),
        " / ",
        h(Go, { to: task.run_path, className: "px-link" }, task.run_id),
      ),
  );

/** When it began, and how long it took or has been taking as far as is known. */
function When({ receipt }) {
  const { created_at: begun, updated_at: changed, read_at: told, group, concern, status } = receipt;
  const isOpen = group === "in_progress" || concern === "approval" || concern === "late";
  const took = isOpen ? lasting(begun, new Date()) : lasting(begun, changed);
  return h(
    Fragment,
    null,
    h(Time, { at: begun ?? told }),
    begun && took && h(Muted, null, isOpen ? `for ${took}` : `took ${took}`),
    !begun && status === "ERROR" && h(Muted, null, "end of the attempt"),
    isOpen && told && h(Muted, null, "as of ", h(Time, { at: told })),
  );
}

const Ends = ({ receipt: { source, destination } }) =>
  h(
    Fragment,
    null,
    h("div", { title: source }, h("span", { className: "px-unseen" }, "from "), shortened(source)),
    h(
      "div",
      { title: destination },
      h("span", { className: "px-muted", "aria-hidden": true }, "→ "),
      h("span", { className: "px-unseen" }, "to "),
      shortened(destination),
    ),
  );

// --- Lists ----------------------------------------------------------------------------------------------------------

/**
 * A table that becomes a list of cards where it is narrow; its roles keep it a table for those who listen.
 * columns: {name, of: (row) => content, kind}, kind being a class of its own, number among them.
 */
function Grid({ labelledBy, columns, rows, keyOf }) {
  const looks = ({ name, kind }) => ({ key: name, className: kind && `px-${kind}` });
  return h(
    Table,
    { className: "px-grid", role: "table", "aria-labelledby": labelledBy },
    h(
      Head,
      { role: "rowgroup" },
      h(
        Row,
        { role: "row" },
        columns.map((column) => h(ColumnHeader, { ...looks(column), role: "columnheader", scope: "col" }, column.name)),
      ),
    ),
    h(
      Body,
      { role: "rowgroup" },
      rows.map((row, index) =>
        h(
          Row,
          { key: `${keyOf(row)} ${index}`, role: "row" },
          columns.map((column) =>
            h(Cell, { ...looks(column), role: "cell", "data-label": column.name }, h("div", null, column.of(row))),
          ),
        ),
      ),
    ),
  );
}

const Reference = ({ receipt: { id, ref_id: refId, key } }) =>
  h(
    Fragment,
    null,
    h("span", { className: "px-code" }, refId ?? id ?? "unknown"),
    key && key !== refId && h(Muted, null, `payment ${key}`),
  );

function Receipts({ group, receipts, count, inRun }) {
  const { title, look } = GROUPS[group];
  const id = `px-${group}`;
  const columns = [
    { name: "Status", kind: "status", of: (receipt) => h(Status, { receipt }) },
    { name: "Amount", kind: "sum", of: (receipt) => h(Amount, { of: receipt }) },
    group === "needs_attention" && {
      name: "Reason",
      kind: "wide",
      of: ({ reason }) => h("div", { className: "px-clamped", title: reason }, reason ?? "–"),
    },
    { name: "Reference", kind: "wide", of: (receipt) => h(Reference, { receipt }) },
    { name: "From and to", kind: "ends", of: (receipt) => h(Ends, { receipt }) },
    { name: "Task", of: ({ task }) => h(Where, { task, inRun }) },
    { name: "Time", of: (receipt) => h(When, { receipt }) },
  ].filter(Boolean);
  return h(
    "section",
    { className: `px-section px-${look}`, "aria-labelledby": id },
    h("h2", { id }, title, " ", h("span", { className: "px-count" }, count)),
    h(Grid, { labelledBy: id, columns, rows: receipts, keyOf: (receipt) => receipt.id ?? receipt.ref_id }),
  );
}

/** The sections of a list, as far as this part of it has them. */
const Sections = ({ answer, inRun }) =>
  Object.keys(GROUPS).map((group) => {
    const receipts = answer.items.filter((each) => each.group === group);
    return receipts.length > 0 && h(Receipts, { key: group, group, receipts, count: answer.groups[group], inRun });
  });

function Paging({ answer, go }) {
  const { offset, limit, total_items: total } = answer;
  if (total <= limit && offset === 0) return null;
  return h(
    "nav",
    { className: "px-paging", "aria-label": "Pages" },
    h(Button, { disabled: offset === 0, onClick: () => go(Math.max(0, offset - limit)) }, "Previous"),
    h("span", { role: "status" }, `${Math.min(offset + 1, total)} to ${Math.min(offset + limit, total)} of ${total}`),
    h(Button, { disabled: offset + limit >= total, onClick: () => go(offset + limit) }, "Next"),
  );
}

const TOTALS = [
  { name: "Assets", of: pairOf },
  { name: "Status", of: ({ group, label }) => h(Dotted, { look: GROUPS[group].look }, label) },
  { name: "Number", kind: "number", of: ({ count }) => count },
  {
    name: "Amount",
    kind: "number",
    of: ({ amount, source_asset: asset, without_amount: without }) =>
      h(Fragment, null, `${amount} ${asset ?? ""}`, without > 0 && h(Muted, null, `${without} without an amount`)),
  },
];

const Dotted = ({ look, children }) =>
  h("span", { className: "px-dotted" }, h("span", { className: `px-dot px-${look}` }), children);

const Totals = ({ totals }) =>
  h(
    "section",
    { "aria-labelledby": "px-totals" },
    h("h2", { id: "px-totals" }, "Totals"),
    h(Grid, { labelledBy: "px-totals", columns: TOTALS, rows: totals, keyOf: (total) => `${pairOf(total)} ${total.status}` }),
  );

// --- The chart ------------------------------------------------------------------------------------------------------

const DAYS = [
  { name: "Day (UTC)", of: ({ day }) => day },
  { name: "Settled", kind: "number", of: ({ settled }) => settled },
  { name: "Failed", kind: "number", of: ({ failed }) => failed },
];
const FEWEST_SLOTS = 14;

/** Settled days rise from the line and failed ones hang from it: the meaning does not rest on the colour. */
function Chart({ days }) {
  const most = (name) => Math.max(0, ...days.map((day) => day[name]));
  const [up, down] = [most("settled"), most("failed")];
  const height = Math.max(1, up + down);
  const slots = Math.max(FEWEST_SLOTS, days.length);
  const bar = (name, count, x) =>
    h("rect", { className: `px-bar-${name}`, x: x + 0.15, width: 0.7, y: name === "settled" ? up - count : up, height: count });
  const sum = (name) => days.reduce((total, day) => total + day[name], 0);
  const [first, last] = [days[0].day, days[days.length - 1].day];
  const period = first === last ? first : `${first} to ${last}`;
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
      h("desc", { id: "px-chart-text" }, `${sum("settled")} settled and ${sum("failed")} failed; the table has the days.`),
      days.map(({ day, settled, failed }, index) => {
        const x = slots - days.length + index;
        const told = h("title", null, `${day}: ${settled} settled, ${failed} failed`);
        return h("g", { key: day }, told, bar("settled", settled, x), bar("failed", failed, x));
      }),
      h("line", { x1: 0, x2: slots, y1: up, y2: up }),
    ),
    h(Muted, { className: "px-muted px-apart" }, h(Dotted, { look: "failed" }, `failed, up to ${down} a day`), h("span", null, period)),
    h(
      "details",
      null,
      h("summary", null, "As a table"),
      h(Grid, { labelledBy: "px-days", columns: DAYS, rows: days.toReversed(), keyOf: ({ day }) => day }),
    ),
  );
}

// --- What sums up, and what limits it -------------------------------------------------------------------------------

/** How many are at each group; on the page, each is a filter. */
const Groups = ({ groups, chosen, choose }) =>
  h(
    "div",
    { className: "px-groups", role: "group", "aria-label": "Groups" },
    Object.entries(GROUPS).map(([group, { title, look, icon }]) => {
      const count = groups?.[group] ?? "…";
      const content = [
        h(Badge, { key: "count", look: count > 0 ? look : "quiet", icon: group === "needs_attention" && count === 0 ? "check" : icon }, count),
        h("span", { key: "title" }, title),
      ];
      const isChosen = group === chosen;
      return choose
        ? h("button", { key: group, type: "button", className: "px-group", "aria-pressed": isChosen, onClick: () => choose(isChosen ? "" : group) }, content)
        : h("div", { key: group, className: "px-group" }, content);
    }),
  );

function Progress({ groups, total }) {
  const told = Object.entries(GROUPS).map(([group, { title }]) => `${groups[group]} ${title.toLowerCase()}`);
  return h(
    "div",
    { className: "px-progress" },
    h("p", { className: "px-strong" }, `${groups.settled} of ${plural(total, "orchestration")} settled`),
    h(
      "div",
      { className: "px-track", role: "img", "aria-label": told.join(", ") },
      ["settled", "needs_attention", "in_progress"].map(
        (group) => groups[group] > 0 && h("span", { key: group, className: `px-${GROUPS[group].look}`, style: { flexGrow: groups[group] } }),
      ),
    ),
  );
}

const Notes = ({ notes }) =>
  h(
    "footer",
    { className: "px-notes" },
    !notes.complete && h("p", null, `Only the newest ${notes.xcoms_read} XComs were read; older ones are not counted here.`),
    notes.unreadable > 0 &&
      h("p", null, `${plural(notes.unreadable, "XCom")} could not be read as a receipt: a custom XCom backend keeps its values elsewhere, or something else wrote it.`),
    h(
      "p",
      null,
      "From the receipts that tasks left in Airflow's database, read ",
      h(Time, { at: notes.as_of }),
      ". This is no ledger: a retry or a clear takes a task's receipt away until it has run again.",
    ),
  );

// --- The page -------------------------------------------------------------------------------------------------------

const FILTERS = ["group", "status", "dag_id", "asset", "since", "until", "search"];

/** The filters of an address, and nothing else that may stand in it. */
function wanted(query, names) {
  const picked = new URLSearchParams();
  for (const name of names) if (query.get(name)) picked.set(name, query.get(name));
  return picked;
}

const Labelled = ({ label, children }) => h("label", { className: "px-field" }, h("span", null, label), children);

function Choice({ label, name, all, options, word = String, query, change }) {
  const value = query.get(name) ?? "";
  const known = value && !options.includes(value) ? [value, ...options] : options;
  return h(
    Labelled,
    { label },
    h(
      Select,
      { name, value, onChange: (event) => change({ [name]: event.target.value }) },
      h("option", { value: "" }, all),
      known.map((each) => h("option", { key: each, value: each }, word(each))),
    ),
  );
}

function Search({ value, change }) {
  const [typed, type] = useState(value);
  const latest = useRef(change);
  latest.current = change;
  useEffect(() => type(value), [value]);
  useEffect(() => {
    if (typed.trim() === value) return undefined;
    const timer = setTimeout(() => latest.current({ search: typed.trim() }), 300);
    return () => clearTimeout(timer);
  }, [typed, value]);
  return h(
    Labelled,
    { label: "Search" },
    h(Input, { type: "search", name: "search", value: typed, placeholder: "ref_id, id or payment key", maxLength: 200, onChange: (event) => type(event.target.value) }),
  );
}

const Day = ({ label, name, query, change }) =>
  h(
    Labelled,
    { label },
    h(Input, { type: "date", name, value: query.get(name) ?? "", onChange: (event) => change({ [name]: event.target.value }) }),
  );

function Filters({ facets, query, change }) {
  const isFiltered = FILTERS.some((name) => query.get(name));
  const [isOpen, toggle] = useReducer((open) => !open, isFiltered);
  const toggler = h(Button, { "aria-expanded": isOpen, onClick: toggle }, "Filters");
  return h(
    "form",
    { className: `px-filters ${isOpen ? "px-open" : ""}`, role: "search", "aria-label": "Filters", onSubmit: (event) => event.preventDefault() },
    h("div", { className: "px-toggler" }, toggler),
    h(Search, { value: query.get("search") ?? "", change }),
    h(Choice, { label: "Status", name: "status", all: "All", options: facets.statuses.map(({ status }) => status), word: (status) => facets.statuses.find((each) => each.status === status)?.label ?? status, query, change }),
    h(Choice, { label: "Dag", name: "dag_id", all: "All", options: facets.dag_ids, query, change }),
    h(Choice, { label: "Asset", name: "asset", all: "All", options: facets.assets, query, change }),
    h(Day, { label: "From day (UTC)", name: "since", query, change }),
    h(Day, { label: "To day (UTC)", name: "until", query, change }),
    isFiltered && h(Button, { onClick: () => change(Object.fromEntries(FILTERS.map((name) => [name, ""]))) }, "Clear filters"),
  );
}

const NO_FACETS = { statuses: [], dag_ids: [], assets: [] };

function Page() {
  const [query, setQuery] = useQuery();
  const asked = wanted(query, [...FILTERS, "offset"]);
  asked.set("limit", PAGE_SIZE);
  const state = useAnswer(`paxos/api/orchestrations?${asked}`);
  const change = (values) => {
    const next = new URLSearchParams(query);
    next.delete("offset");
    for (const [name, value] of Object.entries(values)) value ? next.set(name, value) : next.delete(name);
    setQuery(next, { replace: true });
  };
  const filters = wanted(query, FILTERS);
  const isFiltered = filters.size > 0;
  return h(
    Fragment,
    null,
    h(
      "header",
      { className: "px-header" },
      h("div", null, h("h1", null, "Paxos"), h("p", { className: "px-muted" }, "What the tasks of your Dags have moved, and what has become of it.")),
      h(ButtonLink, { href: address(`paxos/api/orchestrations.csv?${filters}`), download: "paxos.csv" }, h(Icon, { name: "download" }), "Download CSV"),
    ),
    h(Groups, { groups: state.answer?.groups, chosen: query.get("group"), choose: (group) => change({ group }) }),
    h(Filters, { facets: state.answer?.facets ?? NO_FACETS, query, change }),
    h(Answered, { state }, (answer) =>
      h(
        Fragment,
        null,
        answer.total_items === 0 &&
          (isFiltered
            ? h(Empty, { title: "Nothing matches these filters." }, "Take one away, or clear them all.")
            : h(
                Empty,
                { title: "No task has left a Paxos receipt yet." },
                "Tasks that create or await an orchestration leave one: CreateOrchestrationOperator, CreateOrchestrationBatchOperator and OrchestrationSensor. You see those of the Dags whose XComs you may read.",
              )),
        h(Sections, { answer }),
        h(Paging, { answer, go: (offset) => change({ offset: String(offset || "") }) }),
        answer.total_items > 0 &&
          h("div", { className: "px-panels" }, h(Totals, { totals: answer.totals }), answer.days.length > 0 && h(Chart, { days: answer.days })),
        h(Notes, { notes: answer.notes }),
      ),
    ),
  );
}

// --- The Dag run's tab ----------------------------------------------------------------------------------------------

const runPath = (dagId, runId) => `paxos/api/dags/${encodeURIComponent(dagId)}/runs/${encodeURIComponent(runId)}`;

function RunTab({ dagId, runId }) {
  const [offset, go] = useState(0);
  const state = useAnswer(`${runPath(dagId, runId)}?offset=${offset}&limit=${PAGE_SIZE}`);
  return h(Answered, { state }, (answer) =>
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
          h(Progress, { groups: answer.groups, total: answer.total_items }),
          h(Groups, { groups: answer.groups }),
          h(Sections, { answer, inRun: true }),
          h(Paging, { answer, go }),
          h(Totals, { totals: answer.totals }),
          h(Notes, { notes: answer.notes }),
        ),
  );
}

// --- The task's tab -------------------------------------------------------------------------------------------------

const TimeLine = ({ events }) =>
  h(
    "ol",
    { className: "px-timeline", "aria-label": "Time line" },
    events.map(({ name, label, state, at, detail }) => {
      const { word, look, icon } = EVENTS[state] ?? EVENTS.unknown;
      return h(
        "li",
        { key: name },
        h("span", { className: `px-mark px-${look}` }, h(Icon, { name: icon })),
        h("div", null, h("span", { className: "px-strong" }, label), " ", h("span", { className: "px-muted" }, word)),
        at && h("div", null, h(Time, { at })),
        detail && h("div", { className: "px-muted px-code" }, detail),
      );
    }),
  );

const Fields = ({ fields }) =>
  h(
    "section",
    null,
    h("h3", null, "All fields"),
    h(
      "dl",
      { className: "px-fields" },
      fields.map(({ name, value }) =>
        h("div", { key: name }, h("dt", null, name), h("dd", null, h("span", { className: "px-code" }, value), h(Copy, { name, value }))),
      ),
    ),
  );

function Whole({ receipt }) {
  const { group, concern, reason, advice, related, timeline, fields, label } = receipt;
  const { look, icon } = lookOf({ group, concern });
  const title = reason ? `${label}: ${reason}` : label;
  return h(
    Fragment,
    null,
    h(
      "div",
      { className: "px-facts" },
      h(Fact, { name: "Status" }, h(Status, { receipt })),
      h(Fact, { name: "Amount" }, h(Amount, { of: receipt })),
      h(Fact, { name: "Time" }, h(When, { receipt })),
      h(Fact, { name: "Reference" }, h("span", { className: "px-code" }, receipt.ref_id ?? "unknown")),
      h(Fact, { name: "From" }, receipt.source ?? "unknown"),
      h(Fact, { name: "To" }, receipt.destination ?? "unknown"),
    ),
    (group === "needs_attention" || advice) && h(Notice, { look: group === "needs_attention" ? look : "quiet", icon, title }, advice && h("p", null, advice)),
    timeline.length > 0 && h(TimeLine, { events: timeline }),
    related.length > 0 &&
      h(
        "section",
        null,
        h("h3", null, "Other tasks of the same orchestration"),
        h("ul", { className: "px-related" }, related.map((task) => h("li", { key: task.task_path }, h(Where, { task })))),
      ),
    h(Fields, { fields }),
  );
}

const Fact = ({ name, children }) => h("div", null, h("div", { className: "px-label" }, name), children);

/** A payment of a batch: one line that opens. */
function Payment({ receipt, opened }) {
  const [isOpen, open] = useState(opened);
  return h(
    "details",
    { className: "px-payment", open: isOpen, onToggle: (event) => open(event.currentTarget.open) },
    h(
      "summary",
      null,
      h(Status, { receipt }),
      h(Amount, { of: receipt }),
      h("span", { className: "px-code" }, receipt.key ?? receipt.ref_id ?? receipt.id),
      receipt.reason && h("span", { className: "px-clamped px-muted" }, receipt.reason),
    ),
    isOpen && h("div", { className: "px-inside" }, h(Whole, { receipt })),
  );
}

function TaskTab({ dagId, runId, taskId, mapIndex }) {
  const [offset, go] = useState(0);
  const query = new URLSearchParams({ map_index: mapIndex ?? -1, offset, limit: PAGE_SIZE });
  const state = useAnswer(`${runPath(dagId, runId)}/tasks/${encodeURIComponent(taskId)}?${query}`);
  return h(Answered, { state }, (answer) => {
    const { items, total_items: total, groups, totals, notes } = answer;
    if (total === 0)
      return h(
        Fragment,
        null,
        h(
          Empty,
          { title: "This task has left no Paxos receipt." },
          "A task leaves one when it creates or awaits an orchestration. If this one should have: it may not have come that far, or a retry or clear took the receipt away until it has run again. Its log says more.",
        ),
        h(Notes, { notes }),
      );
    const [only] = items;
    return h(
      Fragment,
      null,
      total === 1 && only
        ? h(Whole, { receipt: only })
        : h(
            Fragment,
            null,
            h(Progress, { groups, total }),
            h(Groups, { groups }),
            h("section", { "aria-label": "Payments" }, items.map((receipt, index) =>
              h(Payment, { key: `${offset}-${index}-${receipt.id ?? receipt.ref_id}`, receipt, opened: index === 0 && receipt.group === "needs_attention" }),
            )),
            h(Paging, { answer, go }),
            h(Totals, { totals }),
          ),
      h(Notes, { notes }),
    );
  });
}

// --- The looks ------------------------------------------------------------------------------------------------------

// The host's semantic tokens follow its theme; the values behind the commas are for a host that has none of them.
const STYLE = `
.paxos { container: paxos / inline-size; width: 100%; padding: 12px 8px 32px; font-size: 14px; line-height: 1.5;
  color: var(--fg); overflow-wrap: anywhere;
  --fg: var(--chakra-colors-fg, CanvasText); --muted: var(--chakra-colors-fg-muted, GrayText);
  --line: var(--chakra-colors-border, #d4d4d8); --strong-line: var(--chakra-colors-border-emphasized, #a1a1aa);
  --panel: var(--chakra-colors-bg-subtle, transparent); --link: var(--chakra-colors-fg-info, LinkText);
  --focus: var(--chakra-colors-brand-focus-ring, Highlight);
  --success: var(--chakra-colors-success-solid, #15803d); --failed: var(--chakra-colors-failed-solid, #b91c1c);
  --running: var(--chakra-colors-running-solid, #0e7490); --waiting: var(--chakra-colors-orange-solid, #9a3412);
  --quiet: var(--chakra-colors-queued-solid, #57534e); }
.paxos *, .paxos *::before { box-sizing: border-box; }
.paxos h1 { font-size: 24px; font-weight: 700; line-height: 1.3; margin: 0; }
.paxos h2 { font-size: 16px; font-weight: 600; margin: 0 0 8px; }
.paxos h3 { font-size: 14px; font-weight: 600; margin: 0 0 8px; }
.paxos p, .paxos dl, .paxos dd, .paxos ol, .paxos ul { margin: 0; padding: 0; }
.paxos section { margin-top: 24px; }
.paxos :is(a, button, summary, input, select, [tabindex]):focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
.paxos .px-link { color: var(--link); text-decoration: none; }
.paxos .px-link:hover { text-decoration: underline; }
.paxos .px-muted { color: var(--muted); font-size: 12px; }
.paxos .px-strong { font-weight: 600; }
.paxos .px-code { font-family: var(--chakra-fonts-mono, ui-monospace, monospace); font-size: 12.5px; }
.px-success { --look: var(--success); } .px-failed { --look: var(--failed); } .px-running { --look: var(--running); }
.px-waiting { --look: var(--waiting); } .px-quiet { --look: var(--quiet); }
.paxos .px-icon { width: 1em; height: 1em; flex: none; fill: none; stroke: currentColor; stroke-width: 2;
  stroke-linecap: round; stroke-linejoin: round; }
.paxos .px-badge { display: inline-flex; align-items: center; gap: 4px; padding: 1px 8px; border-radius: 999px;
  background: var(--look); color: #fff; white-space: nowrap; }
.paxos .px-amount { font-variant-numeric: tabular-nums; }
.paxos .px-pair { white-space: nowrap; }
.paxos .px-header > div { flex: 1; }
.paxos .px-header { display: flex; gap: 12px; justify-content: space-between; align-items: start; }
.paxos .px-header .px-muted { font-size: 14px; }
.paxos .px-filters { display: flex; flex-wrap: wrap; gap: 12px; align-items: end; margin: 16px 0; }
.paxos .px-field { display: flex; flex-direction: column; gap: 4px; flex: 1 1 140px; max-width: 220px; min-width: 0; }
.paxos .px-field > span, .paxos .px-label { font-size: 12px; font-weight: 600; color: var(--muted); }
.paxos .px-field:first-of-type { flex-basis: 220px; max-width: 320px; }
.paxos .px-toggler { display: none; }
.paxos .px-groups { display: flex; flex-wrap: wrap; gap: 12px; margin: 16px 0; }
.paxos .px-group { display: inline-flex; align-items: center; gap: 10px; padding: 8px 16px 8px 8px; font-weight: 600;
  border: 1px solid var(--line); border-radius: 6px; background: none; color: inherit; font-size: 14px; }
.paxos button.px-group { cursor: pointer; }
.paxos button.px-group:hover { background: var(--panel); }
.paxos button.px-group[aria-pressed=true] { border-color: var(--focus); box-shadow: inset 0 0 0 1px var(--focus); background: var(--panel); }
.paxos .px-count { color: var(--muted); font-weight: 400; }
.paxos .px-grid { width: 100%; border-collapse: collapse; background: none; }
.paxos .px-grid :is(th, td) { padding: 8px; text-align: start; vertical-align: top; border-bottom: 1px solid var(--line); background: none; }
.paxos .px-grid th { font-weight: 500; white-space: nowrap; }
.paxos .px-grid .px-number { text-align: end; font-variant-numeric: tabular-nums; }
.paxos .px-grid td.px-sum { min-width: 110px; }
.paxos .px-grid td.px-wide { min-width: 150px; }
.paxos .px-grid td.px-ends { min-width: 182px; }
.paxos .px-section.px-failed tbody tr > :first-child { box-shadow: inset 3px 0 0 var(--failed); padding-inline-start: 14px; }
.paxos .px-clamped { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 6; overflow: hidden; }
.paxos .px-unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.paxos time { white-space: nowrap; }
.paxos .px-paging { display: flex; gap: 12px; align-items: center; margin-top: 16px; }
.paxos .px-panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); gap: 0 24px; }
.paxos .px-dotted { white-space: nowrap; }
.paxos .px-dot { display: inline-block; width: 8px; height: 8px; margin-inline-end: 6px; border-radius: 999px; background: var(--look); }
.paxos .px-chart { display: block; width: 100%; height: 120px; margin: 4px 0; }
.paxos .px-chart line { stroke: var(--strong-line); stroke-width: 1px; vector-effect: non-scaling-stroke; }
.paxos .px-apart { display: flex; flex-wrap: wrap; gap: 0 16px; justify-content: space-between; }
.paxos .px-bar-settled { fill: var(--success); } .paxos .px-bar-failed { fill: var(--failed); }
.paxos summary { cursor: pointer; }
.paxos .px-track { display: flex; gap: 2px; height: 10px; margin-top: 6px; border-radius: 999px; overflow: hidden; background: var(--line); }
.paxos .px-track span { background: var(--look); }
.paxos .px-track .px-running { background: repeating-linear-gradient(135deg, var(--look) 0 6px, transparent 6px 10px); }
.paxos .px-notes { margin-top: 24px; font-size: 12px; color: var(--muted); }
.paxos .px-loading, .paxos .px-empty { padding: 32px 0; }
.paxos .px-empty p + p { color: var(--muted); max-width: 65ch; }
.paxos .px-busy { opacity: .6; }
.paxos .px-notice { display: flex; gap: 10px; margin: 16px 0; padding: 12px 16px; border: 1px solid var(--line);
  border-inline-start: 4px solid var(--look); border-radius: 6px; background: color-mix(in srgb, var(--look) 10%, transparent); }
.paxos .px-notice > .px-icon { margin-top: 3px; stroke-width: 3; color: var(--look); }
.paxos .px-notice p + p { margin-top: 4px; max-width: 90ch; }
.paxos .px-notice button { margin-top: 8px; }
.paxos .px-facts { display: flex; flex-wrap: wrap; gap: 12px 40px; }
.paxos .px-facts b { font-size: 18px; }
.paxos .px-timeline { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 170px), 1fr)); list-style: none; margin-top: 24px; row-gap: 16px; }
.paxos .px-timeline li { position: relative; padding: 30px 12px 0 0; }
.paxos .px-timeline li:not(:last-child)::before { content: ""; position: absolute; top: 10px; left: 22px; right: 0; border-top: 2px solid var(--line); }
.paxos .px-mark { position: absolute; top: 0; left: 0; display: grid; place-items: center; width: 22px; height: 22px;
  border-radius: 999px; background: var(--look); color: #fff; font-size: 12px; }
.paxos .px-related { list-style: none; display: grid; gap: 6px; }
.paxos .px-fields > div { display: grid; grid-template-columns: minmax(140px, 240px) 1fr; gap: 4px 16px; padding: 4px 0; align-items: center; border-bottom: 1px solid var(--line); }
.paxos .px-fields dt { color: var(--muted); }
.paxos .px-fields dd { display: flex; align-items: center; gap: 8px; min-height: 32px; }
.paxos .px-copy { display: inline-flex; align-items: center; gap: 4px; font-size: 12px; color: var(--muted); flex: none; }
.paxos .px-payment { border-bottom: 1px solid var(--line); }
.paxos .px-payment > summary { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: center; padding: 8px 4px; list-style-position: inside; }
.paxos .px-payment > summary::before { content: "▸"; color: var(--muted); }
.paxos .px-payment[open] > summary::before { content: "▾"; }
.paxos .px-payment > summary:hover { background: var(--panel); }
.paxos .px-payment .px-clamped { -webkit-line-clamp: 2; flex-basis: 100%; padding-inline-start: 24px; }
.paxos .px-payment[open] > summary .px-clamped { display: none; }
.paxos .px-inside { padding: 8px 0 24px 24px; }
@container paxos (max-width: 860px) {
  .paxos .px-grid, .paxos .px-grid :is(tbody, tr, td) { display: block; }
  .paxos .px-grid thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .paxos .px-grid tr { padding: 10px 12px; margin-bottom: 12px; border: 1px solid var(--line); border-radius: 6px; }
  .paxos .px-grid td { display: grid; grid-template-columns: 84px minmax(0, 1fr); gap: 8px; align-items: start; padding: 3px 0; border: 0; }
  .paxos .px-grid td.px-number { text-align: start; }
  .paxos .px-grid td::before { content: attr(data-label); color: var(--muted); font-size: 12px; line-height: 21px; }
  .paxos .px-section.px-failed tr { border-inline-start: 3px solid var(--failed); }
  .paxos .px-section.px-failed tbody tr > :first-child { box-shadow: none; padding-inline-start: 0; }
}
@container paxos (max-width: 480px) {
  .paxos .px-field, .paxos .px-field:first-of-type { max-width: none; }
  .paxos .px-header p { display: none; }
  .paxos .px-toggler { display: block; flex-basis: 100%; }
  .paxos .px-filters:not(.px-open) > :not(.px-toggler) { display: none; }
  .paxos .px-fields > div { grid-template-columns: 1fr; }
  .paxos .px-payment[open] > summary .px-clamped { display: none; }
.paxos .px-inside { padding-inline-start: 8px; }
}
.paxos.px-plain :is(button, input, select, .px-button) { font: inherit; padding: 5px 10px; border: 1px solid var(--strong-line);
  border-radius: 4px; background: transparent; color: inherit; max-width: 100%; }
.paxos.px-plain :is(select option) { color: initial; }
.paxos.px-plain :is(button:not(.px-group), .px-button) { display: inline-flex; align-items: center; gap: 8px; }
.paxos.px-plain button:disabled { opacity: .5; }
`;

// --- What Airflow renders -------------------------------------------------------------------------------------------

/** Properties: none on the page; dagId, runId; and on a task taskId and, if it is mapped, mapIndex. */
function Paxos({ dagId, runId, taskId, mapIndex }) {
  // The key makes a place of its own of each run and task: none ever shows what the one before had.
  const key = [dagId, runId, taskId, mapIndex].join("\n");
  const [name, place] = taskId ? ["task", TaskTab] : runId ? ["run", RunTab] : ["page", Page];
  return h(
    "div",
    { className: Chakra.Button ? "paxos" : "paxos px-plain", "data-place": name },
    h("style", null, STYLE),
    h(place, { key, dagId, runId, taskId, mapIndex }),
  );
}

globalThis.AirflowPlugin = Paxos;
