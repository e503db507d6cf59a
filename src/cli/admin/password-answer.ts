/**
 * Users of the admin page, as the daemon takes them from the command: of a password its hash alone.
 * Exports what the command asks, and the answers.
 */
import { isPasswordHash } from "../../http/admin/password.ts";
import { ROLES, type Role } from "../../http/admin/roles.ts";
import { ADMIN, removeUser, setUser } from "../../http/admin/schema.ts";
import { readUserName } from "../../http/admin/user-name.ts";
import { succeeded } from "../../lib/failure.ts";
import type { Statement } from "../../store/store.ts";
import { UNKNOWN_REQUEST } from "../command-requests.ts";

export type PasswordRequest = {
  readonly who: string;
  readonly role: Role;
  readonly hash: string;
};

export const adminPasswordAsJson = (request: PasswordRequest): object => ({
  ask: "admin-password",
  ...request,
});
export const adminRemovalAsJson = (who: string): object => ({ ask: "admin-removal", who });

export type PasswordAnswerDeps = {
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  readonly now: () => number;
};
type Answer = (asked: unknown) => Promise<unknown>;

export function adminPasswordAnswer({ keep, now }: PasswordAnswerDeps): Answer {
  return async (asked) => {
    const given = (asked ?? {}) as Readonly<Record<string, unknown>>;
    // A command of the version before names nobody.
    const { hash, who = ADMIN, role: wanted = "administrator" } = given;
    const role = ROLES.find((one) => one === wanted);
    if (typeof hash !== "string" || !isPasswordHash(hash)) return UNKNOWN_REQUEST;
    if (!isName(who) || role === undefined) return UNKNOWN_REQUEST;
    if (who === ADMIN && role !== "administrator") return UNKNOWN_REQUEST;
    await keep(setUser({ who, role, hash, now: now() }));
    return succeeded({});
  };
}

export function adminRemovalAnswer({ keep, now }: PasswordAnswerDeps): Answer {
  return async (asked) => {
    const { who } = (asked ?? {}) as { readonly who?: unknown };
    if (!isName(who) || who === ADMIN) return UNKNOWN_REQUEST;
    await keep(removeUser(who, now()));
    return succeeded({});
  };
}

const isName = (who: unknown): who is string =>
  typeof who === "string" && readUserName(who) === who;
