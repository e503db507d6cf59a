/**
 * The way to the Kommo account: takes a slot of the limiter, sends one request, and says what came of
 * it as a value. Never logs the token, a phone number or what follows `?` in a URL.
 */
import type { Clock } from "../lib/clock.ts";
import { failed, type Result } from "../lib/failure.ts";
import type { AccountUrl } from "./account-url.ts";
import { readAnswer, type HttpAnswer, type KommoAnswer } from "./answer.ts";
import {
  createExchanger,
  EXCHANGE_LIMITS,
  type Exchange,
  type ExchangeLimits,
} from "./exchange.ts";
import { tidy, type KommoFailure } from "./failure.ts";
import type { Limiter, Purpose } from "./limiter.ts";

export type KommoRequest = {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** From the root: "/api/v4/calls". */
  readonly path: string;
  readonly query?: readonly (readonly [string, string])[];
  readonly body?: unknown;
  /** How urgent it is, and which share of the pace it may take. */
  readonly purpose: Purpose;
  readonly signal: AbortSignal;
};

export type KommoClient = {
  request(request: KommoRequest): Promise<Result<KommoAnswer, KommoFailure>>;
  /** Closes kept connections; requests under way end as lost. */
  close(): void;
};

/** One request as it ended. */
export type RequestTold = {
  readonly method: KommoRequest["method"];
  /** Of HTTP; undefined: there was no answer. */
  readonly status: number | undefined;
  /** From its leave of the limiter to the end of the answer. */
  readonly ms: number;
  /** With what is asked behind "?": clients' numbers may stand there. */
  readonly path: string;
  readonly request: string | undefined;
  /** undefined: there was no whole one. */
  readonly answer: Uint8Array | undefined;
};

/** As pino has it. */
export type KommoLog = {
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
};

export type TokenRenewal = {
  /** Before a request: waits while a token that has ended is renewed. @returns why there is none */
  ready(signal: AbortSignal): Promise<KommoFailure | undefined>;
  /** Kommo answered 401 to `refused`. @returns undefined: there is another one, repeat once */
  renew(refused: string, signal: AbortSignal): Promise<KommoFailure | undefined>;
};

export type KommoClientDeps = {
  readonly accountUrl: AccountUrl;
  /** Asked before each request, so that a refreshed token is used at once. */
  readonly accessToken: () => string;
  /** By OAuth; without it a refused token stays refused. */
  readonly renewal?: TokenRenewal;
  readonly limiter: Limiter;
  readonly clock: Clock;
  readonly log: KommoLog;
  /** "asterisk-kommo/1.2.3" */
  readonly userAgent: string;
  readonly limits?: ExchangeLimits;
  /** Told of each request that was sent, repeats too. Must not throw. */
  readonly onRequest?: ((told: RequestTold) => void) | undefined;
};

