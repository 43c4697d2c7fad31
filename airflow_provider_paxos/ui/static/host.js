/**
 * What the host gives: React, React Router and Chakra UI, found in globals.
 *
 * Airflow 3.1 has no Chakra UI there, and before 3.1.8 no router: plain elements and links stand in for them.
 */

import { addressBelow } from "./addresses.js";

/** @import { AnchorHTMLAttributes, ComponentType, SelectHTMLAttributes } from "react" */

export const {
  createElement: h,
  Fragment,
  useCallback,
  useEffect,
  useReducer,
  useRef,
  useState,
  useSyncExternalStore,
} = globalThis.React;
const Chakra = globalThis.ChakraUI ?? {};
const Router = globalThis.ReactRouterDOM;

/** True where the host gives Chakra UI. */
export const isThemed = Boolean(Chakra.Button);

/**
 * Return a component of Chakra UI with its looks, or a plain element of the same meaning.
 *
 * @param {string} name
 * @param {string} tag
 * @param {object} [looks]
 * @returns {ComponentType<any>}
 */
const part = (name, tag, looks) =>
  Chakra[name] ? (props) => h(Chakra[name], { ...looks, ...props }) : (props) => h(tag, props);

export const Button = part("Button", "button", { size: "sm", variant: "outline", type: "button" });
export const QuietButton = part("Button", "button", { size: "xs", variant: "ghost", type: "button" });
export const Input = part("Input", "input", { size: "sm" });
export const Table = part("TableRoot", "table", { size: "sm" });
export const TableHead = part("TableHeader", "thead");
export const TableBody = part("TableBody", "tbody");
export const Row = part("TableRow", "tr");
export const ColumnHeader = part("TableColumnHeader", "th");
export const Cell = part("TableCell", "td");
export const Spinner = part("Spinner", "span", { size: "sm" });

/** @type {ComponentType<SelectHTMLAttributes<HTMLSelectElement>>} */
export const Select = Chakra.NativeSelectRoot
  ? (props) =>
      h(Chakra.NativeSelectRoot, { size: "sm" }, h(Chakra.NativeSelectField, props), h(Chakra.NativeSelectIndicator))
  : (props) => h("select", props);

/**
 * Show a link that looks like a button.
 *
 * @param {AnchorHTMLAttributes<HTMLAnchorElement>} props
 */
export const ButtonLink = (props) =>
  Chakra.Button
    ? h(Chakra.Button, { asChild: true, size: "sm", variant: "outline" }, h("a", props))
    : h("a", { className: "px-button", ...props });

/**
 * Return the address of something that Airflow serves, below the path of its base URL.
 *
 * @param {string} path
 */
export const address = (path) => addressBelow(document.baseURI, path);

/**
 * Show a link inside of the UI: with the host's router, the page stays loaded.
 *
 * @param {AnchorHTMLAttributes<HTMLAnchorElement> & { to: string }} props
 */
export const Go = ({ to, ...rest }) =>
  Router?.Link ? h(Router.Link, { to, ...rest }) : h("a", { href: address(to), ...rest });

/** Render again when the host goes to another address. */
export const useHostLocation = Router?.useLocation ?? (() => undefined);

/** Return the time zone that was chosen in Airflow, or undefined for the browser's. */
export function timeZone() {
  try {
    const chosen = JSON.parse(localStorage.getItem("timezone") ?? "null");
    new Intl.DateTimeFormat("sv", { timeZone: chosen });
    return chosen ?? undefined;
  } catch {
    return undefined;
  }
}

/** Return the name of that time zone. */
export const zoneName = () => timeZone() ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
