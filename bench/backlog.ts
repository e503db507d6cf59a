/**
 * What a backlog costs: 1,000 calls of clients that Kommo knows, through outbox, limiter and client to
 * a simulated account. The baseline is one request a call.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAccountUrl } from "../src/kommo/account-url.ts";
import { createKommoClient } from "../src/kommo/client.ts";
import { createKommoFarSide } from "../src/kommo/far-side.ts";
import { createLimiter } from "../src/kommo/limiter.ts";
import type { KommoResult, KommoStep } from "../src/kommo/step.ts";
import { systemClock } from "../src/lib/clock.ts";
import { createOutbox } from "../src/outbox/outbox.ts";
import { outboxMigrations } from "../src/outbox/schema.ts";
import { createCourse } from "../src/registration/course.ts";
import { PLAIN_SETTINGS } from "../src/registration/plain-settings.ts";
import { startKommoSimulator } from "../src/simulator/kommo/server.ts";
import { openSqliteStore } from "../src/store/sqlite-store.ts";
import { phoneKey } from "../src/lib/phone.ts";

export type BacklogBench = {
  readonly calls: number;
  readonly requests: number;
  readonly requestsPerCall: number;
  readonly mostRequestsInASecond: number;
  readonly seconds: number;
};

const CALLS = 1_000;
const quiet = { debug: () => undefined, warn: () => undefined };
const phoneOf = (index: number): string => `7916${String(1_000_000 + index)}`;

export async function benchBacklog(): Promise<BacklogBench> {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-bench-"));
  const kommo = await startKommoSimulator();
  kommo.seed.contacts(CALLS, (index) => ({ phones: [phoneOf(index)] }));
  const opened = await openSqliteStore({
    path: join(folder, "store.db"),
    migrations: outboxMigrations,
  });
  const accountUrl = parseAccountUrl(kommo.url);
  if (!opened.ok || !accountUrl.ok) throw new Error("the bench could not open its store");
  const store = opened.value;
  const limiter = createLimiter({ requestsPerSecond: 5, clock: systemClock });
  const client = createKommoClient({
    accountUrl: accountUrl.value,
    accessToken: () => kommo.token,
    limiter,
    clock: systemClock,
    log: quiet,
    userAgent: "asterisk-kommo/bench",
  });
  const outbox = createOutbox<KommoStep, KommoResult>({
    store,
    clock: systemClock,
    farSide: createKommoFarSide({ client, clock: systemClock, log: quiet }),
    course: createCourse(PLAIN_SETTINGS),
  });
  for (let index = 0; index < CALLS; index++)
    await store.write(
      outbox.statementsFor(`bench-${index}`, phoneKey(phoneOf(index)), [registerCall(index)]),
    );

  const startedAt = performance.now();
  await outbox.start(new AbortController().signal);
  await outbox.drained();
  const seconds = (performance.now() - startedAt) / 1_000;
  const requests = kommo.journal.entries().length;
  const booked = kommo.journal.calls().length;
  const mostRequestsInASecond = kommo.journal.mostRequestsInASecond();
  await outbox.stop();
  limiter.close();
  client.close();
  await store.close();
  await kommo.close();
  await rm(folder, { recursive: true, force: true });
  if (booked !== CALLS) throw new Error(`${booked} of ${CALLS} calls were booked`);
  return {
    calls: CALLS,
    requests,
    requestsPerCall: requests / CALLS,
    mostRequestsInASecond,
    seconds,
  };
}

const registerCall = (index: number): KommoStep => ({
  kind: "register-call",
  call: {
    direction: "inbound",
    phone: phoneOf(index),
    duration: 60,
    source: "bench",
    uniq: `bench-${index}`,
    call_status: 4,
    created_at: 1_795_261_714,
  },
});
