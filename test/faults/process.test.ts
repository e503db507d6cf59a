// What happens to the daemon's process: it is told to stop in the middle of everything, it hangs and is
// killed for it, nobody reads what it writes, its host's time zone changes.
import { writeFileSync } from "node:fs";
import { expect, test as inTurn } from "@jest/globals";
import { evidenceOf } from "../checker/evidence.ts";
import { openDay } from "./office-day.ts";

/** Each waits most of its time, and has all that it needs for itself: at once. */
const test = inTurn.concurrent;

test("F05: told to stop with calls running and requests unanswered, it ends in peace and books all", async () => {
  const day = await openDay(5);
  const { office } = day;
  try {
    const { over } = await day.begin(12);
    for (let left = 4; left > 0; left--) office.kommo.fail({ kind: "silence", saved: "all" });
    await new Promise((resolve) => setTimeout(resolve, 3_000));

    await office.daemon.restart();
    await over;
    await day.listens();
    await day.play(3); // on a slow machine none of those before may be bound to be booked
    await day.allBooked();

    expect(await day.problems()).toEqual([]);
    expect(office.daemon.starts()).toBe(2);
  } finally {
    await office.close();
  }
});

test("F17: a daemon that hangs and is killed for it goes on where it was", async () => {
  const day = await openDay(17);
  const { office } = day;
  try {
    await day.play(4);
    const { over } = await day.begin(6);
    office.daemon.signal("SIGSTOP");
    await new Promise((resolve) => setTimeout(resolve, 4_000)); // what a watchdog waits, in short
    const connected = office.daemon.nextLogin();
    office.daemon.signal("SIGKILL"); // systemd, when its watchdog was not fed
    await connected;
    await over;
    await day.play(3);
    await day.allBooked();

    expect(await day.problems()).toEqual([]);
  } finally {
    await office.close();
  }
});

const START_OF_SUMMER = Date.UTC(2027, 2, 28, 1, 0, 0); // Berlin: 2 o'clock becomes 3

test("F15: a call over the change to summer time, and one in another time zone, are where they were", async () => {
  const zones = ["Europe/Berlin", "America/Sao_Paulo"];
  const day = await openDay(15, { environment: () => ({ TZ: zones.shift() ?? "Asia/Kolkata" }) });
  const { office } = day;
  const setTo = (at: number): void => {
    writeFileSync(office.clockFile, String(at - Date.now()));
    office.daemon.signal("SIGUSR2");
  };
  try {
    setTo(START_OF_SUMMER - 3_000);
    await new Promise((resolve) => setTimeout(resolve, 1_500)); // followed while no call runs
    await day.play(4);
    await day.allBooked();
    const overTheChange = evidenceOf(office.kommo).calls;
    const connected = office.daemon.nextLogin();
    await office.daemon.restart();
    await connected;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await day.play(3);
    await day.allBooked();
    const inBrazil = evidenceOf(office.kommo).calls.slice(overTheChange.length);

    const minutesFrom = (at: number): number => Math.abs(at - START_OF_SUMMER / 1_000) / 60;
    expect(overTheChange.map(({ created_at: at }) => minutesFrom(at)).every((m) => m < 10)).toBe(
      true,
    );
    expect(inBrazil.map(({ created_at: at }) => minutesFrom(at)).every((m) => m < 10)).toBe(true);
    expect(await day.problems()).toEqual([]);
  } finally {
    await office.close();
  }
});
