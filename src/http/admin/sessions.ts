/**
 * Who is logged in: a random token in a cookie, of which the store has the hash alone. Exports
 * `createSessions`. A session lasts twelve hours, over restarts of the daemon too.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Statement, Store } from "../../store/store.ts";
import { hashOfNobody, isPassword } from "./password.ts";
import {
  ADMIN,
  addSession,
  endSession,
  forgetSessionsUntil,
  pageUsers,
  passwordOf,
  readPageUser,
  readSession,
  sessionByHash,
  type PageUser,
  type Session,
} from "./schema.ts";

export type LoggedIn = { readonly token: string; readonly session: Session };

export type Sessions = {
  /** All who have a password. */
  users(): Promise<readonly PageUser[]>;
  /**
   * @param name "" stands for the administrator
   * @returns undefined: not the password, or there is nobody of this name
   */
  logIn(name: string, password: string): Promise<LoggedIn | undefined>;
  find(token: string): Promise<Session | undefined>;
  logOut(session: Session): Promise<void>;
};

export type SessionDeps = {
  readonly store: Pick<Store, "read">;
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
};

export const SESSION_MS = 12 * 3_600_000;
const TOKEN_BYTES = 32;

export function createSessions({ store, keep, now }: SessionDeps): Sessions {
  return {
    users: async () => (await store.read(pageUsers())).map(readPageUser),
    async logIn(name, password) {
      const [row] = await store.read(passwordOf(name === "" ? ADMIN : name));
      // A try under a name that nobody has takes as long as any other.
      const hash = row === undefined ? hashOfNobody() : String(row["hash"]);
      if (!(await isPassword(password, hash)) || row === undefined) return undefined;
      const user = readPageUser(row);
      const token = randomBytes(TOKEN_BYTES).toString("base64url");
      const beganAt = now();
      const endsAt = beganAt + SESSION_MS;
      const session = { tokenHash: hashOf(token), ...user, beganAt, endsAt };
      await keep([forgetSessionsUntil(beganAt), addSession(session)]);
      return { token, session };
    },
    async find(token) {
      if (!/^[\w-]{43}$/.test(token)) return undefined;
      const [row] = await store.read(sessionByHash(hashOf(token)));
      const session = row === undefined ? undefined : readSession(row);
      return session !== undefined && now() < session.endsAt ? session : undefined;
    },
    logOut: async ({ tokenHash }) => void (await keep([endSession(tokenHash)])),
  };
}

const hashOf = (token: string): string => createHash("sha256").update(token).digest("base64url");

/**
 * What a page of ours knows and a page of others does not, though the browser would send the cookie
 * for both: derived from the token, so that nothing more is kept.
 */
export const csrfOf = (token: string): string =>
  createHash("sha256").update(`csrf ${token}`).digest("base64url");

export function isCsrf(given: string, token: string): boolean {
  const right = Buffer.from(csrfOf(token));
  const there = Buffer.from(given);
  return there.length === right.length && timingSafeEqual(there, right);
}
