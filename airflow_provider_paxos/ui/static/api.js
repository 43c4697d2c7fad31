/** Answers of the API: one request, and a hook that repeats it while an orchestration is in progress. */

import { address, useEffect, useReducer, useState } from "./host.js";

/** @import { Listed } from "./types" */

/** Items of one page of a list. */
export const PAGE_SIZE = 50;
const REFRESH_SECONDS = 15;

/** An answer that cannot be shown: what happened, and what can be done. */
export class AnswerError extends Error {
  /**
   * @param {string} title
   * @param {string} advice
   */
  constructor(title, advice) {
    super(title);
    this.advice = advice;
  }
}

/** @type {Record<number, [title: string, advice: string]>} */
const REFUSALS = {
  401: ["You are not logged in any more.", "Load this page again to log in."],
  403: ["You may not see this Dag's receipts.", "They are XComs: an administrator can allow you to read them."],
  404: ["Airflow has no such page.", "The Dag, the run or the task may have been deleted."],
};

/**
 * @param {string} path
 * @param {AbortSignal} signal
 * @returns {Promise<any>}
 */
async function read(path, signal) {
  let response;
  try {
    const headers = { Accept: "application/json" };
    response = await fetch(address(path), { signal, headers, credentials: "same-origin" });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new AnswerError("Airflow does not answer.", "Check the network, then try again.");
  }
  const isJson = response.headers.get("content-type")?.includes("json");
  if (response.ok && isJson) return response.json();
  if (response.status === 422 && isJson) {
    const { detail } = await response.json();
    const reason = Array.isArray(detail) ? detail.map((each) => each.msg ?? String(each)).join("; ") : String(detail);
    throw new AnswerError("Airflow does not accept these filters.", reason);
  }
  throw new AnswerError(
    ...(REFUSALS[response.status] ?? [
      `Airflow could not read the receipts (status ${response.status}).`,
      "The log of the API server says why. It says nothing about the money.",
    ]),
  );
}

/**
 * State of a request. After a failure, the answer before it stays.
 *
 * @template Answer
 * @typedef {object} AnswerState
 * @property {Answer} [answer]
 * @property {AnswerError} [error]
 * @property {boolean} isBusy
 * @property {() => void} again sends the request once more
 */

/**
 * Request a path, and request it again and again while something is in progress.
 *
 * @template {Listed} Answer
 * @param {string} path
 * @returns {AnswerState<Answer>}
 */
export function useAnswer(path) {
  /** @type {{ answer?: Answer, error?: AnswerError, path?: string }} */
  const nothing = {};
  const [state, setState] = useState(nothing);
  const [attempt, again] = useReducer((/** @type {number} */ count) => count + 1, 0);
  useEffect(() => {
    const leaving = new AbortController();
    read(path, leaving.signal).then(
      (answer) => setState({ answer, path }),
      (error) => {
        if (!leaving.signal.aborted) setState((before) => ({ ...before, path, error }));
      },
    );
    return () => leaving.abort();
  }, [path, attempt]);
  const isInProgress = Boolean(state.answer?.groups.in_progress);
  useEffect(() => {
    if (!isInProgress) return undefined;
    const refresh = () => {
      if (!document.hidden) again();
    };
    const timer = setInterval(refresh, REFRESH_SECONDS * 1000);
    return () => clearInterval(timer);
  }, [isInProgress]);
  return { answer: state.answer, error: state.error, isBusy: state.path !== path, again };
}
