/** Answers of the API: one request, and a hook that repeats it, never one while another is in flight. */

import { address, useCallback, useEffect, useRef, useState } from "./host.js";
import { pollSeconds } from "./polling.js";

/** Items of one page of a list. */
export const PAGE_SIZE = 50;

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

/** Where Airflow 3.1 keeps the token that the requests of its UI carry; later versions keep it in a cookie alone. */
const TOKEN = "token";

/** Whether a plain link reaches the API: not where requests have to carry the token. */
export const linksReachApi = () => localStorage.getItem(TOKEN) === null;

/**
 * Ask Airflow, as whoever is logged in.
 *
 * @param {string} url
 * @param {RequestInit & { headers: Record<string, string> }} init
 */
async function ask(url, init) {
  const token = localStorage.getItem(TOKEN);
  if (token !== null) {
    const headers = { ...init.headers, Authorization: `Bearer ${token}` };
    const response = await fetch(url, { ...init, headers });
    // An Airflow that was upgraded since has left an old one behind.
    if (response.status !== 401) return response;
  }
  return fetch(url, init);
}

/**
 * Return the answer of a path and its tag; null if the one with the given tag still holds.
 *
 * @param {string} path
 * @param {AbortSignal} signal
 * @param {string | null} tag
 * @returns {Promise<{ answer: any, tag: string | null } | null>}
 */
async function read(path, signal, tag) {
  let response;
  try {
    const headers = { Accept: "application/json", ...(tag && { "If-None-Match": tag }) };
    response = await ask(address(path), { signal, headers, cache: "no-store", credentials: "same-origin" });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new AnswerError("Airflow does not answer.", "Check the network, then try again.");
  }
  if (response.status === 304) return null;
  const isJson = response.headers.get("content-type")?.includes("json");
  if (response.ok && isJson) return { answer: await response.json(), tag: response.headers.get("etag") };
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
 * @property {AnswerError} [error] of the last request
 * @property {Date} [checkedAt] when the answer was last found to hold
 * @property {boolean} isBusy
 * @property {() => void} again sends the request once more, unless it is in flight
 */

/**
 * Request a path, and request it again and again: soon while something may change, slowly otherwise, and ever more
 * slowly while requests fail. A page that nobody sees asks for nothing.
 *
 * @template {{ live: boolean }} Answer
 * @param {string} path
 * @returns {AnswerState<Answer>}
 */
export function useAnswer(path) {
  /** @type {{ answer?: Answer, error?: AnswerError, checkedAt?: Date, path?: string }} */
  const nothing = {};
  const [state, setState] = useState(nothing);
  const ask = useRef(() => {});
  useEffect(() => {
    const leaving = new AbortController();
    /** @type {string | null} */
    let tag = null;
    /** @type {Answer | undefined} */
    let answer;
    let failures = 0;
    let isInFlight = false;
    let isOverdue = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const request = async () => {
      if (isInFlight) return;
      clearTimeout(timer);
      isInFlight = true;
      isOverdue = false;
      try {
        const found = await read(path, leaving.signal, tag);
        if (found) ({ answer, tag } = found);
        failures = 0;
        setState({ answer, path, checkedAt: new Date() });
      } catch (error) {
        if (leaving.signal.aborted) return;
        failures += 1;
        setState((before) => ({ ...before, path, error: /** @type {AnswerError} */ (error) }));
      } finally {
        isInFlight = false;
      }
      timer = setTimeout(poll, pollSeconds(answer?.live ?? true, failures) * 1000);
    };
    const poll = () => {
      if (document.hidden) isOverdue = true;
      else request();
    };
    const onVisible = () => {
      if (isOverdue && !document.hidden) request();
    };
    document.addEventListener("visibilitychange", onVisible);
    ask.current = request;
    request();
    return () => {
      leaving.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onVisible);
    };
  }, [path]);
  const again = useCallback(() => ask.current(), []);
  return { answer: state.answer, error: state.error, checkedAt: state.checkedAt, isBusy: state.path !== path, again };
}
