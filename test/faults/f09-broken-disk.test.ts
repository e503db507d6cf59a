// F09: the disk takes a write no more and says so (EIO). The daemon ends with the reason, and what it
// could not write is not taken for done: its next life books it, once.
import { execFileSync } from "node:child_process";
import { expect, test } from "@jest/globals";
import { openDay } from "./office-day.ts";

test("F09: a write that fails for good ends the daemon with its reason, and nothing is lost or doubled", async () => {
  const day = await openDay(9);
  const { office } = day;
  try {
    await day.play(3);
    await day.allBooked();
    const dead = office.daemon.death();
    const connected = office.daemon.nextLogin();
    office.marks.unkept.push({ from: Date.now(), to: Infinity });
    // No byte behind the first page: SQLite sees a write that fails, and no full disk.
    execFileSync("prlimit", ["--pid", String(office.daemon.pid()), "--fsize=4096"]);

    const { over } = await day.begin(4);
    await dead;
    const span = office.marks.unkept.at(-1);
    await connected; // a new process, without the limit
    if (span !== undefined) office.marks.unkept.splice(-1, 1, { ...span, to: Date.now() });
    await over;
    await day.play(3);
    await day.allBooked();
    const [lastWords, ...others] = office.daemon.crashes;
    const problems = await day.problems();

    expect(lastWords).toContain("SQLITE_IOERR");
    expect(others).toEqual([]);
    expect(problems.filter((problem) => problem !== lastWords)).toEqual([]);
    expect(office.daemon.starts()).toBe(2);
  } finally {
    await office.close();
  }
});
