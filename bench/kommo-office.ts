/** What the benches of Kommo work at: a simulated account far away, and the way there through the outbox. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { extension, linkedId } from "../src/ami/ids.ts";
import type { FinishedCall } from "../src/calls/finished-call.ts";
import { parseAccountUrl } from "../src/kommo/account-url.ts";
import { createKommoClient } from "../src/kommo/client.ts";
import { createKommoFarSide } from "../src/kommo/far-side.ts";
import { createLimiter } from "../src/kommo/limiter.ts";
import type { KommoResult, KommoStep } from "../src/kommo/step.ts";
import { epochMs, systemClock } from "../src/lib/clock.ts";
import { createOutbox } from "../src/outbox/outbox.ts";
import { outboxMigrations } from "../src/outbox/schema.ts";
import { createCourse } from "../src/registration/course.ts";
import { PLAIN_SETTINGS } from "../src/registration/plain-settings.ts";
import { planCall } from "../src/registration/plan.ts";
import type { RegistrationSettings } from "../src/registration/settings.ts";
import { openSqliteStore } from "../src/store/sqlite-store.ts";
import {
  phoneOf,
  REQUESTS_PER_SECOND,
  type KommoAddress,
  type KommoFigures,
} from "./kommo-server.ts";

export type FarKommo = KommoAddress & {
  figures(): Promise<KommoFigures>;
  end(): void;
};

/** @param known so many clients have a card */
export async function startFarKommo(known: number): Promise<FarKommo> {
  const server = fork(join(import.meta.dirname, "kommo-server.ts"), [String(known)], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
  const [address] = (await once(server, "message")) as [KommoAddress];
  return {
    ...address,
    figures: async () => {
      server.send("figures");
      const [figures] = (await once(server, "message")) as [KommoFigures];
      return figures;
    },
    end: () => server.disconnect(),
  };
}

export type Drained = KommoFigures & {
  readonly calls: number;
  /** From the start of the outbox to the last answer. */
  readonly seconds: number;
};

export const SETTINGS: RegistrationSettings = {
  ...PLAIN_SETTINGS,
  users: new Map([["101", [9_100_001]]]),
};

const quiet = { debug: () => undefined, warn: () => undefined };

/** So many calls have waited for the end of an outage; each is of another client. */
export async function drain(calls: number, { known }: { known: number }): Promise<Drained> {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-bench-"));
  const kommo = await startFarKommo(known);
  const opened = await openSqliteStore({
    path: join(folder, "store.db"),
    migrations: outboxMigrations,
  });
  const accountUrl = parseAccountUrl(kommo.url);
  if (!opened.ok || !accountUrl.ok) throw new Error("the bench could not open its store");
  const store = opened.value;
  const limiter = createLimiter({ requestsPerSecond: REQUESTS_PER_SECOND, clock: systemClock });
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
    course: createCourse(SETTINGS),
  });
  const statements = Array.from({ length: calls }, (_, index) => {
    const call = callOf(index);
    const { key, steps } = planCall(call, SETTINGS);
    return outbox.statementsFor(call.linkedId, key, steps);
  });
  for (let from = 0; from < calls; from += 500)
    await store.write(statements.slice(from, from + 500).flat());

  const startedAt = performance.now();
  await outbox.start(new AbortController().signal);
  await outbox.drained();
  const seconds = (performance.now() - startedAt) / 1_000;
  const figures = await kommo.figures();
  await outbox.stop();
  limiter.close();
  client.close();
  await store.close();
  kommo.end();
  await rm(folder, { recursive: true, force: true });
  if (figures.booked !== calls) throw new Error(`${figures.booked} of ${calls} calls were booked`);
  return { calls, seconds, ...figures };
}

const STARTED_AT = 1_795_261_714_300;

function callOf(index: number): FinishedCall {
  const at = (ms: number) => epochMs(STARTED_AT + index * 1_000 + ms);
  return {
    linkedId: linkedId(`1795261714.${index}`),
    direction: "inbound",
    clientPhone: phoneOf(index),
    dialledNumber: undefined,
    did: "74951000101",
    trunk: "PJSIP/trunk",
    queue: undefined,
    result: "answered",
    reason: undefined,
    isNumberUnknown: false,
    answeredBy: extension("101"),
    startedAt: at(0),
    endedAt: at(60_000),
    isEndKnown: true,
    conversations: [
      {
        extension: extension("101"),
        result: "answered",
        withClient: true,
        requestedAt: at(300),
        acceptedAt: at(2_000),
        endedAt: at(60_000),
        talkSeconds: 58,
        recording: undefined,
      },
    ],
    recordings: [],
    stages: [],
  };
}
