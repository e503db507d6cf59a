// F08: no file can be opened any more, and no file made. What is open stays: the exchange is listened to,
// calls are kept, and all goes on by itself when there is room again.
import { execFileSync } from "node:child_process";
import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test as inTurn } from "@jest/globals";
import { openDay, until, type Day } from "./office-day.ts";

/** Each waits most of its time, and has all that it needs for itself: at once. */
const test = inTurn.concurrent;

const limitFiles = ({ office }: Day, most: number): unknown =>
  execFileSync("prlimit", ["--pid", String(office.daemon.pid()), `--nofile=${most}:4096`]);

/** By the listener of status and metrics; each time over a new connection. */
async function isServed({ office }: Day): Promise<boolean> {
  const port =
    /"listener":"http","host":"[^"]*","port":(\d+)/.exec(office.daemon.log())?.[1] ?? "0";
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`, {
      signal: AbortSignal.timeout(5_000),
      headers: { connection: "close" },
    });
    return answer.ok;
  } catch {
    return false;
  }
}

test("F08: without file descriptors the line to the exchange stays, and nothing has to be restarted", async () => {
  const day = await openDay(8);
  const { office } = day;
  try {
    await day.play(2);
    await day.allBooked();
    const lossesBefore = office.marks.lost.length;
    limitFiles(day, 3);

    const servedMeanwhile = await isServed(day);
    await day.play(5);
    const lossesMeanwhile = office.marks.lost.length - lossesBefore;
    limitFiles(day, 4_096);
    await day.play(3);
    await day.allBooked();
    const servedAfterwards = await isServed(day);

    expect(servedMeanwhile).toBe(false);
    expect(servedAfterwards).toBe(true);
    expect(lossesMeanwhile).toBe(0);
    expect(await day.problems()).toEqual([]);
    expect(office.daemon.starts()).toBe(1);
  } finally {
    await office.close();
  }
});

/** @param spare so many files can still be made */
function limitInodes({ office }: Day, spare: number): void {
  const { files, ffree } = statfsSync(office.diskPath("."));
  const [command = "", ...enter] = office.disk.enter;
  const options = `remount,nr_inodes=${files - ffree + spare}`;
  execFileSync(command, [...enter, "mount", "-o", options, dirname(office.storeFile)]);
}

test("F08: on a disk that takes no new file calls are booked all the same", async () => {
  const day = await openDay(80);
  const { office } = day;
  try {
    await until(
      () => office.daemon.log().includes('"connected to the exchange"'),
      () => "it never was at the exchange",
    );
    limitInodes(day, 0);

    await day.play(5);
    await day.allBooked();
    limitInodes(day, 10_000);
    await day.play(2);
    await day.allBooked();

    expect(await day.problems()).toEqual([]);
    expect(office.daemon.starts()).toBe(1);
  } finally {
    await office.close();
  }
});
