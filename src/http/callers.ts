/**
 * Who asks, by the proof that a request brings: Kommo's one-time token, a ticket, or an API key.
 * Exports the three ways in that routes are made of.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { OneTimeToken } from "./one-time-token.ts";
import { refuse } from "./browser-access.ts";
import type { Refusal, RefusalCode } from "./widget-contract.ts";

export type ApiKey = {
  readonly name: string;
  /** Of the key, in hexadecimal digits. */
  readonly sha256: string;
  readonly users: readonly number[];
};

export type CallerDeps = {
  /** undefined: no genuine token. It is not used up by that. */
  readonly readToken: (text: string) => OneTimeToken | undefined;
  /** false: Kommo has not said yet which account it is, so that no token can be held against it. */
  readonly isAccountKnown: () => boolean;
  /** Uses a token up. @returns false: it was used before */
  readonly useToken: (token: OneTimeToken) => boolean;
  readonly findTicket: (text: string, origin: string) => TicketHolder | undefined;
  readonly apiKeys: readonly ApiKey[];
  /** By Kommo's list of users; true where it is not known yet. */
  readonly isActive: (user: number) => boolean;
};

export type TicketHolder = {
  readonly userId: number;
  readonly isAdmin: boolean;
  /** Milliseconds since 1970. */
  readonly endsAt: number;
};

export type Refused = { readonly status: number; readonly refusal: Refusal };
export type Entered<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Refused };

const BEARER = /^Bearer ([\x21-\x7e]{1,4096})$/i;

export const bearerOf = ({ headers }: FastifyRequest): string | undefined =>
  BEARER.exec(headers.authorization ?? "")?.[1];

export const originOf = ({ headers }: FastifyRequest): string => headers.origin ?? "";

export const no = (status: number, error: RefusalCode, reason: string): Entered<never> => ({
  ok: false,
  failure: { status, refusal: { error, reason } },
});

export const answerRefused = (reply: FastifyReply, { status, refusal }: Refused): FastifyReply =>
  refuse(reply, status, refusal);

const TOKEN_REFUSED = no(401, "token_refused", "Kommo's token is missing or not good any more");
const NOT_YET = no(503, "exchange_unavailable", "the daemon has not heard from Kommo yet");
const USER_UNKNOWN = no(403, "user_unknown", "Kommo shows no active user with this id");

/** A genuine one-time token of an active user, from a page. It is not used up yet. */
export function genuineToken(request: FastifyRequest, deps: CallerDeps): Entered<OneTimeToken> {
  const header = request.headers["x-auth-token"];
  const token = typeof header === "string" ? deps.readToken(header) : undefined;
  if (!deps.isAccountKnown()) return NOT_YET;
  if (token === undefined || originOf(request) === "") return TOKEN_REFUSED;
  return deps.isActive(token.userId) ? { ok: true, value: token } : USER_UNKNOWN;
}

/** The same, used up. */
export function usedToken(request: FastifyRequest, deps: CallerDeps): Entered<OneTimeToken> {
  const token = genuineToken(request, deps);
  if (!token.ok) return token;
  return deps.useToken(token.value) ? token : TOKEN_REFUSED;
}

export function ticketHolder(request: FastifyRequest, deps: CallerDeps): Entered<TicketHolder> {
  const holder = deps.findTicket(bearerOf(request) ?? "", originOf(request));
  if (holder === undefined)
    return no(401, "ticket_refused", "the session is over: a new one is needed");
  return deps.isActive(holder.userId) ? { ok: true, value: holder } : USER_UNKNOWN;
}

/** Every key is compared, so that the time tells nothing of any. */
export function apiKeyOf(request: FastifyRequest, { apiKeys }: CallerDeps): ApiKey | undefined {
  const given = createHash("sha256")
    .update(bearerOf(request) ?? "")
    .digest();
  let found: ApiKey | undefined;
  for (const key of apiKeys) {
    const wanted = Buffer.from(key.sha256, "hex");
    if (wanted.length === given.length && timingSafeEqual(wanted, given)) found = key;
  }
  return found;
}
