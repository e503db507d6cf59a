// F91: the store is put back as it was an hour ago. What was booked since is not booked again.
import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { openDay } from "./office-day.ts";

const HOUR_MS = 3_600_000;

test("F91: with a backup of an hour ago put back, nothing is booked a second time", async () => {
  const day = await openDay(91, { calls: 16 });
  const { office } = day;
  const file = (name: string): string => office.diskPath(name);
  try {
    await day.play(4);
    await day.allBooked();
    // In the backup stand calls that are to be booked, and calls that go on.
    office.kommoLine.become("refuse");
    office.kommoLine.resetAll();
    await day.play(4);
    const { over } = await day.begin(4);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await office.ask(`VACUUM INTO '${office.storeFile}.backup'`);
    office.kommoLine.become("pass");
    await over;
    await day.allBooked();

    const connected = office.daemon.nextLogin();
    const dead = office.daemon.death();
    writeFileSync(office.clockFile, String(HOUR_MS));
    office.daemon.signal("SIGKILL");
    await dead;
    for (const suffix of ["-wal", "-shm"]) rmSync(file(`store.db${suffix}`), { force: true });
    copyFileSync(file("store.db.backup"), file("store.db"));
    office.kept.forget();
    await connected;
    await day.play(2);
    await day.allBooked();

    expect(await day.problems()).toEqual([]);
  } finally {
    await office.close();
  }
});
