/**
 * POST /v1/originate: an employee clicks a number, or a program does for one. GET /v1/widget/dials/{id}:
 * what became of it. The answer comes when Asterisk has taken the request, not when anybody talks.
 */
import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest, RouteOptions } from "fastify";
import type { Result } from "../lib/failure.ts";
import type { Dial, DialRefusal, DialWish } from "../originate/dials.ts";
import type { Answer, FirstAnswer, TokenMemory } from "../originate/token-memory.ts";
import {
  answerRefused,
  apiKeyOf,
  genuineToken,
  no,
  ticketHolder,
  type CallerDeps,
  type Entered,
} from "./callers.ts";
import { progressOf } from "./dial-words.ts";
import { readOriginate } from "./originate-body.ts";
import type { OriginateAnswer, Refusal, RefusalCode } from "./widget-contract.ts";

export type OriginateDeps = {
  readonly callers: CallerDeps;
  /** false: the exchange is not set up for it. */
  readonly isOn: () => boolean;
  readonly memory: Pick<TokenMemory, "look" | "answer">;
  readonly dial: (wish: DialWish) => Promise<Result<Dial, DialRefusal>>;
  /** Writes down a wish that was refused before it was one. */
  readonly refuseDial: (wish: DialWish, refusal: DialRefusal) => void;
  readonly findDial: (id: string) => Dial | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
};

type Caller = {
  readonly user: number | undefined;
  readonly proof: string;
  /** Which users it may name; undefined: only itself. */
  readonly users: readonly number[] | undefined;
  /** Of a page: uses its token up. @returns false: it was used before */
  readonly use: () => boolean;
  readonly endsAt: number;
};

const IDEMPOTENCY_KEY = /^[\w-]{16,64}$/;
const KEY_ANSWER_MS = 1_800_000;

