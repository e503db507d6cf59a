/**
 * Decides what a request is answered, in the order in which Kommo refuses: block, rate, token,
 * payment, rights, route, validation. Touches the account, never the socket.
 * @source kommo-api, sections 2, 3, 20.4
 */
import type { IncomingHttpHeaders } from "node:http";
import type { Fault, Saved } from "./faults.ts";
import type { RateLimit } from "./rate-limit.ts";
import { accountRoutes } from "./routes/account.ts";
import { callRoutes } from "./routes/calls.ts";
import { cardRoutes } from "./routes/cards.ts";
import { eventRoutes } from "./routes/events.ts";
import { integrationRoutes } from "./routes/integration.ts";
import { complexRoutes } from "./routes/leads-complex.ts";
import { linkRoutes } from "./routes/links.ts";
import { noteRoutes } from "./routes/notes.ts";
import { pipelineRoutes } from "./routes/pipelines.ts";
import { answerWithoutToken } from "./routes/oauth.ts";
import { taskRoutes } from "./routes/tasks.ts";
import { unsortedRoutes } from "./routes/unsorted.ts";
import type { Account, CardType, User } from "./state/account.ts";
import type { Integration, Tokens } from "./state/tokens.ts";
import type { Switches } from "./switches.ts";
import { forbidden, htmlPage, notFound, problem } from "./wire/answer.ts";
import type { Answer } from "./wire/answer.ts";
import { createRouter } from "./wire/exchange.ts";
import { queryOf } from "./wire/query.ts";
import type { Body } from "./wire/read-body.ts";

export type DeskRequest = {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Body;
  readonly nowMs: number;
};
type DeskDeps = {
  readonly account: Account;
  readonly switches: Switches;
  readonly tokens: Tokens;
  readonly integration: Integration;
  readonly limit: RateLimit;
  readonly base: () => string;
};

const ROUTES = [
  ...accountRoutes,
  ...pipelineRoutes,
  ...callRoutes,
  ...complexRoutes,
  ...unsortedRoutes,
  ...noteRoutes,
  ...linkRoutes,
  ...taskRoutes,
  ...eventRoutes,
  ...integrationRoutes,
  ...cardRoutes,
];

/** @returns the answer to each request; a fault may have it carried out by half, or not at all */
export function createDesk(
  deps: DeskDeps,
): (request: DeskRequest, fault: Fault | undefined) => Answer {
  const find = createRouter(ROUTES);
  const { account, switches } = deps;

  const carryOut = (request: DeskRequest, body: unknown): Answer => {
    const { method, url, headers, nowMs } = request;
    const open = answerWithoutToken(deps, { method, url, headers, body, nowMs });
    if (open !== undefined) return open;
    const visitor = visitorOf(deps, request);
    if ("status" in visitor) return visitor;
    if (switches.unpaid === "all" || (switches.unpaid === "writes" && method !== "GET")) {
      return problem(402, "Account is not paid");
    }
    const finding = find(method, url.pathname);
    if (finding.kind === "unknown") return notFound;
    if (finding.kind === "wrong-method") return problem(405, "Method Not Allowed");
    if (!visitor.scopes.has("crm") && url.pathname !== "/api/v2/events") {
      return forbidden("Client doesn't have the required scope");
    }
    if (switches.ifModifiedSince === "304" && isUnmodified(account, request))
      return { status: 304 };
    if (request.body.isBroken) return problem(400, "Request body must be valid JSON");
    return finding.route.handle({
      account,
      switches,
      ...visitor,
      params: finding.params,
      query: queryOf(url.searchParams),
      body,
      nowMs,
      now: Math.floor(nowMs / 1_000),
      base: deps.base(),
      target: url.pathname + url.search,
    });
  };

  return (request, fault) => {
    const admission = deps.limit.admit(request.nowMs, request.headers.authorization ?? "");
    if (admission === "blocked") return { status: 403, html: htmlPage(403) };
    if (admission === "too-many") return tooMany(switches);
    if (switches.movedTo !== null) {
      const { pathname, search } = request.url;
      return { status: 301, headers: { Location: `${switches.movedTo}${pathname}${search}` } };
    }
    const saved = savedBy(fault);
    const body = saved === "half" ? firstHalf(request.body.parsed) : request.body.parsed;
    const isCarriedOut = saved === "all" || (saved === "half" && body !== undefined);
    const answer = isCarriedOut ? carryOut(request, body) : problem(500, "Nothing was done");
    return fault?.kind === "status" ? statusAnswer(fault) : answer;
  };
}

/** Faults that do not say save everything, but for a status, which saves nothing. */
function savedBy(fault: Fault | undefined): Saved {
  if (fault === undefined) return "all";
  if (fault.kind === "status") return fault.saved ?? "nothing";
  return "saved" in fault ? fault.saved : "all";
}

/** Of one element none: only a batch can be saved by half. */
const firstHalf = (body: unknown): unknown =>
  Array.isArray(body) && body.length > 1 ? body.slice(0, Math.ceil(body.length / 2)) : undefined;

function statusAnswer(fault: Fault & { readonly kind: "status" }): Answer {
  const { status, html, detail, retryAfterSeconds } = fault;
  const headers: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { "Retry-After": String(retryAfterSeconds) };
  return html === true
    ? { status, html: htmlPage(status), headers }
    : { ...problem(status, detail ?? DETAILS[status] ?? ""), headers };
}

const DETAILS: Readonly<Record<number, string>> = {
  401: "Invalid user name or password",
  402: "Account is not paid",
  403: "Client doesn't have the required scope",
};

function tooMany({ rateLimitBody, retryAfterSeconds }: Switches): Answer {
  const headers: Record<string, string> =
    retryAfterSeconds === null ? {} : { "Retry-After": String(retryAfterSeconds) };
  if (rateLimitBody === "html") return { status: 429, html: htmlPage(429), headers };
  if (rateLimitBody === "empty") return { status: 429, headers };
  return { ...problem(429, "Too many requests"), headers };
}

/** Whether nothing of a polled list changed since the header's time. */
function isUnmodified(account: Account, { method, url, headers }: DeskRequest): boolean {
  const since = Date.parse(headers["if-modified-since"] ?? "");
  const name = /^\/api\/v4\/(leads|contacts|companies|tasks)$/.exec(url.pathname)?.[1];
  if (method !== "GET" || Number.isNaN(since) || name === undefined) return false;
  const { cards, tasks } = account;
  const polled: Iterable<{ readonly updated_at: number }> =
    name === "tasks" ? tasks.values() : cards[name as CardType].values();
  for (const { updated_at } of polled) if (updated_at * 1_000 > since) return false;
  return true;
}

const unauthorized = problem(401, "Invalid user name or password");

/** Whose rights count, or the refusal. */
function visitorOf(
  { account, switches, tokens }: DeskDeps,
  { headers, nowMs }: DeskRequest,
): { readonly user: User; readonly scopes: ReadonlySet<string> } | Answer {
  const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1];
  const grant =
    bearer === undefined || switches.tokensAreRevoked ? undefined : tokens.grantOf(bearer, nowMs);
  const owner = account.users.get(grant?.userId ?? 0);
  if (grant === undefined || owner === undefined) return unauthorized;
  const other = headers["x-context-user-id"];
  if (other === undefined) return { user: owner, scopes: grant.scopes };
  const user = account.users.get(Number(other));
  return !owner.isAdmin || user?.isActive !== true ? forbidden() : { user, scopes: grant.scopes };
}
