// What is kept of a call word for word: what Kommo was asked and answered, and what the exchange said.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { callReport } from "../../src/cli/admin/call-report.ts";
import { callTrace } from "../../src/cli/admin/call-trace.ts";
import { storeMigrations } from "../../src/cli/daemon/store-migrations.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import { startKommoSimulator } from "../../src/simulator/kommo/server.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace } from "../../src/simulator/pbx/trace.ts";
import { openSqliteStore } from "../../src/store/sqlite-store.ts";
import { sql, type Store } from "../../src/store/store.ts";
import { removeFolders } from "../config/written-config.ts";
import { startConnected } from "./connected-daemon.ts";
import { until } from "./dialling-office.ts";

const TRACE = join(import.meta.dirname, "../fixtures/traces/ast22/in-answered-101");
const CLIENT = "79161234567";

let ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
  removeFolders();
});

/** One inbound call from end to end. @returns the store that the daemon left, and the call's id */
async function afterOneCall(archive: object): Promise<{ store: Store; id: string; token: string }> {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-trace-"));
  const pbx = await startPbxSimulator({ users: [{ ...DEFAULT_USER, secret: "listener" }] });
  const kommo = await startKommoSimulator();
  ending = [() => rm(folder, { recursive: true }), () => pbx.stop(), () => kommo.close()];
  const path = join(folder, "store.db");
  const daemon = await startConnected({
    ami: { port: pbx.port, username: DEFAULT_USER.name, secret: "listener" },
    pbx: { extensions: ["_10X"] },
    kommo: { account_url: kommo.url, access_token: kommo.token },
    archive,
    store: { path },
    ...{ http: { port: 0 }, public_http: { port: 0 }, fastagi: { port: 0 } },
  });
  const trace = await readTrace(TRACE);
  if (!trace.ok) throw new Error(trace.failure.hint);
  await pbx.play(trace.value, { maxPauseMs: 50 }).finished;
  await until(async () => {
    const { ready, sending, unknown } = await daemon.outbox.state();
    return (
      kommo.journal.entries().some(({ method }) => method === "POST") &&
      ready + sending + unknown === 0
    );
  });
  await daemon.stop();
  const opened = await openSqliteStore({ path, migrations: storeMigrations });
  if (!opened.ok) throw new Error(opened.failure.reason);
  const store = opened.value;
  ending.push(() => store.close());
  const [row] = await store.read(sql("SELECT id FROM call"));
  return { store, id: String(row?.["id"]), token: kommo.token };
}

type Traced = {
  readonly exchanges: readonly {
    readonly method: string;
    readonly path: string;
    readonly status: number;
    readonly request: unknown;
    readonly answer: unknown;
  }[];
  readonly events: readonly { readonly message: string }[];
};

const traceOf = async (store: Store, id: string): Promise<Traced> => {
  const found = await callTrace(id, { store, redactor: createRedactor([]) });
  return found?.told as Traced;
};

test("what Kommo was asked and answered about a call is kept word for word, without the token", async () => {
  const { store, id, token } = await afterOneCall({});

  const told = await traceOf(store, id);
  const rows = await store.read(sql("SELECT * FROM kommo_exchange"));

  const made = told.exchanges.find(({ method, status }) => method === "POST" && status === 200);
  expect(told.exchanges.length).toBeGreaterThanOrEqual(2);
  expect(JSON.stringify(made?.request)).toContain(CLIENT);
  expect(made?.answer).toHaveProperty("_embedded");
  expect(JSON.stringify(rows)).not.toContain(token);
  expect(told.events).toEqual([]);
});

test("what is given to support has each exchange without bodies and what was asked", async () => {
  const { store, id } = await afterOneCall({});

  const report = await callReport(id, { store, redactor: createRedactor([]) });

  const text = JSON.stringify(report);
  expect(text).toContain('"exchanges":[{"at":');
  expect(text).not.toContain(CLIENT.slice(1));
  expect(text).not.toContain("_embedded");
});

test("the exchange's events of a call are kept where the administrator wants them, as they came", async () => {
  const { store, id } = await afterOneCall({ trace_events: true });

  const { events } = await traceOf(store, id);

  expect(events[0]?.message).toMatch(/^Event: Newchannel\r\n/);
  expect(events.at(-1)?.message).toMatch(/^Event: Hangup\r\n/);
  expect(await store.read(sql("SELECT count(*) AS n FROM live_event"))).toEqual([{ n: 0 }]);
});

test("with trace_days 0 nothing is kept of what was said", async () => {
  const { store, id } = await afterOneCall({ trace_days: 0, trace_events: true });

  const { exchanges, events } = await traceOf(store, id);

  expect([exchanges, events]).toEqual([[], []]);
});
