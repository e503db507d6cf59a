/**
 * One exchange, one Kommo account, one daemon between them as a real process, and the means to spoil
 * everything. Exports `openOffice`; all of it is gone after `close`.
 */
import { mkdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator, type PbxSimulator } from "../../src/simulator/pbx/server.ts";
import type { Row } from "./ask-store.ts";
import { IN_FILE, type DayStore } from "./day-stores.ts";
import { newMarks, type Marks } from "./hearing.ts";
import { createKeptCalls, type KeptCalls } from "./kept-calls.ts";
import { createSentEvents, type SentEvents } from "./sent-events.ts";
import { mountSmallDisk, type SmallDisk } from "./small-disk.ts";
import { superviseDaemon, type Supervisor } from "./supervisor.ts";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

export type Office = {
  readonly seed: number;
  readonly random: () => number;
  readonly pbx: PbxSimulator;
  readonly kommo: KommoSimulator;
  /** Between daemon and exchange, and between daemon and Kommo. */
  readonly amiLine: TcpProxy;
  readonly kommoLine: TcpProxy;
  readonly disk: SmallDisk;
  readonly daemon: Supervisor;
  readonly marks: Marks;
  readonly kept: KeptCalls;
  readonly sent: SentEvents;
  readonly store: DayStore;
  readonly clockFile: string;
  /** What the store says, as it is on the disk now; one list of rows for each statement. */
  ask(...statements: readonly string[]): Promise<Row[][]>;
  /** As the daemon knows it. */
  readonly storeFile: string;
  /** Of a file beside the store, as this process reaches it. */
  diskPath(file: string): string;
  close(): Promise<void>;
};

/** Extension → Kommo user. */
export const USERS = new Map([
  ["101", 9100001],
  ["102", 9100002],
  ["103", 9100003],
  ["104", 9100004],
  ["106", 9100006],
]);

type Opening = {
  readonly seed: number;
  readonly random: () => number;
  readonly knownClients: readonly string[];
  /** Default 2. */
  readonly believeAbsenceSeconds?: number;
  /** Default: in a file. */
  readonly store?: DayStore;
  /** For each start of the daemon. */
  readonly environment?: () => Readonly<Record<string, string>>;
};

export async function openOffice(opening: Opening): Promise<Office> {
  const { seed, random, knownClients, store = IN_FILE } = opening;
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-nemesis-"));
  const pbx = await startPbxSimulator({ users: [{ ...DEFAULT_USER, secret: "spoilt" }] });
  const users = [...USERS.values()].map((id) => ({ id, name: `User ${id}`, isAdmin: true }));
  const kommo = await startKommoSimulator({ account: { users } });
  kommo.seed.contacts(knownClients.length, (index) => ({ phones: [knownClients[index] ?? ""] }));
  const marks = newMarks();
  const sent = createSentEvents();
  const amiLine = await startTcpProxy(pbx.port, {
    until: "Event: CoreShowChannelsComplete\r\n",
    onCarried: () => void marks.listed.push(sent.now()),
  });
  const kommoLine = await startTcpProxy(Number(new URL(kommo.url).port));
  const state = join(folder, "state");
  mkdirSync(state);
  // In memory: what a kill leaves does not depend on flushes, and others may keep this disk busy.
  const disk = await mountSmallDisk(state);
  const configFile = join(folder, "config.json");
  const config = {
    ami: { port: amiLine.port, username: DEFAULT_USER.name, secret: "spoilt" },
    pbx: { extensions: ["_10X"], trunks: ["PJSIP/trunk"] },
    kommo: {
      account_url: `http://127.0.0.1:${kommoLine.port}`,
      access_token: kommo.token,
      connect_timeout_ms: 1_000,
      timeout_ms: 1_500,
    },
    users: Object.fromEntries(USERS),
    store: { path: join(state, "store.db"), reserve_megabytes: 2, ...store.place },
    http: { port: 0 },
    public_http: { port: 0 },
    fastagi: { port: 0 },
    outbox: { believe_absence_after_seconds: opening.believeAbsenceSeconds ?? 2 },
  };
  await writeFile(configFile, JSON.stringify(config), { mode: 0o600 });
  const clockFile = join(folder, "clock");
  const storeFile = join(state, "store.db");
  const asker = store.openAsker(disk, storeFile);
  const ask: Office["ask"] = (...statements) => asker.ask(statements);
  const kept = createKeptCalls(ask, sent);
  const daemon = superviseDaemon({
    configFile,
    enter: disk.enter,
    lookIntoStore: () => kept.look(),
    environment: () => ({
      NEMESIS_CLOCK: clockFile,
      ...store.environment,
      ...opening.environment?.(),
    }),
    marks,
  });
  return {
    seed,
    random,
    pbx,
    kommo,
    amiLine,
    kommoLine,
    disk,
    daemon,
    marks,
    kept,
    sent,
    store,
    clockFile,
    ask,
    storeFile,
    diskPath: (file) => disk.pathOf(file),
    async close() {
      await daemon.kill();
      await asker.close();
      await Promise.all([amiLine.close(), kommoLine.close()]);
      await Promise.all([pbx.stop(), kommo.close(), disk.unmount()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
