/** What Airflow's web UI gives a plugin in globals, and takes from it; the global React is in the types of React. */

import type * as ReactTypes from "react";

interface RouterTypes {
  Link?: ReactTypes.ComponentType<ReactTypes.AnchorHTMLAttributes<HTMLAnchorElement> & { to: string }>;
  useLocation?: () => unknown;
}

declare global {
  /** From Airflow 3.2 on. Its components are not typed here: their properties are those of Chakra UI. */
  // biome-ignore lint/suspicious/noExplicitAny: see above
  var ChakraUI: Record<string, ReactTypes.ComponentType<any>> | undefined;
  /** From Airflow 3.1.8 on. */
  var ReactRouterDOM: RouterTypes | undefined;
  var AirflowPlugin: unknown;
}
