/**
 * One request on its way through a route, and what every route needs: routes by method and path,
 * batches checked as a whole, pages, links.
 * @source kommo-api, sections 1 and 2
 */
import type { Account, User } from "../state/account.ts";
import type { Switches } from "../switches.ts";
import { noContent, ok, problem, refusedItems } from "./answer.ts";
import type { Answer, ItemViolations } from "./answer.ts";
import type { Query } from "./query.ts";
import { isObject, violationsOf } from "./rule.ts";
import type { Rule, Violation } from "./rule.ts";

export type Exchange = {
  readonly account: Account;
  readonly switches: Readonly<Switches>;
  /** Whose rights count: the token's owner, or the user of X-Context-User-ID. */
  readonly user: User;
  readonly scopes: ReadonlySet<string>;
  /** The values of `:name` parts of the route, in their order. */
  readonly params: readonly string[];
  readonly query: Query;
  readonly body: unknown;
  readonly nowMs: number;
  /** Unix seconds. */
  readonly now: number;
  /** "http://127.0.0.1:8080", without a slash at the end. */
  readonly base: string;
  /** Path and query as they were asked for. */
  readonly target: string;
};

export type Route = {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** "/api/v4/leads/:id/notes"; `:id` takes digits only, any other name takes all but a slash. */
  readonly path: string;
  readonly handle: (exchange: Exchange) => Answer;
};

export const route = (
  method: Route["method"],
  path: string,
  handle: (exchange: Exchange) => Answer,
): Route => ({ method, path, handle });

type Finding =
  | { readonly kind: "found"; readonly route: Route; readonly params: readonly string[] }
  | { readonly kind: "wrong-method" }
  | { readonly kind: "unknown" };

/** Finds routes by method and path; a known path with another method is told apart (405). */
export function createRouter(routes: readonly Route[]): (method: string, path: string) => Finding {
  const compiled = routes.map((one) => ({
    route: one,
    expression: new RegExp(
      `^${one.path.replace(/:id\b/g, "(\\d+)").replace(/:[a-z]+/g, "([^/]+)")}$`,
    ),
  }));
  return (method, path) => {
    let pathIsKnown = false;
    for (const { route: candidate, expression } of compiled) {
      const match = expression.exec(path);
      if (match === null) continue;
      if (candidate.method === method) {
        return { kind: "found", route: candidate, params: match.slice(1) };
      }
      pathIsKnown = true;
    }
    return { kind: pathIsKnown ? "wrong-method" : "unknown" };
  };
}

export const numberParam = (exchange: Exchange, index = 0): number =>
  Number(exchange.params[index] ?? NaN);

export const selfLink = (exchange: Exchange, path: string): object => ({
  self: { href: `${exchange.base}/api/v4${path}` },
});

/** Elements a request may carry. @source kommo-api, section 0 */
export const MOST_ITEMS = 250;

/**
 * Checks a batch and saves it only when each element keeps the rule; by the switch those that do.
 * @param save gets the elements with the request_id to echo: the one sent, else the index
 */
export function withBatch<T>(
  exchange: Exchange,
  { rule, most = MOST_ITEMS }: { rule: Rule<T>; most?: number },
  save: (items: readonly { readonly item: T; readonly requestId: string }[]) => Answer,
): Answer {
  const { body } = exchange;
  if (!Array.isArray(body)) return problem(400, "Request body must be an array");
  if (body.length === 0) return problem(400, "Request body is empty");
  if (body.length > most) return overfull(exchange, most);
  const items = body.map((item: unknown, index) => ({ item, requestId: requestIdOf(item, index) }));
  const checked = items.map((one) => ({ one, errors: violationsOf(rule, one.item) }));
  const good = checked.filter(({ errors }) => errors.length === 0).map(({ one }) => one);
  if (good.length === items.length) return save(items as { item: T; requestId: string }[]);
  const failures = checked
    .filter(({ errors }) => errors.length > 0)
    .map(({ one, errors }) => ({ request_id: one.requestId, errors }));
  const refused = refusal(exchange, failures);
  if (exchange.switches.badItem === "refuses-all" || good.length === 0) return refused;
  const { status, body: saved } = save(good as { item: T; requestId: string }[]);
  return status < 300 && isObject(saved) && isObject(refused.body)
    ? { ...refused, body: { ...saved, ...refused.body } }
    : refused;
}

/** As `withBatch` for the routes that take one object. */
export function withObject<T>(
  exchange: Exchange,
  rule: Rule<T>,
  save: (item: T, requestId: string) => Answer,
): Answer {
  if (!isObject(exchange.body)) return problem(400, "Request body must be an object");
  const requestId = requestIdOf(exchange.body, 0);
  const errors = violationsOf(rule, exchange.body);
  if (errors.length > 0) return refusal(exchange, [{ request_id: requestId, errors }]);
  return save(exchange.body as T, requestId);
}

