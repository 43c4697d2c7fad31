/** Addresses of the API, and the part of a page's query that is the filters. Pure: nothing here needs a browser. */

/** @typedef {Record<string, string | string[]>} Values values of parameters; a list for one that has several */

/**
 * Return the address of a path below a base.
 *
 * @param {string} base the address of Airflow's UI, with a slash at its end
 * @param {string} path
 */
export const addressBelow = (base, path) => new URL(path.replace(/^\//, ""), base).href;

/**
 * Return the API's path of the list, or of its CSV.
 *
 * @param {URLSearchParams} query
 * @param {"" | ".csv"} [format]
 */
export const listPath = (query, format = "") => `paxos/api/orchestrations${format}?${query}`;

/**
 * Return the API's path of a Dag run's receipts.
 *
 * @param {string} dagId
 * @param {string} runId
 * @param {Record<string, string | number>} query
 */
export const runPath = (dagId, runId, query) => `${pathOfRun(dagId, runId)}?${queryOf(query)}`;

/**
 * Return the API's path of a task instance's receipts.
 *
 * @param {string} dagId
 * @param {string} runId
 * @param {string} taskId
 * @param {Record<string, string | number>} query
 */
export const taskPath = (dagId, runId, taskId, query) =>
  `${pathOfRun(dagId, runId)}/tasks/${encodeURIComponent(taskId)}?${queryOf(query)}`;

/**
 * Return the API's path of one payment.
 *
 * @param {URLSearchParams} query with its id or its ref_id
 */
export const paymentPath = (query) => `paxos/api/payment?${query}`;

/**
 * Return the address of a Dag run's tab, for the UI's router.
 *
 * @param {string} dagId
 * @param {string} runId
 */
export const runTabPath = (dagId, runId) =>
  `/dags/${encodeURIComponent(dagId)}/runs/${encodeURIComponent(runId)}/plugin/paxos-run`;

/**
 * Return the address of the page that shows what one Dag run has touched, for the UI's router.
 *
 * @param {string} dagId
 * @param {string} runId
 */
export const pageOfRun = (dagId, runId) => `/plugin/paxos?${queryOf({ dag_id: dagId, run_id: runId })}`;

/**
 * Return those parameters that have one of the names and a value.
 *
 * @param {URLSearchParams} query
 * @param {readonly string[]} names
 */
export function picked(query, names) {
  const found = new URLSearchParams();
  for (const name of names) {
    for (const value of query.getAll(name)) if (value) found.append(name, value);
  }
  return found;
}

/**
 * Return the query with other values; an empty value takes its parameter away. The list starts at its first page again,
 * unless the values name another offset.
 *
 * @param {URLSearchParams} query
 * @param {Values} values
 */
export function changed(query, values) {
  const next = new URLSearchParams(query);
  next.delete("offset");
  for (const [name, value] of Object.entries(values)) {
    next.delete(name);
    for (const each of [value].flat()) if (each) next.append(name, each);
  }
  return next;
}

/**
 * @param {string} dagId
 * @param {string} runId
 */
const pathOfRun = (dagId, runId) => `paxos/api/dags/${encodeURIComponent(dagId)}/runs/${encodeURIComponent(runId)}`;

/** @param {Record<string, string | number>} values */
const queryOf = (values) =>
  new URLSearchParams(Object.entries(values).map(([name, value]) => [name, String(value)])).toString();
