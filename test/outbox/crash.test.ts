// The daemon's death at any moment: a process of its own, killed, against a far side that is a file.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { outboxMigrations } from "../../src/outbox/schema.ts";
import { createOutbox } from "../../src/outbox/outbox.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { storeFolder, type StoreFolder } from "../store/store-folder.ts";
import { course, make } from "./scripted-outbox.ts";

const STEPS = 40;

async function queueCalls(place: StoreFolder, calls: number): Promise<void> {
  const store = await place.open({ migrations: outboxMigrations });
  const farSide = {
    send: () => Promise.reject(new Error("not started")),
    recall: () => Promise.reject(new Error("not started")),
    batchSize: () => 1,
  };
  const outbox = createOutbox({ store, clock: systemClock, course, farSide });
  for (let call = 0; call < calls; call++) {
    await store.write(outbox.statementsFor(`${call}`, `${call % 7}`, [make(`call ${call}`)]));
  }
  await store.close();
}

const startDaemon = (place: StoreFolder, manner: string): ChildProcess =>
  spawn(
    process.execPath,
    [`${import.meta.dirname}/delivering-process.ts`, place.path, bookedFile(place), manner],
    { stdio: ["ignore", "pipe", "inherit"] },
  );

const bookedFile = (place: StoreFolder): string => join(place.folder, "booked.txt");

const booked = (place: StoreFolder): string[] =>
  existsSync(bookedFile(place))
    ? readFileSync(bookedFile(place), "utf8").trim().split("\n").filter(Boolean)
    : [];

/** Resolves when what the daemon has said so far is enough, or when it has ended. */
const saidEnough = (daemon: ChildProcess, isEnough: (text: string) => boolean): Promise<void> =>
  new Promise((resolve) => {
    let text = "";
    daemon.stdout?.on("data", (chunk: Buffer) => {
      text += String(chunk);
      if (isEnough(text)) resolve();
    });
    daemon.stdout?.on("end", resolve);
  });

const said = (daemon: ChildProcess, word: string): Promise<void> =>
  saidEnough(daemon, (text) => text.includes(word));

/** So many or more: the daemon before may have gone on while its end was on the way. */
const saidBooked = (daemon: ChildProcess, atLeast: number): Promise<void> =>
  saidEnough(daemon, (text) =>
    [...text.matchAll(/booked (\d+)\n/g)].some(([, count]) => Number(count) >= atLeast),
  );

async function kill(daemon: ChildProcess): Promise<void> {
  const exited = once(daemon, "exit");
  daemon.kill("SIGKILL");
  await exited;
}

test.each([
  ["after the far side did it and before its answer came", "hang-after"],
  ["after the ledger row and before the far side heard of it", "hang-before"],
])("F02, F03: killed %s, a call is booked exactly once", async (_, manner) => {
  await using place = storeFolder();
  await queueCalls(place, 1);
  const first = startDaemon(place, manner);
  await said(first, "hanging");
  await kill(first);
  const atDeath = booked(place);

  const second = startDaemon(place, "work");
  await said(second, "drained");
  await kill(second);

  expect(atDeath).toHaveLength(manner === "hang-after" ? 1 : 0);
  expect(booked(place)).toEqual(["call 0"]);
});

test("F01: killed again and again at any moment, every call is booked exactly once and in order", async () => {
  await using place = storeFolder();
  await queueCalls(place, STEPS);

  for (const bookings of [3, 9, 14, 20, 29]) {
    const daemon = startDaemon(place, "work");
    await Promise.race([saidBooked(daemon, bookings), said(daemon, "drained")]);
    await kill(daemon);
  }
  const last = startDaemon(place, "work");
  await said(last, "drained");
  await kill(last);

  const all = Array.from({ length: STEPS }, (_, call) => `call ${call}`);
  const inOrder = [0, 1, 2, 3, 4, 5, 6].map((client) =>
    booked(place).filter((name) => Number(name.slice(5)) % 7 === client),
  );
  expect(booked(place).toSorted()).toEqual(all.toSorted());
  expect(inOrder).toEqual(
    [0, 1, 2, 3, 4, 5, 6].map((client) => all.filter((_name, call) => call % 7 === client)),
  );
});