function refusal(exchange: Exchange, failures: readonly ItemViolations[]): Answer {
  const strangers = failures.flatMap(({ errors }) => errors).map(({ userId }) => userId);
  const onlyStrangers = strangers.every((userId) => userId !== undefined);
  if (onlyStrangers && exchange.switches.unknownUser === "problem") {
    const ids = [...new Set(strangers)].join(", ");
    return problem(400, `User(s) ${ids} are not associated with provided account.`);
  }
  return exchange.switches.refusalForm === "named"
    ? refusedItems(failures)
    : problem(400, "Request validation failed");
}

const overfull = (exchange: Exchange, most: number): Answer =>
  exchange.switches.overfullBatch === "504"
    ? problem(504, "Gateway Timeout")
    : problem(400, `Request can not contain more than ${most} elements`);

const requestIdOf = (item: unknown, index: number): string =>
  isObject(item) && typeof item["request_id"] === "string" ? item["request_id"] : String(index);

/** For checks that need more than one element's rule. */
export const refuseField = (exchange: Exchange, requestId: string, violation: Violation): Answer =>
  refusal(exchange, [{ request_id: requestId, errors: [violation] }]);

/** The answer's elements in the order that the switch asks for. */
export const inAnswerOrder = <T>(exchange: Exchange, elements: readonly T[]): readonly T[] =>
  exchange.switches.answerOrder === "sent" ? elements : elements.toReversed();

/** The answer to a PATCH of one entity: bare, or as a list of one (kommo-api, section 1, conflict). */
export const patchedOne = (exchange: Exchange, name: string, entity: object): Answer =>
  exchange.switches.singlePatchAnswer === "bare"
    ? ok(entity)
    : ok({
        _links: { self: { href: exchange.base + exchange.target } },
        _embedded: { [name]: [entity] },
      });

/** The answer to a written batch. */
export const written = (exchange: Exchange, name: string, elements: readonly object[]): Answer =>
  ok({
    _links: { self: { href: exchange.base + exchange.target } },
    _embedded: { [name]: inAnswerOrder(exchange, elements) },
  });

/**
 * One page of a list: `_links.next` while there is more, 204 when it is empty. Totals only where
 * Kommo gives them (kommo-api, section 1).
 */
export function page<T>(
  exchange: Exchange,
  { name, items, withTotals = false }: { name: string; items: Iterable<T>; withTotals?: boolean },
  show: (item: T) => object,
): Answer {
  const { search } = exchange.query;
  const number = Number(search.get("page") ?? 1);
  const asked = Number(search.get("limit") ?? exchange.switches.defaultPageSize);
  if (!Number.isInteger(number) || number < 1) return problem(400, "Invalid page");
  if (!Number.isInteger(asked) || asked < 1) return problem(400, "Invalid limit");
  if (asked > MOST_ITEMS && exchange.switches.limitOver250 === "refuse") {
    return problem(400, `Limit can not be greater than ${MOST_ITEMS}`);
  }
  const limit = Math.min(asked, MOST_ITEMS);
  const { shown, total, hasMore } = slice(items, {
    from: (number - 1) * limit,
    limit,
    countAll: withTotals,
  });
  if (shown.length === 0) return noContent;
  const links: Record<string, object> = { self: { href: exchange.base + exchange.target } };
  if (hasMore) links["next"] = { href: pageHref(exchange, number + 1) };
  if (number > 1) {
    links["first"] = { href: pageHref(exchange, 1) };
    links["prev"] = { href: pageHref(exchange, number - 1) };
  }
  return ok({
    ...(withTotals ? { _total_items: total } : {}),
    _page: number,
    ...(withTotals ? { _page_count: Math.ceil(total / limit) } : {}),
    _links: links,
    _embedded: { [name]: shown.map(show) },
  });
}

function slice<T>(
  items: Iterable<T>,
  { from, limit, countAll }: { from: number; limit: number; countAll: boolean },
): { shown: T[]; total: number; hasMore: boolean } {
  const shown: T[] = [];
  let total = 0;
  for (const item of items) {
    if (total >= from && shown.length < limit) shown.push(item);
    total += 1;
    if (!countAll && total > from + limit) break;
  }
  return { shown, total, hasMore: total > from + limit };
}

function pageHref(exchange: Exchange, number: number): string {
  const url = new URL(exchange.target, exchange.base);
  url.searchParams.set("page", String(number));
  return url.href;
}
