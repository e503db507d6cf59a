// Figures that are kept as calls are accepted say the same as the calls themselves.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { acceptCall } from "../../../src/calls/archive.ts";
import { callFiguresSchema } from "../../../src/calls/figures-schema.ts";
import type { FinishedCall } from "../../../src/calls/finished-call.ts";
import { countOldCalls } from "../../../src/cli/archive/count-figures.ts";
import { readStatistics, type Period } from "../../../src/cli/admin/statistics.ts";
import { storeMigrations } from "../../../src/cli/daemon/store-migrations.ts";
import { openSqliteStore } from "../../../src/store/sqlite-store.ts";
import { sql, type DaemonStore, type Statement } from "../../../src/store/store.ts";
import { dayBounds } from "../../../src/cli/admin/zone-days.ts";
import { answered, missed, openCallArchive, part, NOON } from "./call-archive.ts";

const HOUR_S = 3_600;
const BY = ["101", "102", "103"] as const;

/** One every 37 minutes for four days around noon: answered, missed, dialled, and rung at two. */
const fourDays = (): FinishedCall[] =>
  Array.from({ length: 156 }, (_, number) => {
    const at = -48 * HOUR_S + number * 37 * 60;
    const by = BY[number % 3] ?? "101";
    if (number % 4 === 0) return missed(at);
    if (number % 4 === 1) return answered(at, by, { direction: "outbound" });
    if (number % 4 === 2) return answered(at, by);
    const from = NOON + at * 1_000;
    return answered(at, by, {
      conversations: [
        part("104", { from, to: from + 5_000 }),
        part(by, { from, to: from + 5_000 }),
        part(by, { from: from + 6_000, accepted: from + 9_000, to: from + 60_000 }),
      ],
    });
  });

const accepted = (call: FinishedCall): Statement =>
  acceptCall({
    ...{ id: call.linkedId, call, clientKey: call.clientPhone?.slice(-10) ?? "" },
    ...{ decisions: [], acceptedAt: call.endedAt },
  });

const days = (from: string, to: string, timeZone: string): Period => ({
  from: dayBounds(from, timeZone)?.from ?? 0,
  to: dayBounds(to, timeZone)?.to ?? 0,
});

const read = (store: Pick<DaemonStore, "read">, period: Period, timeZone: string) =>
  readStatistics(period, { store, timeZone, nameOf: () => null });

test.each([
  ["Europe/Lisbon", "2026-11-20", "2026-11-22"],
  ["Asia/Kathmandu", "2026-11-20", "2026-11-22"],
  ["America/Bogota", "2026-11-21", "2026-11-21"],
  ["Pacific/Chatham", "2026-11-19", "2026-11-23"],
])(
  "in %s, from %s to %s, nothing is left out and nothing counted twice",
  async (zone, from, to) => {
    await using archive = await openCallArchive();
    const calls = fourDays();
    await archive.add(...calls);
    const period = days(from, to, zone);
    const wanted = calls.filter(({ startedAt: at }) => at >= period.from && at < period.to);
    const withClients = wanted.map((call) => ({
      ...call,
      by: (who: string) => call.conversations.filter(({ extension }) => extension === who),
    }));

    const { now, employees, hours } = await read(archive.store, period, zone);

    expect(now.calls).toBe(wanted.length);
    expect(hours.reduce((sum, hour) => sum + hour.answered + hour.missed, 0)).toBe(wanted.length);
    for (const { extension: who, inbound, outbound, notAnswered, talkSeconds } of employees) {
      const count = (direction: string, isAnswered: boolean): number =>
        withClients.filter(
          (call) =>
            call.direction === direction &&
            call.by(who).some(({ result }) => (result === "answered") === isAnswered),
        ).length;
      expect([who, inbound, outbound, notAnswered]).toEqual([
        who,
        count("inbound", true),
        count("outbound", true) + count("outbound", false),
        count("inbound", false),
      ]);
      const talked = withClients.flatMap((call) => call.by(who).map((one) => one.talkSeconds));
      expect(talkSeconds).toBe(talked.reduce((sum, seconds) => sum + seconds, 0));
    }
    expect(employees.length).toBe(4);
  },
);

test("what was accepted before there were figures is counted in pieces, over a restart too, and what comes meanwhile once", async () => {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-figures-"));
  const path = join(folder, "store.db");
  const open = async (migrations: typeof storeMigrations): Promise<DaemonStore> => {
    const opened = await openSqliteStore({ path, migrations });
    if (!opened.ok) throw new Error(opened.failure.reason);
    return opened.value;
  };
  await using fresh = await openCallArchive();
  // More than two pieces.
  const calls = [0, 1, 2].flatMap(fourDays);
  await fresh.add(...calls);
  const old = await open(storeMigrations.filter((one) => one !== callFiguresSchema));
  await old.write(calls.slice(1).map(accepted));
  await old.close();

  const brought = await open(storeMigrations);
  const period = days("2026-11-20", "2026-11-22", "Europe/Lisbon");
  const stopping = new AbortController();
  const keep = (statements: readonly Statement[]) => brought.write(statements);
  const counting = { glance: brought, keep, signal: stopping.signal };
  await countOldCalls({ ...counting, pause: () => Promise.resolve(stopping.abort()) });
  const meanwhile = await read(brought, period, "Europe/Lisbon");
  await brought.write(calls.slice(0, 1).map(accepted));
  await countOldCalls({
    ...{ ...counting, signal: new AbortController().signal },
    pause: () => Promise.resolve(),
  });
  const told = await read(brought, period, "Europe/Lisbon");
  await brought.close();
  await rm(folder, { recursive: true, force: true });

  const wanted = await read(fresh.store, period, "Europe/Lisbon");
  expect([meanwhile.isCounting, told.isCounting]).toEqual([true, false]);
  expect(meanwhile.now.calls).toBeLessThan(told.now.calls);
  expect(told.employees).toEqual(wanted.employees);
  expect([told.hours, told.days, told.results]).toEqual([
    wanted.hours,
    wanted.days,
    wanted.results,
  ]);
  expect(told.now.medianAnswerSeconds).toBe(wanted.now.medianAnswerSeconds);
});

test("with a call that the archive removes goes what was counted before its six hours", async () => {
  await using archive = await openCallArchive();
  const [first = missed(0), ...others] = fourDays();
  await archive.add(first, ...others);
  const late = others.at(-1);

  await archive.store.write([sql("DELETE FROM call WHERE id = ?", first.linkedId)]);
  const afterFirst = await read(archive.store, days("2026-11-19", "2026-11-23", "UTC"), "UTC");
  await archive.store.write([sql("DELETE FROM call WHERE id = ?", late?.linkedId ?? "")]);
  const afterLate = await read(archive.store, days("2026-11-19", "2026-11-22", "UTC"), "UTC");

  expect(afterFirst.now.calls).toBe(156);
  expect(afterLate.now.calls).toBe(0);
});
