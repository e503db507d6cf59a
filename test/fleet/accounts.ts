/**
 * All accounts of Kommo of a fleet in one process, beside the one that judges: as many strict simulators.
 * Exports what it is asked and what it answers.
 */
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { evidenceOf, type Evidence } from "../checker/evidence.ts";
import { USERS } from "../nemesis/office.ts";
import { serveBeside } from "./beside.ts";
import { watchLateness } from "./lateness.ts";
import { misbehave, type Episode } from "./misbehaviour.ts";

export const ACCOUNTS_FILE = import.meta.filename;

export type AccountAddress = { readonly url: string; readonly token: string };

/** News: the operator makes another token for an account, because those before are refused. */
export type NewToken = { readonly account: number; readonly token: string };

/** What one account has to show. */
export type AccountEvidence = Evidence & {
  /** Note of a call → when the request that made it came. Milliseconds since 1970. */
  readonly bookedAt: ReadonlyMap<number, number>;
};

const USERS_OF_ALL = [...USERS.values()].map((id) => ({ id, name: `User ${id}`, isAdmin: true }));

if (import.meta.main) {
  const accounts: KommoSimulator[] = [];
  const late = watchLateness();
  const calm = new AbortController();
  let misbehaving: Promise<readonly Episode[]> = Promise.resolve([]);
  const tell = serveBeside({
    /** @param clients by account, those who have a card */
    async open(clients: readonly (readonly string[])[]): Promise<readonly AccountAddress[]> {
      for (const known of clients) {
        const account = await startKommoSimulator({ account: { users: USERS_OF_ALL } });
        account.seed.contacts(known.length, (index) => ({ phones: [known[index] ?? ""] }));
        accounts.push(account);
      }
      return accounts.map(({ url, token }) => ({ url, token }));
    },
    misbehave({ seed, atOnce }: { seed: number; atOnce: number }) {
      misbehaving = misbehave(accounts, {
        ...{ seed, atOnce, signal: calm.signal },
        onNewToken: (account, token) => tell({ account, token } satisfies NewToken),
      });
    },
    /** All are well from now on. @returns when which was not */
    calm(): Promise<readonly Episode[]> {
      calm.abort();
      return misbehaving;
    },
    /** How late this process was, at worst. Milliseconds. */
    lateMs: () => Math.max(0, ...late.map(({ from, to }) => to - from)),
    show: (account: number): AccountEvidence | undefined => {
      const simulator = accounts[account];
      return simulator && evidenceFrom(simulator);
    },
  });
}

function evidenceFrom(simulator: KommoSimulator): AccountEvidence {
  const evidence = evidenceOf(simulator);
  const entries = simulator.journal.entries();
  return {
    ...evidence,
    // Answers are looked at only for whether there was one.
    requests: entries.map(({ at, status, answer, token, path }) => ({
      ...{ at, status, token, path },
      answer: answer === null ? null : {},
    })),
    bookedAt: new Map(
      entries.flatMap(({ at, changes }) =>
        changes.flatMap((change) =>
          change.type === "notes" && change.action === "add" ? [[change.id, at] as const] : [],
        ),
      ),
    ),
  };
}
