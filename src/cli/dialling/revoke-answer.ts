/** Ends sessions of browsers at once: what the daemon does for `asterisk-kommo widget revoke`. */
import { succeeded, type Result } from "../../lib/failure.ts";
import { revokeTickets } from "../../originate/schema.ts";
import type { Statement } from "../../store/store.ts";
import { UNKNOWN_REQUEST } from "../command-requests.ts";
import type { CommandFailure } from "../store-or-daemon.ts";

export const WIDGET_ASK = "widget";

export type RevokeDeps = {
  readonly keep: (statements: readonly Statement[]) => Promise<readonly (readonly unknown[])[]>;
  readonly now: () => number;
  /** The running daemon forgets them too. @param user undefined: all */
  readonly drop: (user: number | undefined) => void;
};

export const createRevokeAnswer =
  (deps: RevokeDeps) =>
  async (asked: unknown): Promise<unknown> => {
    const { user } = (asked ?? {}) as { readonly user?: unknown };
    if (user !== undefined && user !== null && typeof user !== "number") return UNKNOWN_REQUEST;
    return revoke(user ?? undefined, deps);
  };

/** @returns one sentence for the terminal */
export async function revoke(
  user: number | undefined,
  { keep, now, drop }: RevokeDeps,
): Promise<Result<string, CommandFailure>> {
  const [rows = []] = await keep([revokeTickets(user, now())]);
  drop(user);
  const count = rows.length === 1 ? "1 session is" : `${rows.length} sessions are`;
  return succeeded(`${count} ended; whoever opens Kommo anew gets another one`);
}
