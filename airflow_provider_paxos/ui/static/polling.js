/** When an answer is asked for again. Pure: nothing here needs a browser. */

const LIVE_SECONDS = 15;
const QUIET_SECONDS = 60;
const MOST_SECONDS = 300;

/**
 * Return the seconds until the next request.
 *
 * @param {boolean} isLive true while something shown may still change
 * @param {number} failures requests that have failed one after the other
 */
export const pollSeconds = (isLive, failures) =>
  failures > 0 ? Math.min(MOST_SECONDS, LIVE_SECONDS * 2 ** (failures - 1)) : isLive ? LIVE_SECONDS : QUIET_SECONDS;
