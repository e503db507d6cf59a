// Plans through a real outbox and store to the simulated account, with a clock that a test may move on.
import { randomUUID } from "node:crypto";
import { linkedId } from "../../src/ami/ids.ts";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { parseAccountUrl } from "../../src/kommo/account-url.ts";
import { createKommoClient } from "../../src/kommo/client.ts";
import { createKommoFarSide } from "../../src/kommo/far-side.ts";
import { createLimiter } from "../../src/kommo/limiter.ts";
import type { KommoResult, KommoStep } from "../../src/kommo/step.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createOutbox } from "../../src/outbox/outbox.ts";
import { parseToldStep, stepsOf } from "../../src/outbox/story.ts";
import { outboxMigrations } from "../../src/outbox/schema.ts";
import { createCourse } from "../../src/registration/course.ts";
import { planCall } from "../../src/registration/plan.ts";
import type { RegistrationSettings } from "../../src/registration/settings.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import type { Switches } from "../../src/simulator/kommo/switches.ts";
import { sql } from "../../src/store/store.ts";
import { movableClock } from "../faults/movable-clock.ts";
import { storeFolder } from "../store/store-folder.ts";
import { settings as plain } from "./made-up-call.ts";

export type Office = {
  readonly kommo: KommoSimulator;
  readonly asideFor: string[];
  /** The calls are accepted together, in this order; resolves when all is done, set aside or waiting. */
  end(...calls: readonly FinishedCall[]): Promise<void>;
  /** Moves the outbox's clock. */
  pass(ms: number): Promise<void>;
  /** "kind: decided" of what was decided after answers. */
  decisions(): Promise<string[]>;
  [Symbol.asyncDispose](): Promise<void>;
};

const quiet = { debug: () => undefined, warn: () => undefined };

export async function openOffice(
  changes: Partial<RegistrationSettings> = {},
  switches: Partial<Switches> = {},
): Promise<Office> {
  const place = storeFolder();
  const store = await place.open({ migrations: outboxMigrations });
  const kommo = await startKommoSimulator({ switches: { requestsPerSecond: 0, ...switches } });
  const accountUrl = parseAccountUrl(kommo.url);
  if (!accountUrl.ok) throw new Error("the simulator has no address");
  const clock = movableClock();
  const limiter = createLimiter({ requestsPerSecond: 100, clock: systemClock, intervalMs: 5 });
  const client = createKommoClient({
    accountUrl: accountUrl.value,
    accessToken: () => kommo.token,
    limiter,
    clock: systemClock,
    log: quiet,
    userAgent: "asterisk-kommo/test",
  });
  const asideFor: string[] = [];
  const settings = { ...plain, ...changes };
  const outbox = createOutbox<KommoStep, KommoResult>({
    store,
    clock,
    farSide: createKommoFarSide({ client, clock, log: quiet }),
    course: createCourse(settings),
    onSetAside: (_, { reason }) => asideFor.push(reason),
  });
  await outbox.start(new AbortController().signal);

  const OPEN_OR_DUE = `SELECT count(*) AS open FROM step WHERE state IN ('sending', 'unknown')
    OR (state = 'ready' AND has_waited = 0)
    OR (state = 'ready' AND has_waited = 1 AND due_at <= ?)`;
  async function settled(): Promise<void> {
    for (;;) {
      const [row] = await store.read(sql(OPEN_OR_DUE, clock.now()));
      if (row?.["open"] === 0) return;
      await systemClock.sleep(10);
      clock.moveBy(0); // whoever sleeps for less than has passed wakes up
    }
  }

  return {
    kommo,
    asideFor,
    async end(...calls) {
      const statements = calls.flatMap((call) => {
        const named = { ...call, linkedId: linkedId(randomUUID()) };
        const { key, steps } = planCall(named, settings);
        return outbox.statementsFor(named.linkedId, key, steps);
      });
      await store.write(statements);
      outbox.wake();
      await settled();
    },
    async pass(ms) {
      clock.moveBy(ms);
      outbox.wake();
      await settled();
    },
    async decisions() {
      const calls = await store.read(
        sql("SELECT origin FROM step GROUP BY origin ORDER BY min(turn)"),
      );
      const told = await Promise.all(
        calls.map(({ origin }) => store.read(stepsOf(String(origin)))),
      );
      return told
        .flat()
        .map(parseToldStep)
        .flatMap(({ kind, why }) => why.map(({ decided }) => `${kind}: ${decided}`));
    },
    async [Symbol.asyncDispose]() {
      await outbox.stop();
      limiter.close();
      client.close();
      await place[Symbol.asyncDispose]();
      await kommo.close();
    },
  };
}
