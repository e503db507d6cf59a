/** One daemon process for several accounts, each with a simulated exchange and a simulated account. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator, type PbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace } from "../../src/simulator/pbx/trace.ts";
import { startDaemonProcess, writeConfig, type DaemonProcess } from "../daemon/daemon-process.ts";

export const RECORDINGS = join(import.meta.dirname, "../../src/simulator/recordings");
const SECRET = "of-the-listener";

export type Tenant = {
  readonly name: string;
  readonly kommo: KommoSimulator;
  readonly pbx: PbxSimulator;
  play(recording: string): Promise<void>;
};

export type SharedHost = {
  readonly folder: string;
  readonly configFile: string;
  /** The one that was started first. */
  readonly daemon: DaemonProcess;
  tenant(name: string): Promise<Tenant>;
  /** Its file in the folder of accounts; `changes` go over what it needs. */
  write(tenant: Tenant, changes?: object): Promise<void>;
  writeText(name: string, text: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** One more of them: further ones are other hosts, as far as they know. */
  start(): Promise<DaemonProcess>;
  /** Of the listener `http` or `public_http`. */
  address(listener: string): string;
  close(): Promise<void>;
};

export async function openSharedHost(common: object = {}): Promise<SharedHost> {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-host-"));
  const include = join(folder, "accounts.d");
  await mkdir(include);
  const configFile = await writeConfig(folder, {
    include,
    ...{ public_http: { port: 0 }, pbx: { extensions: ["_10X"] }, users: { "101": 9100001 } },
    ...common,
  });
  const tenants: Tenant[] = [];
  const daemons: DaemonProcess[] = [];
  const running = (): DaemonProcess => {
    const [daemon] = daemons;
    if (daemon === undefined) throw new Error("the daemon is not started");
    return daemon;
  };

  async function openTenant(name: string): Promise<Tenant> {
    const [kommo, pbx] = await Promise.all([
      startKommoSimulator(),
      startPbxSimulator({ users: [{ ...DEFAULT_USER, secret: SECRET }] }),
    ]);
    const tenant = {
      ...{ name, kommo, pbx },
      async play(recording: string) {
        const trace = await readTrace(join(RECORDINGS, recording));
        if (!trace.ok) throw new Error(trace.failure.hint);
        await pbx.play(trace.value, { maxPauseMs: 400 }).finished;
      },
    };
    tenants.push(tenant);
    return tenant;
  }

  const writeText = (name: string, text: string): Promise<void> =>
    writeFile(join(include, `${name}.json`), text, { mode: 0o600 });

  return {
    ...{ folder, configFile, writeText },
    get daemon() {
      return running();
    },
    tenant: openTenant,
    write: ({ name, kommo, pbx }, changes = {}) =>
      writeText(
        name,
        JSON.stringify({
          ami: { port: pbx.port, username: "asterisk-kommo", secret: SECRET },
          kommo: { account_url: kommo.url, access_token: kommo.token },
          ...changes,
        }),
      ),
    remove: (name) => rm(join(include, `${name}.json`)),
    async start() {
      const path = join(folder, `state-${daemons.length}/store.db`);
      const daemon = startDaemonProcess(configFile, { ASTERISK_KOMMO_STORE_PATH: path });
      daemons.push(daemon);
      await daemon.said('"msg":"ready"');
      return daemon;
    },
    address: (listener) => addressOf(running(), listener),
    async close() {
      for (const daemon of daemons) daemon.signal("SIGCONT");
      await Promise.all(daemons.map((daemon) => daemon.end("SIGTERM")));
      await Promise.all(tenants.flatMap(({ kommo, pbx }) => [kommo.close(), pbx.stop()]));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Where a daemon's listener is, as its log says. */
export function addressOf(daemon: DaemonProcess, listener: string): string {
  const line = daemon
    .output()
    .split("\n")
    .find((one) => one.includes(`"listener":"${listener}"`) && one.includes("listener open"));
  const { port } = JSON.parse(line ?? "{}") as { readonly port?: number };
  return `http://127.0.0.1:${String(port)}`;
}
