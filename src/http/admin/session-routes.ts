/** /admin/api/session, login, logout: the only routes that answer to somebody who is not logged in. */
import type { RouteOptions } from "fastify";
import type { SessionAnswer } from "./contract.ts";
import type { AuditDeed } from "./contract-pages.ts";
import { cookieFor, tokenIn } from "./cookie.ts";
import { API, CSRF_HEADER, refuse, Refused } from "./guarded.ts";
import type { LoginTries } from "./login-tries.ts";
import { LONGEST_PASSWORD } from "./password.ts";
import { ADMIN } from "./schema.ts";
import { csrfOf, isCsrf, type Sessions } from "./sessions.ts";
import { LONGEST_NAME } from "./user-name.ts";

export type SessionRouteDeps = {
  readonly sessions: Sessions;
  readonly tries: LoginTries;
  readonly language: SessionAnswer["language"];
  readonly audit: (row: {
    who: string;
    address: string;
    deed: AuditDeed;
    what: string;
  }) => Promise<void>;
};

export function sessionRoutes(deps: SessionRouteDeps): readonly RouteOptions[] {
  const { sessions, tries, language, audit } = deps;
  const isHttps = (protocol: string): boolean => protocol === "https";
  return [
    {
      method: "GET",
      url: `${API}/session`,
      handler: async (request, reply) => {
        const token = tokenIn(request.headers.cookie);
        const session = await sessions.find(token);
        const users = session === undefined ? await sessions.users() : [];
        const answer: SessionAnswer = {
          hasPassword: session !== undefined || users.length > 0,
          asksName: users.length > 1,
          user: session === undefined ? null : { name: session.who, role: session.role },
          csrf: session === undefined ? "" : csrfOf(token),
          language,
        };
        return reply.header("cache-control", "no-store").send(answer);
      },
    },
    {
      method: "POST",
      url: `${API}/login`,
      handler: async (request, reply) => {
        void reply.header("cache-control", "no-store");
        const address = request.socket.remoteAddress ?? "";
        const given = loginIn(request.body);
        // JSON alone: a form of another page cannot send it.
        if (given === undefined || !/^application\/json\b/.test(typeOf(request.headers)))
          return refuse(reply, new Refused(400, "a password is wanted"));
        const waitSeconds = tries.take(address);
        if (waitSeconds > 0) {
          void reply.header("retry-after", waitSeconds);
          return refuse(reply, new Refused(429, "too many tries", String(waitSeconds)));
        }
        const loggedIn = await sessions.logIn(given.name, given.password);
        if (loggedIn === undefined) {
          const { name } = given;
          const isKnown = (await sessions.users()).some(({ who }) => who === name);
          // A name that nobody has may be a password that was typed into the wrong field.
          const who = name === "" ? ADMIN : isKnown ? name : "?";
          await audit({ who, address, deed: "login-refused", what: "" });
          return refuse(reply, new Refused(401, "not the password"));
        }
        await audit({ who: loggedIn.session.who, address, deed: "logged-in", what: "" });
        return reply
          .header("set-cookie", cookieFor(loggedIn.token, isHttps(request.protocol)))
          .code(204)
          .send();
      },
    },
    {
      method: "POST",
      url: `${API}/logout`,
      handler: async (request, reply) => {
        const token = tokenIn(request.headers.cookie);
        const session = await sessions.find(token);
        const csrf = request.headers[CSRF_HEADER];
        if (session !== undefined) {
          if (typeof csrf !== "string" || !isCsrf(csrf, token))
            return refuse(reply, new Refused(403, "this request does not come from the page"));
          await sessions.logOut(session);
          const address = request.socket.remoteAddress ?? "";
          await audit({ who: session.who, address, deed: "logged-out", what: "" });
        }
        return reply
          .header("set-cookie", cookieFor("", isHttps(request.protocol)))
          .code(204)
          .send();
      },
    },
  ];
}

const typeOf = (headers: { readonly "content-type"?: string | undefined }): string =>
  headers["content-type"] ?? "";

function loginIn(body: unknown): { name: string; password: string } | undefined {
  const { name = "", password } = (body ?? {}) as { name?: unknown; password?: unknown };
  if (typeof password !== "string" || password.length > LONGEST_PASSWORD) return undefined;
  if (typeof name !== "string" || name.length > LONGEST_NAME) return undefined;
  return { name: name.trim().toLowerCase(), password };
}
