// A changed configuration in a running daemon: what is taken over at once, and that calls go on.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { runCheckConfig } from "../../src/cli/check-config.ts";
import { startAltegioSimulator } from "../../src/simulator/altegio/server.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { addCustomField } from "../../src/simulator/kommo/state/new-account.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator, type PbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace } from "../../src/simulator/pbx/trace.ts";
import { endDaemons, startDaemonProcess, writeConfig } from "./daemon-process.ts";

const RECORDINGS = join(import.meta.dirname, "../../src/simulator/recordings");
const CONNECTED = '"connected to the exchange"';

let folder: string;
let pbx: PbxSimulator;
let kommo: KommoSimulator;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-reload-"));
  pbx = await startPbxSimulator({ users: [{ ...DEFAULT_USER, secret: "s3cret" }] });
  kommo = await startKommoSimulator();
});

afterEach(async () => {
  await endDaemons();
  await Promise.all([pbx.stop(), kommo.close()]);
  await rm(folder, { recursive: true, force: true });
});

const config = (changes: object = {}): object => ({
  ami: { port: pbx.port, username: "asterisk-kommo", secret: "s3cret" },
  pbx: { extensions: ["_10X"] },
  kommo: { account_url: kommo.url, access_token: kommo.token },
  users: { "101": 9100001 },
  store: { path: join(folder, "store.db") },
  http: { port: 0 },
  public_http: { port: 0 },
  fastagi: { port: 0 },
  ...changes,
});

async function until(isTrue: () => boolean, what: () => string): Promise<void> {
  for (let tries = 0; tries < 1_200; tries++) {
    if (isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(what());
}

async function traceOf(name: string) {
  const trace = await readTrace(join(RECORDINGS, name));
  if (!trace.ok) throw new Error(trace.failure.hint);
  return trace.value;
}

const RUNS = "the call runs";

test("SIGHUP in the middle of a call: the call is booked once, by the new configuration", async () => {
  kommo.seed.contact({ phones: ["+7 916 123-45-67"] });
  const daemon = startDaemonProcess(await writeConfig(folder, config()));
  await daemon.said(CONNECTED);
  const play = pbx.play(await traceOf("in-answered-101"), { speed: 0.5 });
  await until(
    () => pbx.live().channels.length > 1,
    () => RUNS,
  );

  await writeConfig(
    folder,
    config({
      users: { "101": 9100002 },
      names: { source: "changed" },
      kommo: { account_url: kommo.url, access_token: kommo.token, requests_per_second: 3 },
    }),
  );
  process.kill(daemon.pid, "SIGHUP");
  await daemon.said("changed configuration is in force");
  expect(pbx.live().channels.length).toBeGreaterThan(0);
  await play.finished;
  await until(() => kommo.journal.calls().length > 0, daemon.output);
  const end = await daemon.end("SIGTERM");

  expect(end.code).toBe(0);
  expect(daemon.output()).toContain('"keys":["users","names.source"]');
  expect(daemon.output()).toContain('"keys":["kommo.requests_per_second"]');
  expect(daemon.output().split(CONNECTED)).toHaveLength(2);
  expect(kommo.journal.calls()).toMatchObject([
    { call_responsible: 9100002, source: "changed", call_status: 4 },
  ]);
});

test("a broken configuration changes nothing, says so, and the daemon goes on", async () => {
  const daemon = startDaemonProcess(await writeConfig(folder, config()));
  await daemon.said(CONNECTED);

  await writeConfig(folder, config({ users: { "101": "nobody" }, unknown_client: "ignore" }));
  process.kill(daemon.pid, "SIGHUP");
  await daemon.said("the changed configuration is not good");
  await pbx.play(await traceOf("in-answered-101"), { maxPauseMs: 200 }).finished;
  await until(() => kommo.journal.unsorted().length > 0, daemon.output);

  expect(daemon.output()).toContain("users.101");
});

test("check-config --apply asks the daemon, and says what is in force and what is not yet", async () => {
  const file = await writeConfig(folder, config());
  const daemon = startDaemonProcess(file);
  await daemon.said(CONNECTED);
  const apply = async (): Promise<{ code: number; text: string }> => {
    let text = "";
    const code = await runCheckConfig(["--config", file, "--apply"], {
      write: (part) => (text += part),
    });
    return { code, text };
  };

  const same = await apply();
  await writeConfig(folder, config({ popups: false, pbx: { extensions: ["_10X", "_20X"] } }));
  const changed = await apply();
  await daemon.end("SIGTERM");

  expect(same).toMatchObject({ code: 0, text: expect.stringContaining("nothing has changed") });
  expect(changed.code).toBe(0);
  expect(changed.text).toContain("in force now: popups");
  expect(changed.text).toMatch(/after a restart .*: pbx\.extensions/);
});

test("a new token of Altegio's user and other prices are in force after SIGHUP; fields need a restart", async () => {
  const altegio = await startAltegioSimulator();
  const field = addCustomField(kommo.account, "leads", { name: "Record", type: "text" }).id;
  const salon = (changes: object = {}): object => ({
    kommo: { account_url: kommo.url, access_token: kommo.token },
    store: { path: join(folder, "store.db") },
    http: { port: 0 },
    public_http: { port: 0 },
    fastagi: { port: 0 },
    altegio: {
      ...{ locations: [4564], api_url: altegio.url, poll_seconds: 3_600 },
      partner_token: altegio.altegio.partnerToken,
      user_token: altegio.altegio.userToken,
      fields: { record_id: field },
      ...changes,
    },
  });
  try {
    const daemon = startDaemonProcess(await writeConfig(folder, salon()));
    await daemon.said("ready");
    const token = altegio.rotateUserToken();
    altegio.reception.book({ client: { name: "Anna", phone: "+79151234567" } });

    const fields = { record_id: field, services: "Services" };
    await writeConfig(folder, salon({ user_token: token, price: "none", fields }));
    process.kill(daemon.pid, "SIGHUP");
    await until(() => kommo.account.cards.leads.size === 1, daemon.output);

    const [lead] = kommo.account.cards.leads.values();
    expect(lead?.price).toBe(0);
    expect(daemon.output()).toContain('"keys":["altegio.user_token","altegio.price"]');
    expect(daemon.output()).toContain('"keys":["altegio.fields"]');
    expect(daemon.output()).not.toContain(token);
  } finally {
    await altegio.close();
  }
});
