/**
 * The query of the page's address: read, changed, and followed when the person goes back.
 *
 * It is changed by the browser's own history, not by the host's router. A change by the router renders the host again,
 * some time later; and the host mounts a plugin anew when it renders the second time, with the loaded component in the
 * place of the one that loads it. What was typed meanwhile would be lost, and the focus with it.
 */

import { changed } from "./addresses.js";
import { useHostLocation, useSyncExternalStore } from "./host.js";

/** @import { Values } from "./addresses.js" */

/** @type {Set<() => void>} */
const watchers = new Set();

/** @param {() => void} watcher */
function watch(watcher) {
  watchers.add(watcher);
  addEventListener("popstate", watcher);
  return () => {
    watchers.delete(watcher);
    removeEventListener("popstate", watcher);
  };
}

/** Return the query as it stands in the address. */
export function usePageQuery() {
  useHostLocation();
  return new URLSearchParams(useSyncExternalStore(watch, () => location.search));
}

/**
 * Change parameters of the query, as it stands in the address at this moment.
 *
 * @param {Values} values an empty one takes its parameter away
 * @param {{ replace?: boolean }} [options] replace leaves no entry in the history to go back to
 */
export function changePageQuery(values, { replace = false } = {}) {
  const next = changed(new URLSearchParams(location.search), values).toString();
  const address = `${location.pathname}${next && "?"}${next}`;
  // The router finds its own state again when the person goes back.
  if (replace) history.replaceState(history.state, "", address);
  else history.pushState(history.state, "", address);
  for (const watcher of watchers) watcher();
}
