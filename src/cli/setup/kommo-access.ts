/** What a Kommo account says to an address and a token: who it is, whom it employs, what the token may. */
import type { Config } from "../../config/keys.ts";
import type { Account } from "../../kommo/entities/account.ts";
import type { User } from "../../kommo/entities/users.ts";
import { readAccount, readUsers } from "../../kommo/read-account.ts";
import { systemClock } from "../../lib/clock.ts";
import { createFarSides } from "../doctor/far-sides.ts";
import { judgeScopes } from "../doctor/token-rights-check.ts";
import { judgeToken } from "../doctor/token-check.ts";
import type { Verdict } from "../doctor/check.ts";

export type KommoSeen =
  | { readonly ok: false; readonly reason: string; readonly hint: string }
  | {
      readonly ok: true;
      readonly account: Account;
      /** Empty where the token may not read them. */
      readonly users: readonly User[];
      /** What is not well about the token, in words. */
      readonly findings: readonly Verdict[];
    };

export async function lookAtKommo(accountUrl: string, token: string): Promise<KommoSeen> {
  const over = new AbortController();
  const sides = createFarSides({ clock: systemClock, signal: over.signal, accessToken: token });
  try {
    const client = sides.kommo({ kommo: kommoSection(accountUrl, token) });
    const account = await readAccount(client, over.signal);
    if (!account.ok)
      return { ok: false, reason: account.failure.detail, hint: account.failure.hint };
    const users = await readUsers(client, over.signal);
    const findings = [judgeToken(token, systemClock.now()), judgeScopes(token)];
    const isAdmin: Verdict = users.ok
      ? { status: "ok", sentence: "the token may read the account's users" }
      : {
          status: "warning",
          sentence: `the account's users cannot be read (${users.failure.detail})`,
          remedy: "let an administrator of the account make the token",
        };
    return {
      ok: true,
      account: account.value,
      users: users.ok ? users.value : [],
      findings: [...findings, isAdmin].filter(({ status }) => status !== "ok"),
    };
  } finally {
    over.abort();
    await sides.close();
  }
}

const kommoSection = (accountUrl: string, token: string): Config["kommo"] =>
  ({
    account_url: accountUrl,
    access_token: token,
    requests_per_second: 5,
    connect_timeout_ms: 5_000,
    timeout_ms: 30_000,
  }) as Config["kommo"];