export function createKommoClient(deps: KommoClientDeps): KommoClient {
  const { accountUrl, limiter, clock, log } = deps;
  const exchanger = createExchanger(accountUrl, deps.limits ?? EXCHANGE_LIMITS);

  async function once(
    request: KommoRequest,
    onToken: (token: string) => void,
  ): Promise<Exchange | undefined> {
    const slot = await limiter.slot(request.purpose, request.signal);
    if (slot === undefined) return undefined;
    let how: "answered" | "lost" = "lost";
    let answer: HttpAnswer | undefined;
    const path = request.path + queryOf(request);
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const begunAt = clock.monotonicMs();
    try {
      const token = deps.accessToken();
      onToken(token);
      const exchange = await exchanger.exchange({
        method: request.method,
        url: accountUrl + path,
        headers: {
          Authorization: `Bearer ${token}`,
          Accept: "application/hal+json, application/json",
          "User-Agent": deps.userAgent,
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        },
        body,
        signal: request.signal,
        onSent: () => slot.left(),
      });
      if (exchange.kind === "answered") {
        how = "answered";
        ({ answer } = exchange);
      }
      return exchange;
    } finally {
      slot.ended(how);
      deps.onRequest?.({
        ...{ method: request.method, status: answer?.status, path, request: body },
        ...{ ms: clock.monotonicMs() - begunAt, answer: answer?.body },
      });
    }
  }

  async function attempt(request: KommoRequest): Promise<Attempt> {
    let token = "";
    const send = (): Promise<Exchange | undefined> => once(request, (sent) => (token = sent));
    let exchange = await send();
    // Reading twice harms nobody; writing is repeated only after a look-up.
    if (exchange?.kind === "lost" && exchange.wasStale && request.method === "GET")
      exchange = await send();
    return { token, exchange, outcome: understand(exchange, clock) };
  }

  /** A 401 says that nothing was done: with a renewed token the request goes once more. */
  async function withGoodToken(request: KommoRequest): Promise<Attempt> {
    // Before the limiter's turn is taken, so that those who waited for a token do not leave at once.
    const missing = await deps.renewal?.ready(request.signal);
    if (missing !== undefined) return { token: "", exchange: undefined, outcome: failed(missing) };
    const first = await attempt(request);
    if (!wasTokenRefused(first) || deps.renewal === undefined) return first;
    const hopeless = await deps.renewal.renew(first.token, request.signal);
    if (hopeless !== undefined) return { ...first, outcome: failed(hopeless) };
    const second = await attempt(request);
    if (!wasTokenRefused(second)) return second;
    const why = await deps.renewal.renew(second.token, request.signal);
    return why === undefined ? second : { ...second, outcome: failed(why) };
  }

  return {
    request: async (request) => {
      const startedAt = clock.monotonicMs();
      const { exchange, outcome } = await withGoodToken(request);
      if (!outcome.ok && outcome.failure.kind === "rate-limited")
        limiter.slowDown(outcome.failure.retryAfterMs);
      log.debug(
        {
          method: request.method,
          path: request.path,
          outcome: outcome.ok ? outcome.value.status : outcome.failure.kind,
          ms: Math.round(clock.monotonicMs() - startedAt),
          kommoRequestId:
            exchange?.kind === "answered" ? exchange.answer.headers["x-request-id"] : undefined,
        },
        "kommo request",
      );
      return outcome;
    },
    close: () => exchanger.close(),
  };
}

type Attempt = {
  readonly token: string;
  readonly exchange: Exchange | undefined;
  readonly outcome: Result<KommoAnswer, KommoFailure>;
};

const wasTokenRefused = ({ outcome }: Attempt): boolean =>
  !outcome.ok && outcome.failure.kind === "token-revoked";

const queryOf = ({ query }: KommoRequest): string =>
  query === undefined || query.length === 0
    ? ""
    : `?${new URLSearchParams(query.map(([name, value]): [string, string] => [name, value])).toString()}`;

/** @param exchange undefined: nothing was sent */
export function understand(
  exchange: Exchange | undefined,
  clock: Pick<Clock, "now">,
): Result<KommoAnswer, KommoFailure> {
  switch (exchange?.kind) {
    case undefined:
      return failed({
        kind: "given-up",
        retry: "later",
        detail: "not sent any more",
        hint: "nothing to do: it is sent after the next start",
      });
    case "answered":
      return readAnswer(exchange.answer, clock.now());
    case "nothing-sent":
      return failed({
        kind: "unreachable",
        retry: "later",
        detail: tidy(`${exchange.code} ${exchange.message}`),
        hint: hintFor(exchange.code),
      });
    case "lost":
      return failed({
        kind: "lost-answer",
        retry: "after-look-up",
        detail: tidy(exchange.reason),
        hint: "the connection to Kommo is bad; what was saved is looked up and the rest repeated",
      });
  }
}

/** Codes of Node and OpenSSL for a connection that never came to be. */
function hintFor(code: string): string {
  if (/^(ENOTFOUND|EAI_)/.test(code))
    return "the name of the Kommo account cannot be found; check kommo.account_url and this host's DNS";
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(code))
    return "the certificate of the other side is not valid for Kommo; check this host's date, its root certificates, and whether a proxy opens TLS";
  if (code === "ECONNREFUSED") return "nobody listens at kommo.account_url, or a firewall refuses";
  return "no connection to Kommo; check this host's network, DNS and firewall";
}
