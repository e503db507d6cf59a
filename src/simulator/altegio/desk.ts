/**
 * Decides what a request is answered, in this order: pace, `Accept`, tokens, route, the route itself.
 * @source altegio, sections 1.1 and 4 (points 4 and 5)
 */
import type { IncomingHttpHeaders } from "node:http";
import type { Fault, Saved } from "../kommo/faults.ts";
import type { Answer } from "../kommo/wire/answer.ts";
import type { Body } from "../kommo/wire/read-body.ts";
import { htmlPage } from "../kommo/wire/answer.ts";
import { filledText, object } from "../kommo/wire/rule.ts";
import type { Actor } from "./changes.ts";
import { checked, createAltegioRouter, refused, route, told, NOT_FOUND } from "./exchange.ts";
import { moneyRoutes } from "./routes/money.ts";
import { peopleRoutes } from "./routes/people.ts";
import { recordRoutes } from "./routes/records.ts";
import type { SimAltegio } from "./state.ts";
import type { AltegioSwitches } from "./switches.ts";

const PREFIX = "/api/v1";
const ACCEPTED = ["application/vnd.api.v2+json", "application/vnd.yclients.v2+json"];

const auth = object({ login: filledText, password: filledText }, {});
const routes = [
  route("POST", "/auth", (exchange) =>
    checked(exchange, auth, ({ login, password }) => {
      const { altegio } = exchange;
      return login === altegio.login && password === altegio.password
        ? told({ id: 12_795_431, user_token: altegio.userToken, name: "Owner" }, [], 201)
        : refused(401, "The login or the password is wrong.");
    }),
  ),
  ...recordRoutes,
  ...moneyRoutes,
  ...peopleRoutes,
];

export type AltegioDeskRequest = {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Body;
  readonly nowMs: number;
};

export type AltegioDeskDeps = {
  readonly altegio: SimAltegio;
  readonly switches: AltegioSwitches;
  readonly emit: Actor["emit"];
  readonly onUnknownRoute: (method: string, path: string) => void;
};

export function createAltegioDesk(
  deps: AltegioDeskDeps,
): (request: AltegioDeskRequest, fault: Fault | undefined) => Answer {
  const { altegio, switches } = deps;
  const find = createAltegioRouter(routes);
  const pace = createPace(switches);

  function carryOut({ method, url, headers, body, nowMs }: AltegioDeskRequest): Answer {
    if (!ACCEPTED.includes(headers.accept ?? ""))
      return refused(400, "The header Accept is missing or wrong.");
    const path = url.pathname.startsWith(PREFIX) ? url.pathname.slice(PREFIX.length) : "";
    if (!isKnownToken(altegio, headers.authorization, path === "/auth"))
      return refused(401, "Authentication needed.");
    const found = find(method, path);
    if (found === undefined) {
      deps.onUnknownRoute(method, url.pathname);
      return NOT_FOUND;
    }
    if (body.isBroken) return refused(400, "The body is no JSON.");
    const { recordIds } = switches;
    return found.route.handle({
      altegio,
      switches,
      actor: { altegio, nowMs, isApi: true, recordIds, emit: deps.emit },
      params: found.params,
      query: url.searchParams,
      body: body.parsed,
      nowMs,
    });
  }

  return (request, fault) => {
    if (!pace(request.nowMs)) return tooMany(switches);
    const isCarriedOut = savedBy(fault) === "all";
    const answer = isCarriedOut ? carryOut(request) : refused(500, "Nothing was done.");
    return fault?.kind === "status" ? faultAnswer(fault) : answer;
  };
}

function savedBy(fault: Fault | undefined): Saved {
  if (fault === undefined) return "all";
  if (fault.kind === "status") return fault.saved ?? "nothing";
  return "saved" in fault ? fault.saved : "all";
}

function faultAnswer(fault: Fault & { readonly kind: "status" }): Answer {
  const { status, html, detail, retryAfterSeconds } = fault;
  const headers: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { "Retry-After": String(retryAfterSeconds) };
  if (html === true) return { status, html: htmlPage(status), headers };
  return { ...refused(status, detail ?? "An error has happened."), headers };
}

function tooMany({ retryAfter }: AltegioSwitches): Answer {
  const headers: Record<string, string> = retryAfter === "given" ? { "Retry-After": "1" } : {};
  return { ...refused(429, "Too many requests."), headers };
}

/** "Bearer PARTNER, User USER"; for the login the partner's token alone. */
function isKnownToken(
  altegio: SimAltegio,
  header: string | undefined,
  isPartnerEnough: boolean,
): boolean {
  const [, partner, user] = /^Bearer ([^,\s]+)(?:, User ([^,\s]+))?$/.exec(header ?? "") ?? [];
  if (partner !== altegio.partnerToken) return false;
  return user === altegio.userToken || (isPartnerEnough && user === undefined);
}

/** Both limits of an address, each over a sliding window; refused requests count for nothing. */
function createPace(switches: AltegioSwitches): (nowMs: number) => boolean {
  let admitted: number[] = [];
  return (nowMs) => {
    admitted = admitted.filter((at) => at > nowMs - 60_000);
    const { requestsPerSecond, requestsPerMinute } = switches;
    const inSecond = admitted.filter((at) => at > nowMs - 1_000).length;
    if (requestsPerSecond > 0 && inSecond >= requestsPerSecond) return false;
    if (requestsPerMinute > 0 && admitted.length >= requestsPerMinute) return false;
    admitted.push(nowMs);
    return true;
  };
}
