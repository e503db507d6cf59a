/** POST /v1/widget/call: the small call panel hangs up, or hands the client to a colleague. */
import type { RouteOptions } from "fastify";
import { answerRefused, usedToken, type CallerDeps } from "./callers.ts";
import type { CallAnswer, CallRequest, RefusalCode } from "./widget-contract.ts";

export type CallPanel = {
  readonly isOn: () => boolean;
  /** @returns undefined: done; else why not */
  act(user: number, request: CallRequest): Promise<CallRefusal | undefined>;
};

export type CallRefusal = { readonly code: RefusalCode; readonly reason: string };

const STATUS: Partial<Record<RefusalCode, number>> = {
  call_panel_off: 403,
  not_found: 404,
  extension_unknown: 409,
  exchange_refused: 502,
  exchange_unavailable: 503,
};

export const widgetCallRoute = (callers: CallerDeps, panel: CallPanel): RouteOptions => ({
  method: "POST",
  url: "/v1/widget/call",
  handler: async (request, reply) => {
    const entered = usedToken(request, callers);
    if (!entered.ok) return answerRefused(reply, entered.failure);
    const asked = readCallRequest(request.body);
    if (asked === undefined)
      return answerRefused(reply, {
        status: 400,
        refusal: { error: "request_invalid", reason: "the body is not as documented" },
      });
    const refused = panel.isOn() ? await panel.act(entered.value.userId, asked) : OFF;
    if (refused !== undefined)
      return answerRefused(reply, {
        status: STATUS[refused.code] ?? 409,
        refusal: { error: refused.code, reason: refused.reason },
      });
    const answer: CallAnswer = { done: true };
    return reply.header("cache-control", "no-store").send(answer);
  },
});

const OFF: CallRefusal = { code: "call_panel_off", reason: "the call panel is not switched on" };

function readCallRequest(body: unknown): CallRequest | undefined {
  const { call, action } = objectOf(body);
  const { kind, to } = objectOf(action);
  if (typeof call !== "string" || !/^[\x21-\x7e]{1,150}$/.test(call)) return undefined;
  if (kind === "hang_up") return { call, action: { kind } };
  return kind === "transfer" &&
    typeof to === "string" &&
    /^([a-z0-9-]{1,32}\/)?[0-9A-Za-z_-]{1,32}$/.test(to)
    ? { call, action: { kind, to } }
    : undefined;
}

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
