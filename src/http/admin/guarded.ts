/**
 * The door of everything under /admin/api/: who is logged in, what his role may ask, and whether a
 * request that changes something comes from our own page. Exports `createGuarded`, which wraps a handler into a route.
 */
import type { FastifyReply, FastifyRequest, RouteOptions } from "fastify";
import type { AuditDeed } from "./contract-pages.ts";
import { tokenIn } from "./cookie.ts";
import { may, type Right } from "./roles.ts";
import type { Session } from "./schema.ts";
import { isCsrf, type Sessions } from "./sessions.ts";

/** One request of somebody who may ask. */
export type Asked = {
  readonly session: Session;
  /** Else numbers are masked in whatever is answered. */
  readonly seesNumbers: boolean;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly params: Readonly<Record<string, string>>;
  /** Given once; of a name given several times the last. */
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Resolves when it is on the disk. */
  readonly audit: (deed: AuditDeed, what: string) => Promise<void>;
};

/** An answer other than 200 with what was asked. */
export class Refused {
  readonly status: number;
  readonly error: string;
  readonly hint: string | undefined;
  constructor(status: number, error: string, hint?: string) {
    this.status = status;
    this.error = error;
    this.hint = hint;
  }
}

export type Handler = (asked: Asked) => Promise<object | Refused | undefined>;

/** @param path below /admin/api; a handler that answers by itself returns undefined */
type Guard = (path: string, right: Right, handler: Handler) => RouteOptions;
export type Guarded = { readonly get: Guard; readonly post: Guard };

export type GuardedDeps = {
  readonly sessions: Pick<Sessions, "find">;
  readonly audit: (row: {
    who: string;
    address: string;
    deed: AuditDeed;
    what: string;
  }) => Promise<void>;
};

export const API = "/admin/api";
export const CSRF_HEADER = "x-csrf-token";

export function createGuarded({ sessions, audit }: GuardedDeps): Guarded {
  const guard =
    (method: "GET" | "POST"): Guard =>
    (path, right, handler) => ({
      method,
      url: API + path,
      handler: async (request, reply) => {
        void reply.header("cache-control", "no-store");
        const token = tokenIn(request.headers.cookie);
        const session = await sessions.find(token);
        if (session === undefined) return refuse(reply, new Refused(401, "log in first"));
        const csrf = request.headers[CSRF_HEADER];
        if (method !== "GET" && !(typeof csrf === "string" && isCsrf(csrf, token)))
          return refuse(reply, new Refused(403, "this request does not come from the page"));
        if (!may(session.role, right)) return refuse(reply, NOT_FOR_THIS_ROLE);
        const answer = await handler({
          ...{ session, request, reply },
          seesNumbers: may(session.role, "see-numbers"),
          params: request.params as Readonly<Record<string, string>>,
          query: lastOfEach(request.query),
          body: request.body,
          audit: (deed, what) =>
            audit({ who: session.who, address: request.socket.remoteAddress ?? "", deed, what }),
        });
        if (answer instanceof Refused) return refuse(reply, answer);
        return answer === undefined ? reply : reply.send(answer);
      },
    });
  return { get: guard("GET"), post: guard("POST") };
}

const NOT_FOR_THIS_ROLE = new Refused(403, "your role does not allow this");

export function refuse(reply: FastifyReply, { status, error, hint }: Refused): FastifyReply {
  return reply.code(status).send(hint === undefined ? { error } : { error, hint });
}

function lastOfEach(query: unknown): Readonly<Record<string, string>> {
  const given = (query ?? {}) as Readonly<Record<string, string | string[]>>;
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      Array.isArray(value) ? (value.at(-1) ?? "") : value,
    ]),
  );
}
