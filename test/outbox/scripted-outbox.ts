// An outbox on a real store, with a hand-moved clock and a far side that answers as the test says.
// Steps are told by name; the course below books a client, makes a card where there is none, and
// turns what comes later for a new client into a note on the card that was made.
import type { BatchAnswer, Course, Delivery, Recollection } from "../../src/outbox/delivery.ts";
import type { OutboxOptions } from "../../src/outbox/options.ts";
import { createOutbox, type Outbox } from "../../src/outbox/outbox.ts";
import { outboxMigrations } from "../../src/outbox/schema.ts";
import { sql, type Row, type Store } from "../../src/store/store.ts";
import { storeFolder } from "../store/store-folder.ts";
import { handClock, type HandClock } from "./hand-clock.ts";

export type TestStep = {
  readonly kind: "book" | "make" | "note" | "task";
  readonly name: string;
  readonly card?: number;
};
export type TestResult = { readonly card: number };

export const book = (name: string): TestStep => ({ kind: "book", name });
export const make = (name: string): TestStep => ({ kind: "make", name });
export const task = (name: string): TestStep => ({ kind: "task", name });

export const done = (card = 7): Delivery<TestResult> => ({ kind: "done", result: { card } });
export const later = (afterMs = 0): Delivery<TestResult> => ({
  kind: "later",
  reason: "429",
  afterMs,
});
export const unknown: Delivery<TestResult> = { kind: "unknown", reason: "time-out" };
export const nothingThere: Delivery<TestResult> = { kind: "nothing-there" };
export const refused: Delivery<TestResult> = { kind: "refused", reason: "bad", hint: "correct it" };

export const course: Course<TestStep, TestResult> = {
  revise: (step, memory) =>
    step.kind === "make" && memory !== undefined
      ? { kind: "note", name: step.name, card: (memory as TestResult).card }
      : step,
  after(step, answer) {
    if (answer.kind === "nothing-there" && step.kind === "book")
      return { follow: [make(step.name)] };
    if (answer.kind === "done" && step.kind === "make")
      return { follow: [], remember: answer.result };
    return { follow: [] };
  },
  mayShareBatch: (kind) => kind === "book",
};

type Answers = readonly Delivery<TestResult>[] | BatchAnswer<TestResult>;
export type Script = {
  send(steps: readonly TestStep[], signal: AbortSignal): Answers | Promise<Answers>;
  recall(steps: readonly TestStep[]): readonly Recollection<TestResult>[];
};

export type ScriptedOutbox = {
  readonly outbox: Outbox<TestStep>;
  readonly store: Store;
  readonly clock: HandClock;
  readonly script: Script;
  /** Batches as they went out: "book a b". */
  readonly sent: string[];
  readonly recalled: string[];
  readonly told: string[];
  queue(origin: string, key: string, ...steps: TestStep[]): Promise<void>;
  start(): Promise<void>;
  /** Resolves when the store has answered all that it was asked, and nothing more is asked of it. */
  settled(): Promise<void>;
  /** Resolves when the outbox has nothing to do before the clock moves. */
  quiet(): Promise<void>;
  /** Moves the clock, in steps small enough for every wait in between to end in time. */
  pass(ms: number): Promise<void>;
  rows(columns: string): Promise<readonly Row[]>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** Knows whether something is asked of the store that it has not answered. */
function observed(store: Store): { readonly store: Store; readonly isIdle: () => boolean } {
  let asked = 0;
  const counted = <T>(answer: Promise<T>): Promise<T> => {
    asked++;
    return answer.finally(() => asked--);
  };
  return {
    store: {
      ...store,
      write: (statements, guard) => counted(store.write(statements, guard)),
      read: (statement) => counted(store.read(statement)),
    },
    isIdle: () => asked === 0,
  };
}

export async function scriptedOutbox(
  script: Partial<Script> = {},
  options: Partial<OutboxOptions<TestStep, TestResult>> & {
    batchSize?: number;
    /** The store as the outbox sees it. */
    through?: (store: Store) => Store;
  } = {},
): Promise<ScriptedOutbox> {
  const place = storeFolder();
  const { store, isIdle } = observed(await place.open({ migrations: outboxMigrations }));
  const clock = handClock();
  const sent: string[] = [];
  const recalled: string[] = [];
  const told: string[] = [];
  const played: Script = {
    send: (steps) => steps.map(() => done()),
    recall: (steps) => steps.map(() => ({ kind: "absent" })),
    ...script,
  };
  const tellBatch = (steps: readonly TestStep[]): string =>
    [steps[0]?.kind, ...steps.map(({ name }) => name)].join(" ");
  const outbox = createOutbox<TestStep, TestResult>({
    clock,
    course,
    farSide: {
      async send(steps, signal) {
        sent.push(tellBatch(steps));
        const answers = await played.send(steps, signal);
        return "deliveries" in answers ? answers : { deliveries: answers };
      },
      recall(steps) {
        recalled.push(tellBatch(steps));
        return Promise.resolve(played.recall(steps));
      },
      batchSize: () => options.batchSize ?? 50,
    },
    onDone: ({ step }, { kind }) => told.push(`${kind} ${step.kind} ${step.name}`),
    onSetAside: ({ step }, { reason }) => told.push(`set aside ${step.name}: ${reason}`),
    onHalt: ({ reason }) => told.push(`halt ${reason}`),
    onResume: () => told.push("resume"),
    onCrash: (error) => told.push(`crash ${error.message}`),
    ...options,
    store: options.through?.(store) ?? store,
  });

  async function settled(): Promise<void> {
    do {
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    } while (!isIdle());
  }

  async function quiet(): Promise<void> {
    let begun = -1;
    while (clock.sleepers() === 0 || clock.sleepsBegun() !== begun) {
      begun = clock.sleepsBegun();
      await settled();
    }
  }

  return {
    outbox,
    store,
    clock,
    script: played,
    sent,
    recalled,
    told,
    quiet,
    settled,
    async queue(origin, key, ...steps) {
      await store.write(outbox.statementsFor(origin, key, steps));
      outbox.wake();
    },
    start: () => outbox.start(new AbortController().signal),
    async pass(ms) {
      for (let left = ms; left > 0; left -= 1_000) {
        await quiet();
        clock.advance(Math.min(1_000, left));
      }
      await quiet();
    },
    rows: (columns) => store.read(sql(`SELECT ${columns} FROM step ORDER BY id`)),
    async [Symbol.asyncDispose]() {
      const stopped = outbox.stop();
      const isStopped = stopped.then(() => true);
      while (!(await Promise.race([isStopped, settled().then(() => false)]))) {
        clock.advance(1_000);
      }
      await place[Symbol.asyncDispose]();
    },
  };
}
