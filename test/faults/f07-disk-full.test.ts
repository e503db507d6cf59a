// F07: the disk is full. Calls go on being booked from the reserve; when that is used up too they are
// kept in memory until there is room; recordings are shed long before.
import { statSync } from "node:fs";
import { expect, test as inTurn } from "@jest/globals";
import { evidenceOf } from "../checker/evidence.ts";
import { troublesInStore, waitUntilBooked } from "../nemesis/aftermath.ts";
import { openDay, until, type Day } from "./office-day.ts";

/** Each waits most of its time, and has all that it needs for itself: at once. */
const test = inTurn.concurrent;

const SAYS_IN_USE = "its reserve is in use";
const SAYS_WHOLE = "its reserve is whole";
const SAYS_WAITS = "the store does not take writes, waiting";

const hasReserve = ({ office }: Day): boolean =>
  (statSync(office.diskPath("store.db.reserve"), { throwIfNoEntry: false })?.size ?? 0) >=
  2 * 1024 * 1024;

const reserveIsThere = (day: Day): Promise<void> =>
  until(
    () => hasReserve(day),
    () => "there never was a reserve",
  );

test("F07: calls on a full disk are booked at once, from the reserve; with room it is made again", async () => {
  const day = await openDay(7);
  const { office } = day;
  try {
    await reserveIsThere(day);
    office.disk.fill();

    await day.play(8);
    await day.says(SAYS_IN_USE);
    const left = await waitUntilBooked(office, 120_000);
    const reserveLeft = statSync(office.diskPath("store.db.reserve")).size;
    const bookedWhileFull = evidenceOf(office.kommo).calls.length;
    office.disk.free();
    await day.says(SAYS_WHOLE);

    expect(left).toEqual([]);
    expect(bookedWhileFull).toBeGreaterThan(0);
    expect(reserveLeft).toBeGreaterThan(0); // the log is brought into the file again and again
    expect(office.daemon.log()).not.toContain(SAYS_WAITS);
    expect(await day.problems()).toEqual([]);
  } finally {
    await office.close();
  }
});

test("F07: with the reserve used up calls wait in memory, and are booked once there is room", async () => {
  const day = await openDay(70);
  const { office } = day;
  const greedy = setInterval(() => office.disk.fill(), 20);
  try {
    office.disk.fill();

    await day.play(8);
    await day.says(SAYS_WAITS);
    clearInterval(greedy);
    office.disk.free();

    await day.allBooked();
    expect(await day.problems()).toEqual([]);
  } finally {
    clearInterval(greedy);
    await office.close();
  }
});

test("F07: a daemon that is told to stop while the disk is full stops, with the store whole", async () => {
  const day = await openDay(700);
  const { office } = day;
  const greedy = setInterval(() => office.disk.fill(), 20);
  try {
    office.disk.fill();
    await day.play(4);
    await day.says(SAYS_WAITS);

    const { code } = await office.daemon.stop();
    clearInterval(greedy);
    office.disk.free();

    expect(code).toBe(0);
    expect(await troublesInStore(office)).toEqual([]);
  } finally {
    clearInterval(greedy);
    await office.close();
  }
});

test("F07: a daemon that is started on a full disk hears calls, and books them from the reserve", async () => {
  const day = await openDay(7_000);
  const { office } = day;
  try {
    await reserveIsThere(day);

    await office.daemon.restart();
    office.disk.fill(); // before the next start
    await until(
      () => /"stopped"[^]*"connected to the exchange"/.test(office.daemon.log()),
      () => `it does not start: ${office.daemon.log()}`,
    );
    await day.says(SAYS_IN_USE);
    await day.play(4);
    const left = await waitUntilBooked(office, 120_000);
    const bookedWhileFull = evidenceOf(office.kommo).calls.length;
    office.disk.free();
    await day.says(SAYS_WHOLE);

    expect(left).toEqual([]);
    expect(bookedWhileFull).toBeGreaterThan(0);
    expect(await day.problems()).toEqual([]);
  } finally {
    await office.close();
  }
});
