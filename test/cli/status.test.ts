// What the daemon waits for, as a program that watches it is told.
import { expect, test } from "@jest/globals";
import type { AmiState } from "../../src/ami/session.ts";
import { readHealth } from "../../src/cli/daemon/status.ts";
import { watchedStore, type WriteTold } from "../../src/cli/daemon/watched-store.ts";
import { epochMs, systemClock } from "../../src/lib/clock.ts";
import { StoreFailure, type DaemonStore } from "../../src/store/store.ts";

const CONNECTED: AmiState = { kind: "connected", version: "11.0.0", since: epochMs(0) };
const NO_COUNTS = { logins: 0, losses: 0, oversize: 0, forged: 0, unmatched: 0 };
const CONNECTING: AmiState = { kind: "connecting" };

const lineOf = (name: string | undefined, state: AmiState) => ({
  ...{ name, running: () => 0 },
  session: { state: () => state, counters: () => NO_COUNTS },
});

test("of several exchanges those are named that are waited for", () => {
  const exchanges = [lineOf("berlin", CONNECTED), lineOf("hamburg", CONNECTING)];

  const { waitingFor } = readHealth({ exchanges, isStoreWell: () => true });

  expect(waitingFor).toEqual(["asterisk hamburg"]);
});

test.each<[boolean, AmiState, boolean, string[]]>([
  [true, CONNECTED, true, []],
  [true, CONNECTING, true, ["asterisk"]],
  [false, { kind: "idle" }, true, []],
  [true, CONNECTING, false, ["asterisk", "store"]],
])("%#: what is missing is waited for: the exchange, a store that writes", (...row) => {
  const [hasExchange, state, isWell, wanted] = row;

  const line = lineOf(undefined, state);
  const { waitingFor } = readHealth({
    exchanges: hasExchange ? [line] : [],
    isStoreWell: () => isWell,
  });

  expect(waitingFor).toEqual(wanted);
});

test("of each write it is told how long it took, or why it was refused", async () => {
  let next: () => Promise<never[]> = () => Promise.resolve([]);
  const told: WriteTold[] = [];
  const bare = { write: () => next() } as unknown as DaemonStore;
  const store = watchedStore(bare, { clock: systemClock, onWrite: (one) => told.push(one) });

  await store.write([]);
  next = () => Promise.reject(new StoreFailure("full", { code: "SQLITE_FULL", hint: "free it" }));
  await expect(store.write([])).rejects.toThrow("full");

  expect(told.map(({ failure }) => failure)).toEqual([undefined, "SQLITE_FULL"]);
  expect(told.every(({ ms }) => ms >= 0)).toBe(true);
});
