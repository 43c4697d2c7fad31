/** Icons, as paths on 24 by 24 pixels. */

/** @typedef {keyof typeof ICONS} IconName */

export const ICONS = {
  check: "M20 6 9 17l-5-5",
  cross: "M18 6 6 18M6 6l12 12",
  pulse: "M22 12h-4l-3 9L9 3l-3 9H2",
  clock: "M12 7v5l3 3M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20",
  hand: "M8 13V5a2 2 0 0 1 4 0v6m0-7a2 2 0 0 1 4 0v7m0-5a2 2 0 0 1 4 0v8a8 8 0 0 1-8 8h-1a8 8 0 0 1-6-3l-3-5a2 2 0 0 1 3-2l1 1",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  download: "M12 3v12m0 0-5-5m5 5 5-5M4 21h16",
  again: "M21 12a9 9 0 1 1-3-6.7L21 8m0-5v5h-5",
};
