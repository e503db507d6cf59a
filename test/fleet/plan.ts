/**
 * Which exchange plays which recorded call when, on a day that is squeezed into minutes. Exports
 * `planFleet`, `fleetOf` and `clientNumber`.
 */
import type { DayEntry } from "../../src/cli/demo/office-day.ts";
import { seededRandom } from "../../src/simulator/pbx/rewrite.ts";
import { planCalls } from "../nemesis/day.ts";

export type FleetSize = {
  readonly exchanges: number;
  /** Exchanges are shared among them evenly, each account's in a row. */
  readonly accounts: number;
};

export type FleetExchange = {
  /** Of all. */
  readonly index: number;
  readonly account: number;
  /** As its account's configuration names it; undefined: the account's only one. */
  readonly name: string | undefined;
  /** A loopback address of its own. */
  readonly host: string;
};

export type FleetCall = { readonly exchange: number; readonly entry: DayEntry };

export type FleetPlan = {
  /** In the order of their beginnings. */
  readonly calls: readonly FleetCall[];
  /** By account: the numbers that have a card before the day begins. */
  readonly knownClients: readonly (readonly string[])[];
};

export const accountName = (account: number): string => `a${String(account).padStart(3, "0")}`;

export function fleetOf({ exchanges, accounts }: FleetSize): FleetExchange[] {
  const each = Math.ceil(exchanges / accounts);
  return Array.from({ length: exchanges }, (_, index) => ({
    index,
    account: Math.floor(index / each),
    name: each === 1 ? undefined : `x${index % each}`,
    host: `127.1.${index >> 8}.${index & 255}`,
  }));
}

/** Of calls begun, by the hour of an office's day; the busiest is 1. */
const BY_HOUR = [
  ...[0.02, 0.01, 0.01, 0.01, 0.01, 0.02, 0.05, 0.15, 0.45, 0.9, 1, 1],
  ...[0.8, 0.65, 0.9, 0.95, 0.85, 0.65, 0.4, 0.25, 0.15, 0.1, 0.05, 0.03],
];
const IN_ALL = BY_HOUR.reduce((sum, weight) => sum + weight, 0);

/** How many times the mean the busiest hour has. */
export const BUSIEST = BY_HOUR.length / IN_ALL;

/** @param share of all calls of a day @returns the part of the day after which so many have begun */
function dayPartAfter(share: number): number {
  let left = share * IN_ALL;
  for (const [hour, weight] of BY_HOUR.entries()) {
    if (left <= weight) return (hour + left / weight) / BY_HOUR.length;
    left -= weight;
  }
  return 1;
}

/** Eleven digits; no two accounts have a client in common. */
export const clientNumber = (account: number, client: number): string =>
  `79${String(account).padStart(3, "0")}${String(client).padStart(6, "0")}`;

/** Of so many recordings by chance. */
const TEMPLATES = 300;

export async function planFleet(
  fleet: readonly FleetExchange[],
  day: {
    readonly seed: number;
    readonly seconds: number;
    /** Over all exchanges and the whole day. */
    readonly callsPerSecond: number;
    /** All hours are alike. */
    readonly isEven?: boolean;
  },
): Promise<FleetPlan> {
  const random = seededRandom(day.seed);
  const templates = await planCalls(random, { count: TEMPLATES, betweenMs: 0 });
  const clients = new Map<number, number>();
  const knownClients: string[][] = [];
  const count = Math.round(day.seconds * day.callsPerSecond);
  const begins = Array.from({ length: count }, () => {
    const share = random();
    return (day.isEven === true ? share : dayPartAfter(share)) * day.seconds * 1_000;
  }).toSorted((one, other) => one - other);

  /** Every second client of an account is known. */
  function nextClient(account: number): string {
    const client = clients.get(account) ?? 0;
    clients.set(account, client + 1);
    const number = clientNumber(account, client);
    if (client % 2 === 0) (knownClients[account] ??= []).push(number);
    return number;
  }

  const calls = begins.flatMap((afterMs): FleetCall[] => {
    const exchange = fleet[Math.floor(random() * fleet.length)];
    const template = templates.entries[Math.floor(random() * templates.entries.length)];
    if (exchange === undefined || template === undefined) return [];
    const entry = withClients(template, () => nextClient(exchange.account));
    return [{ exchange: exchange.index, entry: { ...entry, afterMs } }];
  });
  return { calls, knownClients };
}

function withClients(template: DayEntry, next: () => string): DayEntry {
  const now = new Map([...template.phones.values()].map((client) => [client, next()]));
  const phones = [...template.phones].map(
    ([recorded, client]) => [recorded, now.get(client) ?? client] as const,
  );
  return {
    ...template,
    phones: new Map(phones),
    calls: template.calls.map((call) => ({
      ...call,
      client: call.client === null ? null : (now.get(call.client) ?? call.client),
    })),
  };
}
