// A daemon of nothing but store and outbox. Its far side is a file: a line is a booking.
// Arguments: store, file, and "work", "hang-before" or "hang-after" the booking.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { systemClock } from "../../src/lib/clock.ts";
import type { FarSide } from "../../src/outbox/delivery.ts";
import { createOutbox } from "../../src/outbox/outbox.ts";
import { outboxMigrations } from "../../src/outbox/schema.ts";
import { openStoreAt } from "../store/store-folder.ts";

type Booking = { readonly kind: "make"; readonly name: string };

const [path = "", file = "", manner = "work"] = process.argv.slice(2);
const say = (word: string): boolean => process.stdout.write(`${word}\n`);
const booked = (): string[] =>
  existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];

async function hang(): Promise<never> {
  say("hanging");
  setInterval(() => {}, 1_000);
  return new Promise<never>(() => {});
}

const farSide: FarSide<Booking, null> = {
  async send(steps) {
    if (manner === "hang-before") await hang();
    appendFileSync(file, steps.map(({ name }) => `${name}\n`).join(""));
    say(`booked ${booked().length}`);
    if (manner === "hang-after") await hang();
    await systemClock.sleep(3);
    return { deliveries: steps.map(() => ({ kind: "done", result: null })) };
  },
  recall(steps) {
    const names = new Set(booked());
    return Promise.resolve(
      steps.map(({ name }) =>
        names.has(name) ? { kind: "done", result: null } : { kind: "absent" },
      ),
    );
  },
  batchSize: () => 1,
};

const opened = await openStoreAt({ path, migrations: outboxMigrations });
if (!opened.ok) throw new Error(opened.failure.reason);
const outbox = createOutbox<Booking, null>({
  store: opened.value,
  clock: systemClock,
  farSide,
  course: { revise: (step) => step, after: () => ({ follow: [] }), mayShareBatch: () => false },
  gatherMs: 0,
  believeAbsenceAfterMs: 100,
  secondLookAfterMs: 50,
});
await outbox.start(new AbortController().signal);
await outbox.drained();
say("drained");
