/** The built daemon as a process of its own, with an exchange and a Kommo of this process, to be measured. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { startKommoSimulator } from "../src/simulator/kommo/server.ts";
import { openAmiSource, type AmiSource } from "./ami-source.ts";
import { WATCH_OPTION, type Watched } from "./daemon-watch.ts";

export type DaemonRun = {
  readonly exchange: AmiSource;
  readonly startMs: number;
  residentMegabytes(): number;
  /** Seconds of processor since its start. */
  processorSeconds(): number;
  /** How it went since the last time. */
  watched(): Promise<Watched>;
  bookedCalls(): number;
  /** @returns milliseconds that it took */
  stop(): Promise<number>;
};

const CLIENT = "79161234567"; // of the recorded call
const COMMAND = join(import.meta.dirname, "../bin/asterisk-kommo");

export type DaemonRunOptions = {
  /** Of the local listener; any, if absent. */
  readonly httpPort?: number;
  /** Before the daemon opens it. */
  readonly prepareStore?: (path: string) => Promise<void>;
  /** False: as it is installed. What watches it takes part of a start itself, and cannot be asked then. */
  readonly isWatched?: boolean;
};

export async function runDaemon(options: DaemonRunOptions = {}): Promise<DaemonRun> {
  const folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-bench-"));
  const exchange = await openAmiSource();
  const kommo = await startKommoSimulator({ switches: { requestsPerSecond: 0 } });
  // A client without a card would make one lead, and all other calls wait for it to be accepted.
  kommo.seed.contact({ phones: [CLIENT] });
  const config = join(folder, "config.json");
  const watch = join(folder, "watched");
  const settings = {
    ami: { port: exchange.port, username: "bench", secret: "bench" },
    pbx: { extensions: ["_10X"] },
    kommo: { account_url: kommo.url, access_token: kommo.token },
    users: { "101": 9100001 },
    store: { path: join(folder, "store.db") },
    ...{ http: { port: options.httpPort ?? 0 }, public_http: { port: 0 }, fastagi: { port: 0 } },
  };
  writeFileSync(config, JSON.stringify(settings), { mode: 0o600 });
  await options.prepareStore?.(settings.store.path);
  const begun = performance.now();
  const child = spawn(COMMAND, ["run", "--config", config], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      PATH: process.env["PATH"] ?? "",
      ...(options.isWatched !== false && { NODE_OPTIONS: WATCH_OPTION, DAEMON_WATCH: watch }),
    },
  });
  await new Promise<void>((resolve, reject) => {
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => {
      if (said.length > 1_000_000) return;
      said += chunk.toString();
      if (said.includes('"connected to the exchange"')) resolve();
    });
    child.once("exit", () => reject(new Error(said)));
  });
  const startMs = performance.now() - begun;
  const proc = (name: string): string => readFileSync(`/proc/${String(child.pid)}/${name}`, "utf8");
  const lines = (): string[] =>
    existsSync(watch) ? readFileSync(watch, "utf8").trim().split("\n") : [];
  return {
    ...{ exchange, startMs },
    residentMegabytes: () => Number(/^Rss:\s+(\d+)/m.exec(proc("smaps_rollup"))?.[1]) / 1024,
    processorSeconds() {
      const fields = proc("stat").split(") ")[1]?.split(" ") ?? [];
      return (Number(fields[11]) + Number(fields[12])) / 100;
    },
    async watched() {
      const before = lines().length;
      child.kill("SIGUSR2");
      while (lines().length === before) await wait(20);
      return JSON.parse(lines().at(-1) ?? "{}") as Watched;
    },
    bookedCalls: () => kommo.journal.calls().length,
    async stop() {
      const at = performance.now();
      child.kill("SIGTERM");
      await once(child, "exit");
      const took = performance.now() - at;
      exchange.close();
      await kommo.close();
      rmSync(folder, { recursive: true, force: true });
      return took;
    },
  };
}
