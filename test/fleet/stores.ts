/**
 * Looks into the stores of a fleet while it runs: what was kept of calls when a daemon went, and what is
 * still to be done. Exports `openStores`.
 */
import pg from "pg";
import type { Row } from "../nemesis/ask-store.ts";
import { createKeptCalls } from "../nemesis/kept-calls.ts";
import { accountName } from "./plan.ts";

export type Stores = {
  /** What stands in the account's store now has to be booked in the end. One look for all who ask at once. */
  look(account: number): void;
  /** Resolves when what was asked for has been looked at. */
  looked(): Promise<void>;
  /** @param key of the client: see `clientKey` */
  wasKept(account: number, linkedIds: ReadonlySet<string>, key: string): boolean;
  /** What is still to be done in all of them, as sentences. */
  unfinished(): Promise<readonly string[]>;
  /** What a person would have to do by hand. */
  setAside(): Promise<readonly string[]>;
  close(): Promise<void>;
};

export async function openStores(url: string, accounts: number): Promise<Stores> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const waiting = new Set<number>();
  let work = Promise.resolve();
  const schema = (account: number): string => `ak_default_${accountName(account)}`;

  /** One question after another: the connection has one search path at a time. */
  function ask(account: number, statements: readonly string[]): Promise<Row[][]> {
    const asked = work.then(async () => {
      await client.query(`SET search_path TO ${schema(account)}`);
      const answers: Row[][] = [];
      for (const sql of statements) answers.push((await client.query<Row>(sql)).rows);
      return answers;
    });
    work = asked.then(() => undefined);
    return asked;
  }

  const kept = Array.from({ length: accounts }, (_, account) =>
    createKeptCalls((...statements) => ask(account, statements), { sentAt: () => undefined }),
  );

  async function inAll(select: (schema: string) => string): Promise<Row[]> {
    const all = Array.from({ length: accounts }, (_, account) => select(schema(account)));
    return (await client.query<Row>(all.join(" UNION ALL "))).rows;
  }

  return {
    look(account) {
      if (waiting.has(account)) return;
      waiting.add(account);
      void work.then(() => {
        waiting.delete(account);
        return kept[account]?.look();
      });
    },
    async looked() {
      while (waiting.size > 0) await work;
      await work;
    },
    wasKept: (account, linkedIds, key) => kept[account]?.has(linkedIds, key) ?? false,
    async unfinished() {
      const rows = await inAll(
        (one) => `SELECT '${one}' AS store, count(*) AS steps FROM ${one}.step
          WHERE state IN ('ready', 'sending', 'unknown')`,
      );
      return rows
        .filter(({ steps }) => Number(steps) > 0)
        .map(({ store, steps }) => `in ${String(store)} ${String(steps)} steps are open`);
    },
    async setAside() {
      const rows = await inAll(
        (one) =>
          `SELECT '${one}' AS store, kind, reason FROM ${one}.step WHERE state = 'set-aside'`,
      );
      return rows.map(
        ({ store, kind, reason }) =>
          `in ${String(store)} a step ${String(kind)} was set aside: ${String(reason)}`,
      );
    },
    close: () => client.end(),
  };
}
