/**
 * Accounts of Kommo that behave badly for a time, one after another: so many at any time, by seed.
 * Exports `misbehave`, which goes on until it is told to end.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault, Saved } from "../../src/simulator/kommo/faults.ts";
import type { KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { seededRandom } from "../../src/simulator/pbx/rewrite.ts";

const KINDS = ["errors", "slow", "resets", "too many", "token refused", "silent"] as const;

export type Episode = {
  readonly account: number;
  readonly kind: (typeof KINDS)[number];
  readonly from: number;
  /** Infinity: it goes on. */
  to: number;
};

type Options = {
  readonly seed: number;
  /** How many at any time. */
  readonly atOnce: number;
  readonly signal: AbortSignal;
  /** After a time of refused tokens: the operator gives it another token. */
  readonly onNewToken: (account: number, token: string) => void;
};

const SHORTEST_MS = 8_000;
const LONGEST_MS = 40_000;
const SLOW_MS = 2_500;
/** More than are asked meanwhile. */
const ALL = 1_000_000;

/** @returns what has happened, once all are well again */
export async function misbehave(
  accounts: readonly KommoSimulator[],
  { seed, atOnce, signal, onNewToken }: Options,
): Promise<readonly Episode[]> {
  const random = seededRandom(seed);
  const busy = new Set<number>();
  const episodes: Episode[] = [];
  const of = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;

  async function oneAfterAnother(): Promise<void> {
    while (!signal.aborted) {
      const account = Math.floor(random() * accounts.length);
      const simulator = accounts[account];
      if (simulator === undefined || busy.has(account)) continue;
      busy.add(account);
      const episode: Episode = { account, kind: of(KINDS), from: Date.now(), to: Infinity };
      episodes.push(episode);
      begin(simulator, episode.kind);
      const lasts = SHORTEST_MS + random() * (LONGEST_MS - SHORTEST_MS);
      await sleep(lasts, undefined, { signal }).catch(() => undefined);
      const token = end(simulator, episode);
      if (token !== undefined) onNewToken(account, token);
      episode.to = Date.now();
      busy.delete(account);
    }
  }

  const saved = (): Saved => of(["nothing", "all"]);
  /** Some of what is answered badly was carried out all the same. */
  function mixed(fault: (saved: Saved) => Fault): Fault[] {
    return Array.from({ length: 40 }, () => fault(saved()));
  }

  function begin({ fail, tokens }: KommoSimulator, kind: Episode["kind"]): void {
    switch (kind) {
      case "errors":
        fail(...mixed((what) => ({ kind: "status", status: 500, saved: what })));
        return fail({ kind: "status", status: 503, times: ALL });
      case "slow":
        return fail({ kind: "slow-answer", ms: SLOW_MS, times: ALL });
      case "resets":
        fail(...mixed((what) => ({ kind: "reset", saved: what })));
        return fail({ kind: "reset", saved: "nothing", times: ALL });
      case "too many":
        return fail({ kind: "status", status: 429, times: ALL });
      case "token refused":
        return tokens.revokeAll();
      case "silent":
        fail(...mixed((what) => ({ kind: "silence", saved: what })));
        return fail({ kind: "silence", saved: "nothing", times: ALL });
    }
  }

  await Promise.all(Array.from({ length: Math.min(atOnce, accounts.length) }, oneAfterAnother));
  return episodes;
}

/** @returns the token that is good from now on, where those before are not any more */
function end(simulator: KommoSimulator, { kind, from }: Episode): string | undefined {
  simulator.faults.clear();
  if (kind !== "token refused") return undefined;
  const token = `${simulator.token}-${from}`;
  const [owner = 0] = simulator.account.users.keys();
  simulator.tokens.addLongLived(token, { userId: owner });
  return token;
}
