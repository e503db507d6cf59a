/** POST /v1/widget/extensions: the list of extensions that an administrator saved in the widget. */
import type { RouteOptions } from "fastify";
import { answerRefused, usedToken, type CallerDeps, type Refused } from "./callers.ts";
import type { ExtensionsAnswer, RefusalCode } from "./widget-contract.ts";

export type WidgetExtensionsDeps = {
  readonly callers: CallerDeps;
  /** By Kommo's API, asked now; undefined: Kommo did not answer. */
  readonly isAdmin: (user: number) => Promise<boolean | undefined>;
  /** @param by the administrator @param asked user → extension; an empty text: none */
  readonly save: (
    by: number,
    asked: ReadonlyMap<number, string>,
  ) => Promise<ExtensionsAnswer["entries"]>;
};

const MOST_USERS = 1_000;
const LONGEST_EXTENSION = 32;

const refused = (status: number, error: RefusalCode, reason: string): Refused => ({
  status,
  refusal: { error, reason },
});
const NOT_ADMIN = refused(403, "not_admin", "only an administrator of the account may do this");
const NOT_KNOWN = refused(503, "exchange_unavailable", "Kommo does not say now who is one");
const INVALID = refused(400, "request_invalid", "the body is not as documented");

export const widgetExtensionsRoute = (deps: WidgetExtensionsDeps): RouteOptions => ({
  method: "POST",
  url: "/v1/widget/extensions",
  bodyLimit: 64 * 1_024,
  handler: async (request, reply) => {
    const entered = usedToken(request, deps.callers);
    if (!entered.ok) return answerRefused(reply, entered.failure);
    const { userId } = entered.value;
    const isAdmin = await deps.isAdmin(userId);
    if (isAdmin === undefined) return answerRefused(reply, NOT_KNOWN);
    if (!isAdmin) return answerRefused(reply, NOT_ADMIN);
    const asked = readExtensions(request.body);
    if (asked === undefined) return answerRefused(reply, INVALID);
    const answer: ExtensionsAnswer = { entries: await deps.save(userId, asked) };
    return reply.header("cache-control", "no-store").send(answer);
  },
});

/** Texts of the field in Kommo may have spaces around. @returns undefined: no such list */
function readExtensions(body: unknown): ReadonlyMap<number, string> | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const { extensions } = body as { readonly extensions?: unknown };
  if (typeof extensions !== "object" || extensions === null || Array.isArray(extensions))
    return undefined;
  const entries = Object.entries(extensions as Readonly<Record<string, unknown>>);
  if (entries.length > MOST_USERS) return undefined;
  const asked = new Map<number, string>();
  for (const [user, extension] of entries) {
    if (!/^[1-9]\d{0,14}$/.test(user) || typeof extension !== "string") return undefined;
    const text = extension.trim();
    if (text.length > LONGEST_EXTENSION || /[^\x20-\x7e]/.test(text)) return undefined;
    asked.set(Number(user), text);
  }
  return asked;
}
