/**
 * All that the listener serves below /admin/. Exports `adminRoutes`: in one place, so that a test sees
 * whether each route asks for a right.
 */
import type { RouteOptions } from "fastify";
import { dataRoutes, type AdminAnswers } from "./data-routes.ts";
import type { Guarded } from "./guarded.ts";
import { pageRoutes } from "./page-files.ts";
import { sessionRoutes, type SessionRouteDeps } from "./session-routes.ts";

export type AdminRoutesDeps = SessionRouteDeps & {
  /** What its addresses begin with: "" or "/acme". */
  readonly path: string;
  readonly guarded: Guarded;
  readonly answers: AdminAnswers;
  readonly live: RouteOptions;
};

export const adminRoutes = (deps: AdminRoutesDeps): readonly RouteOptions[] => [
  ...pageRoutes(deps.path),
  ...sessionRoutes(deps),
  deps.live,
  ...dataRoutes(deps.guarded, deps.answers),
];
