/** A new password for the admin page, as the daemon takes it from the command: its hash alone. */
import { isPasswordHash } from "../../http/admin/password.ts";
import { setPassword } from "../../http/admin/schema.ts";
import { succeeded } from "../../lib/failure.ts";
import type { Statement } from "../../store/store.ts";
import { UNKNOWN_REQUEST } from "../command-requests.ts";

export const adminPasswordAsJson = (hash: string): object => ({ ask: "admin-password", hash });

export function adminPasswordAnswer({
  keep,
  now,
}: {
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  readonly now: () => number;
}): (asked: unknown) => Promise<unknown> {
  return async (asked) => {
    const { hash } = (asked ?? {}) as { readonly hash?: unknown };
    if (typeof hash !== "string" || !isPasswordHash(hash)) return UNKNOWN_REQUEST;
    await keep(setPassword(hash, now()));
    return succeeded({});
  };
}