export function originateRoutes(deps: OriginateDeps): readonly RouteOptions[] {
  return [
    { method: "POST", url: "/v1/originate", handler: (request, reply) => post(request, reply) },
    {
      method: "GET",
      url: "/v1/widget/dials/:id",
      handler: (request, reply) => get(request, reply),
    },
  ];

  async function post(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (!deps.isOn())
      return answerRefused(reply, {
        status: 404,
        refusal: { error: "dialling_off", reason: "dialling from Kommo is not set up" },
      });
    const entered = enter(request);
    if (!entered.ok) return answerRefused(reply, entered.failure);
    const caller = entered.value;
    const header = request.headers["idempotency-key"];
    const key = typeof header === "string" && IDEMPOTENCY_KEY.test(header) ? header : undefined;
    if (header !== undefined && key === undefined)
      return answerRefused(reply, {
        status: 400,
        refusal: { error: "request_invalid", reason: "the Idempotency-Key is no such key" },
      });
    const asked = {
      user: caller.user ?? 0,
      key: `${caller.proof} ${key ?? ""}`,
      request: hashOf(request.body),
    };
    if (key !== undefined) {
      const repeat = deps.memory.look(asked);
      if (repeat.kind === "other")
        return answerRefused(reply, {
          status: 422,
          refusal: {
            error: "key_reused",
            reason: "this Idempotency-Key came with another request",
          },
        });
      if (repeat.kind === "again") return send(reply, await repeat.answer);
    }
    if (!caller.use())
      return answerRefused(reply, {
        status: 401,
        refusal: { error: "token_refused", reason: "Kommo's token was used already" },
      });
    const work = (): Promise<FirstAnswer> => dial(request, caller);
    if (key === undefined) return send(reply, await work());
    const first = { ...asked, endsAt: caller.endsAt, unknown: UNKNOWN };
    return send(reply, await deps.memory.answer(first, work));
  }

  function enter(request: FastifyRequest): Entered<Caller> {
    if (request.headers["x-auth-token"] !== undefined) {
      const token = genuineToken(request, deps.callers);
      if (!token.ok) return token;
      const { userId: user, endsAt } = token.value;
      return {
        ok: true,
        value: {
          user,
          proof: "one-time token",
          users: undefined,
          use: () => deps.callers.useToken(token.value),
          endsAt: endsAt * 1_000,
        },
      };
    }
    const key = apiKeyOf(request, deps.callers);
    if (key === undefined)
      return request.headers.authorization === undefined
        ? no(401, "token_refused", "Kommo's token is missing")
        : no(401, "key_refused", "this is no API key");
    return {
      ok: true,
      value: {
        user: undefined,
        proof: `api key ${key.name}`,
        users: key.users,
        use: () => true,
        endsAt: deps.now() + KEY_ANSWER_MS,
      },
    };
  }

  async function dial({ body }: FastifyRequest, caller: Caller): Promise<FirstAnswer> {
    const read = readOriginate(body);
    if (read === undefined)
      return refusal({ code: "request_invalid", reason: "the body is not as documented" });
    const user = caller.user ?? read.userId;
    if (user === undefined)
      return refusal({ code: "request_invalid", reason: "user_id is missing" });
    const wish: DialWish = { ...read, user, proof: caller.proof };
    const whyNot = mayDialFor(user, read.userId, caller);
    if (whyNot !== undefined) {
      deps.refuseDial(wish, whyNot);
      return refusal(whyNot);
    }
    const dialled = await deps.dial(wish);
    if (!dialled.ok) return refusal(dialled.failure);
    const { id, extension, phone } = dialled.value;
    const answer: OriginateAnswer = { id, extension, phone };
    return { status: 202, body: JSON.stringify(answer), isRepeatable: false };
  }

  function mayDialFor(
    user: number,
    named: number | undefined,
    { users }: Caller,
  ): DialRefusal | undefined {
    if (users === undefined)
      return named === undefined || named === user
        ? undefined
        : { code: "user_not_allowed", reason: "you may dial for yourself only" };
    if (!users.includes(user))
      return { code: "user_not_allowed", reason: "this API key may not dial for this user" };
    return deps.callers.isActive(user)
      ? undefined
      : { code: "user_unknown", reason: "Kommo shows no active user with this id" };
  }

  function get(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const { id } = request.params as { readonly id: string };
    const key = apiKeyOf(request, deps.callers);
    const holder = key === undefined ? ticketHolder(request, deps.callers) : undefined;
    if (holder?.ok === false) return answerRefused(reply, holder.failure);
    const users = key?.users ?? (holder?.ok === true ? [holder.value.userId] : []);
    const found = deps.findDial(id);
    if (found === undefined || !users.includes(found.user))
      return answerRefused(reply, {
        status: 404,
        refusal: { error: "not_found", reason: "there is no such dial" },
      });
    return reply.header("cache-control", "no-store").send(progressOf(found));
  }
}

const send = (reply: FastifyReply, { status, body }: Answer): FastifyReply => {
  const { retry_after_seconds: seconds } = JSON.parse(body) as Partial<Refusal>;
  if (seconds !== undefined) void reply.header("retry-after", String(seconds));
  return reply
    .code(status)
    .headers({ "content-type": "application/json; charset=utf-8", "cache-control": "no-store" })
    .send(body);
};

function refusal({ code, reason, retryMs, isUnsure = false }: DialRefusal): FirstAnswer {
  const body: Refusal = {
    error: code,
    reason,
    ...(retryMs === undefined ? {} : { retry_after_seconds: Math.ceil(retryMs / 1_000) }),
  };
  const status = STATUS[code] ?? 409;
  const isRepeatable = !isUnsure && (status === 429 || status >= 500);
  return { status, body: JSON.stringify(body), isRepeatable };
}

const STATUS: Partial<Record<RefusalCode, number>> = {
  request_invalid: 400,
  phone_invalid: 400,
  phone_forbidden: 403,
  user_unknown: 403,
  user_not_allowed: 403,
  extension_not_yours: 403,
  cancelled_by_customization: 403,
  too_many: 429,
  exchange_unavailable: 503,
  exchange_refused: 502,
};

/** To a repeat of what was begun and never answered. */
const UNKNOWN: Answer = refusal({
  code: "exchange_unavailable",
  reason: "it is not known whether this was dialled: look at the telephone, and use another key",
});

const hashOf = (body: unknown): string =>
  createHash("sha256")
    .update(JSON.stringify(body) ?? "")
    .digest("hex");
