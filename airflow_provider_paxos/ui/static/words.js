/** Words and looks: groups, states, amounts, periods. Pure: nothing here needs a browser. */

/** @import { IconName } from "./icons.js" */
/** @import { Concern, DifferingReceipt, Group, GroupCounts, HistoryEvent, Receipt, ReconciliationReport, TimelineEvent } from "./types" */
/** @import { Total } from "./types" */

/** @typedef {"success" | "failed" | "running" | "waiting" | "quiet"} Look */

/** @type {Record<Group, { title: string, look: Look, icon: IconName }>} */
export const GROUPS = {
  needs_attention: { title: "Needs attention", look: "failed", icon: "cross" },
  in_progress: { title: "In progress", look: "running", icon: "pulse" },
  repaired: { title: "Repaired", look: "quiet", icon: "again" },
  settled: { title: "Settled", look: "success", icon: "check" },
};

/** All groups, in the order in which they are shown. */
export const GROUP_NAMES = /** @type {Group[]} */ (Object.keys(GROUPS));

/**
 * Return the groups that are shown: what is repaired only where something is.
 *
 * @param {GroupCounts} [counts]
 */
export const shownGroups = (counts) => GROUP_NAMES.filter((group) => group !== "repaired" || counts?.repaired);

/** Concerns that look otherwise than their group. @type {Partial<Record<Concern, { look: Look, icon: IconName }>>} */
const CONCERNS = {
  approval: { look: "waiting", icon: "hand" },
  late: { look: "waiting", icon: "clock" },
};

/** @type {Record<TimelineEvent["state"], { word: string, look: Look, icon: IconName }>} */
export const EVENT_STATES = {
  done: { word: "done", look: "success", icon: "check" },
  in_progress: { word: "in progress", look: "running", icon: "pulse" },
  failed: { word: "failed", look: "failed", icon: "cross" },
  waiting: { word: "not yet", look: "quiet", icon: "clock" },
  unknown: { word: "unknown", look: "quiet", icon: "clock" },
};

/**
 * Return how an orchestration looks.
 *
 * @param {Pick<Receipt, "group" | "concern">} receipt
 */
export function lookOf({ group, concern }) {
  const { look, icon } = (concern && CONCERNS[concern]) ?? GROUPS[group];
  return { look, icon };
}

/**
 * Return a number and its noun.
 *
 * @param {number} count
 * @param {string} one
 */
export const plural = (count, one) => `${count} ${count === 1 ? one : `${one}s`}`;

/**
 * Return source and destination asset: `USD → USDG`, or `USD` alone if both are the same.
 *
 * @param {Pick<Receipt, "source_asset" | "destination_asset">} assets
 */
export function pairText({ source_asset: from, destination_asset: to }) {
  const source = from ?? "asset unknown";
  return !to || from === to ? source : `${source} → ${to}`;
}

/**
 * Return an amount with its digits in groups: `1,234,567.8900`. No digit is lost: the amount stays a text.
 *
 * @param {string} amount
 */
export const grouped = (amount) => amount.replace(/^-?\d+(?=\.|$)/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ","));

/**
 * Return the sum of a total, with its asset.
 *
 * @param {Pick<Total, "amount" | "source_asset">} total
 */
export const totalText = ({ amount, source_asset: asset }) => `${grouped(amount)} ${asset ?? ""}`.trimEnd();

/**
 * Return a source or destination with its long names cut in the middle: `bank account fa11ed00…0001`.
 *
 * @param {string | null} end
 */
export const shortened = (end) =>
  end?.replace(/[0-9A-Za-z-]{24,}/g, (name) => `${name.slice(0, 8)}…${name.slice(-4)}`) ?? "unknown";

/**
 * Return the short form of an id, with the name that people gave it: `7c4e8f2a…4f1c (Treasury)`.
 *
 * @param {string} id
 * @param {string | null} name
 */
export const named = (id, name) => (name ? `${shortened(id)} (${name})` : shortened(id));

/**
 * Return how long it is from one time to another, in its largest unit; null if that is unknown or negative.
 *
 * @param {string | null} from
 * @param {string | Date | null} to
 */
export function duration(from, to) {
  if (!from || !to) return null;
  const seconds = Math.round((new Date(to).getTime() - new Date(from).getTime()) / 1000);
  if (!(seconds >= 0)) return null;
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return plural(Math.floor(seconds / 86_400), "day");
}

/**
 * Return the first and the last of contiguous days.
 *
 * @param {string} first
 * @param {string} last
 */
export const periodText = (first, last) => (first === last ? first : `${first} to ${last}`);

/**
 * Return a time as Airflow writes it; null if it is none.
 *
 * @param {string} at in RFC 3339
 * @param {string} [timeZone] the browser's by default
 */
export function timeText(at, timeZone) {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return null;
  return new Intl.DateTimeFormat("sv", { dateStyle: "short", timeStyle: "medium", timeZone }).format(time);
}

/**
 * Return the number of orchestrations in each group.
 *
 * @param {GroupCounts} counts
 */
export const countsText = (counts) =>
  shownGroups(counts)
    .map((group) => `${counts[group]} ${GROUPS[group].title.toLowerCase()}`)
    .join(", ");

/**
 * Return who created an orchestration that was adopted from another run, or from somebody unknown; null otherwise.
 *
 * @param {Pick<Receipt, "creator">} receipt
 */
export const creatorText = ({ creator }) =>
  creator && (creator === "unknown" ? "creator unknown" : `created by ${creator}`);

/**
 * Return what a receipt of another Dag shows otherwise: `Failed, 100.25; differs in status, source_amount`.
 *
 * @param {Pick<DifferingReceipt, "label" | "amount" | "differs">} other
 */
export const differingText = ({ label, amount, differs }) =>
  `${label}, ${(amount && grouped(amount)) ?? "amount unknown"}; differs in ${differs.join(", ")}`;

/**
 * Return the part of a list that a page shows.
 *
 * @param {{ offset: number, limit: number, total_items: number }} page
 */
export const rangeText = ({ offset, limit, total_items: total }) =>
  `${Math.min(offset + 1, total)} to ${Math.min(offset + limit, total)} of ${total}`;

/**
 * Return a text cut in its middle, where the least is said: an error begins with its cause and ends with the advice.
 *
 * @param {string} text
 * @param {number} [most] characters
 */
export function cutInTheMiddle(text, most = 280) {
  if (text.length <= most) return text;
  const end = Math.floor(most / 3);
  return `${text.slice(0, most - end)} … ${text.slice(-end)}`;
}

/** What a task did with a payment, in words. @type {Record<HistoryEvent["did"], string>} */
export const DEEDS = { created: "created it", adopted: "adopted it", attempted: "attempted it", read: "read it" };

/**
 * Return the class of a reconciliation exception in words: `unknown to airflow`.
 *
 * @param {string} kind
 */
export const kindText = (kind) => kind.replaceAll("_", " ");

/**
 * Return the outcome of a reconciliation, and how it looks: what was not read in full is never clean.
 *
 * @param {Pick<ReconciliationReport, "clean" | "complete" | "exceptions">} report
 * @returns {{ look: Look, icon: IconName, title: string }}
 */
export function outcomeOf({ clean, complete, exceptions }) {
  if (clean && complete) return { look: "success", icon: "check", title: "Clean" };
  const found = plural(exceptions, "exception");
  return { look: "failed", icon: "cross", title: complete ? found : `Incomplete, ${found}` };
}
