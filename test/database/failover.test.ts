// F19: the database fails over to its standby, behind an address that moves: nothing is lost and nothing
// is booked twice.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import pg from "pg";
import { startKommoSimulator } from "../../src/simulator/kommo/server.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace } from "../../src/simulator/pbx/trace.ts";
import { startDaemonProcess, writeConfig } from "../daemon/daemon-process.ts";
import { startCutProxy } from "./cut-proxy.ts";
import { startSynchronousReplica } from "./postgres-replica.ts";
import { startPostgres } from "./postgres-server.ts";

const RECORDINGS = join(import.meta.dirname, "../../src/simulator/recordings");
const SECRET = "of-the-listener";

async function until(isTrue: () => boolean, what: () => string): Promise<void> {
  const end = performance.now() + 90_000;
  while (!isTrue()) {
    if (performance.now() > end) throw new Error(what());
    await sleep(100);
  }
}

test("calls before, during and after a failover to a synchronous standby are booked once each", async () => {
  await using ending = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-failover-"));
  ending.defer(() => rm(folder, { recursive: true, force: true }));
  const primary = await startPostgres();
  ending.defer(() => primary.stop());
  const standby = await startSynchronousReplica(primary);
  ending.defer(() => standby.stop());
  const address = await startCutProxy(primary.port);
  ending.defer(() => address.close());
  const pbx = await startPbxSimulator({ users: [{ ...DEFAULT_USER, secret: SECRET }] });
  ending.defer(() => pbx.stop());
  const kommo = await startKommoSimulator();
  ending.defer(() => kommo.close());
  const url = primary.url.replace(/:\d+\/postgres$/, `:${address.port}/postgres`);
  const daemon = startDaemonProcess(
    await writeConfig(folder, {
      ami: { port: pbx.port, username: "asterisk-kommo", secret: SECRET },
      pbx: { extensions: ["_10X"] },
      kommo: { account_url: kommo.url, access_token: kommo.token },
      users: { "101": 9100001 },
      store: { path: join(folder, "store.db"), url },
      outbox: { believe_absence_after_seconds: 1 },
      public_http: { port: 0 },
    }),
  );
  ending.defer(async () => void (await daemon.end("SIGTERM")));
  await daemon.said('"connected to the exchange"');
  const play = async (recording: string, maxPauseMs: number): Promise<void> => {
    const trace = await readTrace(join(RECORDINGS, recording));
    if (!trace.ok) throw new Error(trace.failure.hint);
    await pbx.play(trace.value, { maxPauseMs }).finished;
  };
  const uniqs = (): string[] => kommo.journal.calls().map(({ uniq }) => String(uniq));

  await play("in-answered-101", 20);
  await until(() => uniqs().length === 1, daemon.output);
  // What is accepted and not told yet is in the store alone.
  kommo.fail(...Array.from({ length: 500 }, () => ({ kind: "status", status: 503 }) as const));
  await play("out-answered", 20);
  const running = play("xfer-blind-refer", 1_000);
  await until(() => pbx.live().bridges.length > 0, daemon.output);
  await primary.halt("immediate");
  await play("in-no-answer", 20);
  await daemon.said("the store's database does not answer, waiting");
  await standby.promote();
  address.leadTo(standby.port);
  await daemon.said("the store's database answers again");
  kommo.faults.clear();
  await running;
  await play("in-busy", 20);
  await until(() => uniqs().length >= 5, daemon.output);
  const survivor = new pg.Client({ connectionString: url });
  await survivor.connect();
  const accepted = (await survivor.query("SELECT id FROM ak_default.call")).rows as {
    id: string;
  }[];
  await survivor.end();

  expect(uniqs().toSorted()).toEqual(accepted.map(({ id }) => id).toSorted());
  expect(new Set(uniqs()).size).toBe(5);
  expect(daemon.output()).not.toContain('"level":60');
}, 300_000);
