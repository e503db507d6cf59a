/**
 * The way to Altegio: one limiter for all locations, one request, and what came of it as a value. Never
 * logs tokens or what follows `?`. The exchanger and the limiter are those of every HTTP of this daemon.
 */
import type { Exchange, Exchanger } from "../../kommo/exchange.ts";
import type { Limiter } from "../../kommo/limiter.ts";
import type { Clock } from "../../lib/clock.ts";
import { failed, type Result } from "../../lib/failure.ts";
import { readAltegioAnswer, type AltegioAnswer } from "./answer.ts";
import { altegioFailure, type AltegioFailure } from "./failure.ts";

export type AltegioRequest = {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below /api/v1: "/records/4564". */
  readonly path: string;
  readonly query?: readonly (readonly [string, string])[];
  readonly body?: unknown;
  /** A person waits; something has just happened; whatever can wait. */
  readonly urgency: "person" | "event" | "background";
  readonly signal: AbortSignal;
};

export type AltegioClient = {
  request(request: AltegioRequest): Promise<Result<AltegioAnswer, AltegioFailure>>;
};

export type AltegioClientDeps = {
  /** "https://api.alteg.io" */
  readonly apiUrl: string;
  readonly partnerToken: string;
  /** Asked for each request; "" only where a login is tried. */
  readonly userToken: () => string;
  readonly exchanger: Pick<Exchanger, "exchange">;
  /** @see REQUESTS_PER_SECOND */
  readonly limiter: Pick<Limiter, "slot" | "slowDown">;
  readonly clock: Clock;
  readonly log: { debug(fields: object, message: string): void };
  readonly userAgent: string;
};

/**
 * Altegio takes 5 a second and 200 a minute from one address. Starts that are spaced so evenly keep both:
 * 198 in any 60 s, 4 in any second. @source altegio, section 1.1
 */
export const REQUESTS_PER_SECOND = 3.3;

/** Without it the answers are those of an older version. @source altegio, section 1.1 */
const ACCEPT = "application/vnd.api.v2+json";
const YCLIENTS_ACCEPT = "application/vnd.yclients.v2+json";

const PURPOSES = { person: "click-to-call", event: "call", background: "backlog" } as const;

export function createAltegioClient(deps: AltegioClientDeps): AltegioClient {
  const { limiter, clock, exchanger, partnerToken, userToken } = deps;
  const root = `${deps.apiUrl.replace(/\/+$/, "")}/api/v1`;
  const accept = /yclients/i.test(root) ? YCLIENTS_ACCEPT : ACCEPT;
  const authorization = (): string => {
    const user = userToken();
    return user === "" ? `Bearer ${partnerToken}` : `Bearer ${partnerToken}, User ${user}`;
  };

  async function once(request: AltegioRequest): Promise<Exchange | undefined> {
    const slot = await limiter.slot(PURPOSES[request.urgency], request.signal);
    if (slot === undefined) return undefined;
    let how: "answered" | "lost" = "lost";
    try {
      const body = request.body === undefined ? undefined : JSON.stringify(request.body);
      const exchange = await exchanger.exchange({
        method: request.method,
        url: root + request.path + queryOf(request),
        headers: {
          Authorization: authorization(),
          Accept: accept,
          "Content-Type": "application/json",
          "User-Agent": deps.userAgent,
        },
        body,
        signal: request.signal,
        onSent: () => slot.left(),
      });
      if (exchange.kind === "answered") how = "answered";
      return exchange;
    } finally {
      slot.ended(how);
    }
  }

  return {
    async request(request) {
      const startedAt = clock.monotonicMs();
      let exchange = await once(request);
      // Reading twice harms nobody; writing is repeated only after a look.
      if (exchange?.kind === "lost" && exchange.wasStale && request.method === "GET")
        exchange = await once(request);
      const outcome = understand(exchange);
      if (!outcome.ok && outcome.failure.kind === "rate-limited")
        limiter.slowDown(outcome.failure.afterMs);
      deps.log.debug(
        {
          method: request.method,
          path: request.path,
          outcome: outcome.ok ? "ok" : outcome.failure.kind,
          ms: Math.round(clock.monotonicMs() - startedAt),
        },
        "altegio request",
      );
      return outcome;
    },
  };
}

function understand(exchange: Exchange | undefined): Result<AltegioAnswer, AltegioFailure> {
  switch (exchange?.kind) {
    case undefined:
      return failed(altegioFailure("given-up", "not sent any more"));
    case "answered":
      return readAltegioAnswer(exchange.answer);
    case "nothing-sent":
      return failed(altegioFailure("unreachable", `${exchange.code} ${exchange.message}`));
    case "lost":
      return failed(altegioFailure("lost", exchange.reason));
  }
}

const queryOf = ({ query = [] }: AltegioRequest): string =>
  query.length === 0
    ? ""
    : `?${new URLSearchParams(query.map(([name, value]): [string, string] => [name, value])).toString()}`;
