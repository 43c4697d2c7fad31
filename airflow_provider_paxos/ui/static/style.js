/**
 * The style sheet.
 *
 * The host's semantic tokens follow its theme; the values behind the commas are for a host that has none of them.
 */

/** Return the style sheet as it is; the name makes editors and the formatter take it for CSS. */
const css = String.raw;

export const STYLE = css`
  .paxos {
    container: paxos / inline-size;
    width: 100%;
    padding: 12px 8px 32px;
    font-size: 14px;
    line-height: 1.5;
    color: var(--fg);
    --fg: var(--chakra-colors-fg, CanvasText);
    --muted: var(--chakra-colors-fg-muted, GrayText);
    --line: var(--chakra-colors-border, #d4d4d8);
    --strong-line: var(--chakra-colors-border-emphasized, #a1a1aa);
    --panel: var(--chakra-colors-bg-subtle, transparent);
    --link: var(--chakra-colors-fg-info, LinkText);
    --focus: var(--chakra-colors-brand-focus-ring, Highlight);
    --success: var(--chakra-colors-success-solid, #15803d);
    --failed: var(--chakra-colors-failed-solid, #b91c1c);
    --running: var(--chakra-colors-running-solid, #0e7490);
    --waiting: var(--chakra-colors-orange-solid, #9a3412);
    --quiet: var(--chakra-colors-queued-solid, #57534e);
  }
  .paxos *,
  .paxos *::before {
    box-sizing: border-box;
  }
  .paxos h1 {
    font-size: 24px;
    font-weight: 700;
    line-height: 1.3;
    margin: 0;
  }
  .paxos h2 {
    font-size: 16px;
    font-weight: 600;
    margin: 0 0 8px;
  }
  .paxos p,
  .paxos dl,
  .paxos dd,
  .paxos ol,
  .paxos ul {
    margin: 0;
    padding: 0;
  }
  .paxos section {
    margin-top: 24px;
  }
  .paxos :is(a, button, summary, input, select, [tabindex]):focus-visible {
    outline: 2px solid var(--focus);
    outline-offset: 2px;
  }
  .paxos .px-link {
    color: var(--link);
    text-decoration: none;
  }
  /* The host gives each element a rule of its own. */
  .paxos * {
    overflow-wrap: anywhere;
  }
  .paxos .px-muted .px-link {
    text-decoration: underline;
  }
  .paxos .px-link:hover {
    text-decoration: underline;
  }
  .paxos .px-muted {
    color: var(--muted);
    font-size: 12px;
  }
  .paxos .px-strong {
    font-weight: 600;
  }
  .paxos .px-code {
    font-family: var(--chakra-fonts-mono, ui-monospace, monospace);
    font-size: 12.5px;
  }
  .px-success {
    --look: var(--success);
  }
  .px-failed {
    --look: var(--failed);
  }
  .px-running {
    --look: var(--running);
  }
  .px-waiting {
    --look: var(--waiting);
  }
  .px-quiet {
    --look: var(--quiet);
  }
  .paxos .px-icon {
    width: 1em;
    height: 1em;
    flex: none;
    fill: none;
    stroke: currentColor;
    stroke-width: 2;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .paxos .px-badge {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    padding: 1px 8px;
    border-radius: 999px;
    background: var(--look);
    color: #fff;
    /* A word stays whole, but for one that is longer than any status that is known. */
    max-width: 11rem;
    overflow-wrap: break-word;
  }
  .paxos .px-amount {
    font-variant-numeric: tabular-nums;
  }
  .paxos .px-views {
    display: flex;
    gap: 16px;
    margin-bottom: 8px;
  }
  .paxos .px-views [aria-current="page"] {
    font-weight: 600;
  }
  .paxos .px-header > div {
    flex: 1;
  }
  .paxos .px-header {
    display: flex;
    gap: 12px;
    justify-content: space-between;
    align-items: start;
  }
  .paxos .px-header .px-muted {
    font-size: 14px;
  }
  .paxos .px-filters {
    display: flex;
    flex-wrap: wrap;
    gap: 12px;
    align-items: end;
    margin: 16px 0;
  }
  .paxos .px-field {
    display: flex;
    flex-direction: column;
    gap: 4px;
    flex: 1 1 140px;
    max-width: 220px;
    min-width: 0;
  }
  .paxos .px-field > span,
  .paxos .px-label {
    font-size: 12px;
    font-weight: 600;
    color: var(--muted);
  }
  .paxos .px-field:first-of-type {
    flex-basis: 220px;
    max-width: 320px;
  }
  .paxos .px-toggler {
    display: none;
  }
  .paxos .px-groups {
    display: flex;
    flex-wrap: wrap;
    gap: 12px;
    margin: 16px 0;
  }
  .paxos .px-group {
    display: inline-flex;
    align-items: center;
    gap: 10px;
    padding: 8px 16px 8px 8px;
    font-weight: 600;
    border: 1px solid var(--line);
    border-radius: 6px;
    background: none;
    color: inherit;
    font-size: 14px;
  }
  .paxos button.px-group {
    cursor: pointer;
  }
  .paxos button.px-group:hover {
    background: var(--panel);
  }
  .paxos button.px-group[aria-pressed="true"] {
    border-color: var(--focus);
    box-shadow: inset 0 0 0 1px var(--focus);
    background: var(--panel);
  }
  .paxos .px-count {
    color: var(--muted);
    font-weight: 400;
  }
  .paxos .px-grid {
    width: 100%;
    border-collapse: collapse;
    background: none;
  }
  .paxos .px-grid :is(th, td) {
    padding: 8px;
    text-align: start;
    vertical-align: top;
    border-bottom: 1px solid var(--line);
    background: none;
    white-space: normal;
  }
  .paxos .px-grid th {
    font-weight: 500;
    white-space: nowrap;
  }
  .paxos .px-grid :is(.px-number, .px-sum) {
    text-align: end;
    font-variant-numeric: tabular-nums;
  }
  .paxos .px-grid td.px-sum {
    min-width: 110px;
  }
  .paxos .px-grid td.px-wide {
    min-width: 140px;
  }
  .paxos .px-grid td.px-ends {
    min-width: 182px;
  }
  /* A long id breaks anywhere, which leaves a column no width of its own: a short word has to stay whole. */
  .paxos .px-grid td.px-task {
    min-width: 84px;
  }
  .paxos tr.px-marked > :first-child {
    box-shadow: inset 3px 0 0 var(--look);
    padding-inline-start: 14px;
  }
  .paxos .px-unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .paxos time {
    white-space: nowrap;
  }
  .paxos .px-paging {
    display: flex;
    gap: 12px;
    align-items: center;
    margin-top: 16px;
  }
  .paxos .px-panels {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr));
    gap: 0 24px;
  }
  .paxos .px-panels > * {
    min-width: 0;
  }
  .paxos .px-dotted {
    display: inline-flex;
    align-items: baseline;
  }
  .paxos .px-dot {
    flex: none;
    width: 8px;
    height: 8px;
    margin-inline-end: 6px;
    border-radius: 999px;
    background: var(--look);
  }
  .paxos .px-chart {
    display: block;
    width: 100%;
    height: 120px;
    margin: 4px 0;
  }
  .paxos .px-chart line {
    stroke: var(--strong-line);
    stroke-width: 1px;
    vector-effect: non-scaling-stroke;
  }
  .paxos .px-apart {
    display: flex;
    flex-wrap: wrap;
    gap: 0 16px;
    justify-content: space-between;
  }
  .paxos .px-bar-settled {
    fill: var(--success);
  }
  .paxos .px-bar-failed {
    fill: var(--failed);
  }
  .paxos summary {
    cursor: pointer;
  }
  .paxos .px-track {
    display: flex;
    gap: 2px;
    height: 10px;
    margin-top: 6px;
    border-radius: 999px;
    overflow: hidden;
    background: var(--line);
  }
  .paxos .px-track span {
    background: var(--look);
  }
  .paxos .px-track .px-running {
    background: repeating-linear-gradient(135deg, var(--look) 0 6px, transparent 6px 10px);
  }
  .paxos .px-freshness {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 8px;
    align-items: center;
    justify-content: end;
  }
  .paxos .px-parts {
    display: grid;
    gap: 8px;
    margin-top: 4px;
    max-width: 90ch;
  }
  .paxos .px-parts dt {
    font-size: 12px;
    font-weight: 600;
  }
  .paxos .px-pointer {
    display: flex;
    gap: 8px;
    align-items: center;
    color: var(--look);
  }
  .paxos .px-note {
    white-space: pre-wrap;
  }
  .paxos .px-article + .px-article {
    margin-top: 32px;
    padding-top: 24px;
    border-top: 1px solid var(--strong-line);
  }
  .paxos .px-menu {
    position: relative;
  }
  .paxos .px-menu > summary {
    min-height: 36px;
    padding: 6px 10px;
    border: 1px solid var(--line);
    border-radius: 4px;
  }
  .paxos .px-options {
    position: absolute;
    z-index: 1;
    display: grid;
    gap: 4px;
    min-width: 100%;
    padding: 8px 12px;
    border: 1px solid var(--strong-line);
    border-radius: 4px;
    background: var(--chakra-colors-bg, Canvas);
  }
  .paxos .px-more {
    flex-basis: 100%;
  }
  .paxos .px-inline {
    flex-direction: row;
    align-items: center;
    margin-bottom: 8px;
    max-width: none;
  }
  .paxos .px-notes {
    margin-top: 24px;
    font-size: 12px;
    color: var(--muted);
  }
  .paxos .px-loading,
  .paxos .px-empty {
    padding: 32px 0;
  }
  .paxos .px-empty p + p {
    color: var(--muted);
    max-width: 65ch;
  }
  .paxos .px-busy {
    opacity: 0.6;
  }
  .paxos .px-notice {
    display: flex;
    gap: 10px;
    margin: 16px 0;
    padding: 12px 16px;
    border: 1px solid var(--line);
    border-inline-start: 4px solid var(--look);
    border-radius: 6px;
    background: color-mix(in srgb, var(--look) 10%, transparent);
  }
  .paxos .px-notice > .px-icon {
    margin-top: 3px;
    stroke-width: 3;
    color: var(--look);
  }
  .paxos .px-notice p + p {
    margin-top: 4px;
    max-width: 90ch;
  }
  .paxos .px-notice button {
    margin-top: 8px;
  }
  .paxos .px-facts {
    display: flex;
    flex-wrap: wrap;
    gap: 12px 40px;
  }
  .paxos .px-facts b {
    font-size: 18px;
  }
  .paxos .px-timeline {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 170px), 1fr));
    list-style: none;
    margin-top: 24px;
    row-gap: 16px;
  }
  .paxos .px-timeline li {
    position: relative;
    padding: 30px 12px 0 0;
  }
  .paxos .px-timeline li:not(:last-child)::before {
    content: "";
    position: absolute;
    top: 10px;
    left: 22px;
    right: 0;
    border-top: 2px solid var(--line);
  }
  .paxos .px-mark {
    position: absolute;
    top: 0;
    left: 0;
    display: grid;
    place-items: center;
    width: 22px;
    height: 22px;
    border-radius: 999px;
    background: var(--look);
    color: #fff;
    font-size: 12px;
  }
  .paxos .px-related {
    list-style: none;
    display: grid;
    gap: 6px;
  }
  .paxos .px-fields > div {
    display: grid;
    grid-template-columns: minmax(140px, 240px) 1fr;
    gap: 4px 16px;
    padding: 4px 0;
    align-items: center;
    border-bottom: 1px solid var(--line);
  }
  .paxos .px-fields dt {
    color: var(--muted);
  }
  .paxos .px-fields dd {
    display: flex;
    align-items: center;
    gap: 8px;
    min-height: 32px;
  }
  .paxos .px-copy {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    font-size: 12px;
    color: var(--muted);
    flex: none;
  }
  .paxos .px-payment {
    border-bottom: 1px solid var(--line);
  }
  .paxos .px-payment > summary {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 16px;
    align-items: center;
    padding: 8px 4px;
    list-style-position: inside;
  }
  .paxos .px-payment > summary::before {
    content: "▸";
    color: var(--muted);
  }
  .paxos .px-payment[open] > summary::before {
    content: "▾";
  }
  .paxos .px-payment > summary:hover {
    background: var(--panel);
  }
  .paxos .px-payment .px-line {
    flex-basis: 100%;
    padding-inline-start: 24px;
  }
  .paxos .px-payment[open] > summary .px-line {
    display: none;
  }
  .paxos .px-inside {
    padding: 8px 0 24px 24px;
  }
  @container paxos (max-width: 860px) {
    .paxos .px-grid,
    .paxos .px-grid :is(tbody, tr, td) {
      display: block;
    }
    .paxos .px-grid thead {
      position: absolute;
      width: 1px;
      height: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
    .paxos .px-grid tr {
      padding: 10px 12px;
      margin-bottom: 12px;
      border: 1px solid var(--line);
      border-radius: 6px;
    }
    .paxos .px-grid td {
      display: grid;
      grid-template-columns: 84px minmax(0, 1fr);
      gap: 8px;
      align-items: start;
      padding: 3px 0;
      border: 0;
    }
    .paxos .px-grid td:is(.px-number, .px-sum) {
      text-align: start;
    }
    .paxos .px-grid td::before {
      content: attr(data-label);
      color: var(--muted);
      font-size: 12px;
      line-height: 21px;
    }
    .paxos .px-grid tr.px-marked {
      border-inline-start: 3px solid var(--look);
    }
    .paxos tr.px-marked > :first-child {
      box-shadow: none;
      padding-inline-start: 0;
    }
  }
  @container paxos (max-width: 480px) {
    .paxos .px-field,
    .paxos .px-field:first-of-type {
      max-width: none;
    }
    .paxos .px-header p {
      display: none;
    }
    .paxos .px-toggler {
      display: block;
      flex-basis: 100%;
    }
    .paxos .px-filters:not(.px-open) > :not(.px-toggler) {
      display: none;
    }
    .paxos .px-fields > div {
      grid-template-columns: 1fr;
    }
    .paxos .px-inside {
      padding-inline-start: 8px;
    }
  }
  .paxos.px-plain :is(button, input, select, .px-button) {
    font: inherit;
    padding: 5px 10px;
    border: 1px solid var(--strong-line);
    border-radius: 4px;
    background: transparent;
    color: inherit;
    max-width: 100%;
  }
  .paxos.px-plain :is(select option) {
    color: initial;
  }
  .paxos.px-plain :is(button:not(.px-group), .px-button) {
    display: inline-flex;
    align-items: center;
    gap: 8px;
  }
  .paxos.px-plain button:disabled {
    opacity: 0.5;
  }
`;
