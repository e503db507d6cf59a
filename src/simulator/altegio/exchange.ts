/** One request on its way through a route, Altegio's envelope, and routes by method and path. */
import type { Answer } from "../kommo/wire/answer.ts";
import { violationsOf, type Rule } from "../kommo/wire/rule.ts";
import type { Actor } from "./changes.ts";
import type { SimAltegio, SimLocation, SimRecord } from "./state.ts";
import type { AltegioSwitches } from "./switches.ts";
import type { Style } from "./wire-shapes.ts";

export type AltegioExchange = {
  readonly altegio: SimAltegio;
  readonly switches: Readonly<AltegioSwitches>;
  readonly actor: Actor;
  readonly params: readonly string[];
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly nowMs: number;
};

export type AltegioRoute = {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** "/record/:location/:record"; a name takes digits only, `:date` a day. */
  readonly path: string;
  readonly handle: (exchange: AltegioExchange) => Answer;
};

export const route = (
  method: AltegioRoute["method"],
  path: string,
  handle: AltegioRoute["handle"],
): AltegioRoute => ({ method, path, handle });

/** `meta` is a list where it is empty. @source altegio, section 1.1 */
export const told = (data: unknown, meta: object = [], status = 200): Answer => ({
  status,
  body: { success: true, data, meta },
});

export const refused = (
  status: number,
  message: string,
  errors?: Readonly<Record<string, readonly string[]>>,
): Answer => ({
  status,
  body: {
    success: false,
    data: null,
    meta: { message, ...(errors === undefined ? {} : { errors }) },
  },
});

export const NOT_FOUND = refused(404, "Not found.");
export const NO_RIGHT = refused(403, "Access denied.");

/** 422 with a map of what is wrong, else what `save` answers. */
export function checked<T>(
  { body }: Pick<AltegioExchange, "body">,
  rule: Rule<T>,
  save: (value: T) => Answer,
): Answer {
  const found = violationsOf(rule, body);
  if (found.length === 0) return save(body as T);
  const errors: Record<string, string[]> = {};
  for (const { path, detail } of found) (errors[path === "" ? "body" : path] ??= []).push(detail);
  return refused(422, "The data is not valid.", errors);
}

export function withLocation(
  exchange: AltegioExchange,
  act: (location: SimLocation, style: Style) => Answer,
): Answer {
  const location = exchange.altegio.locations.get(Number(exchange.params[0]));
  if (location === undefined) return NO_RIGHT;
  return act(location, { location, switches: exchange.switches });
}

/** A deleted one is shown with its flag, or not found: it is not documented. */
export function withRecord(
  exchange: AltegioExchange,
  act: (record: SimRecord, style: Style) => Answer,
): Answer {
  return withLocation(exchange, (location, style) => {
    const record = location.records.get(Number(exchange.params[1]));
    const isGone = record?.deleted === true && exchange.switches.deletedRecord === "404";
    return record === undefined || isGone ? NOT_FOUND : act(record, style);
  });
}

export const mayWrite =
  (handle: AltegioRoute["handle"]): AltegioRoute["handle"] =>
  (exchange) =>
    exchange.switches.mayWrite ? handle(exchange) : NO_RIGHT;

export function pageOf<T>(
  { query, switches }: AltegioExchange,
  items: readonly T[],
  { most }: { readonly most: number },
): readonly T[] | undefined {
  const count = Number(query.get("count") ?? 25);
  const page = Number(query.get("page") ?? switches.firstPage);
  if (!Number.isInteger(count) || count < 1 || count > most) return undefined;
  if (!Number.isInteger(page) || page < 0) return undefined;
  // Where pages begin at 0, page 1 is the second.
  const from = Math.max(0, page - switches.firstPage) * count;
  return items.slice(from, from + count);
}

type Finding = { readonly route: AltegioRoute; readonly params: readonly string[] };

export function createAltegioRouter(
  routes: readonly AltegioRoute[],
): (method: string, path: string) => Finding | undefined {
  const compiled = routes.map((one) => ({
    route: one,
    expression: new RegExp(
      `^${one.path.replace(/:date\b/g, "(\\d{4}-\\d\\d-\\d\\d)").replace(/:[a-z]+/g, "(\\d+)")}$`,
    ),
  }));
  return (method, path) => {
    for (const { route: candidate, expression } of compiled) {
      const match = candidate.method === method ? expression.exec(path) : null;
      if (match !== null) return { route: candidate, params: match.slice(1) };
    }
    return undefined;
  };
}
