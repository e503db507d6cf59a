/**
 * What one further account costs an idle host, as a line through hosts of several sizes: resident memory,
 * heap, processor. Exports `benchAccounts`. Needs the built daemon.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { startKommoSimulator } from "../src/simulator/kommo/server.ts";
import { openAmiSource } from "./ami-source.ts";
import { WATCH_OPTION, type Watched } from "./daemon-watch.ts";
import { lineThrough } from "./line.ts";

export type HostPoint = {
  readonly accounts: number;
  readonly megabytes: number;
  readonly heapMegabytes: number;
  /** Of one core, in thousandths. */
  readonly processor: number;
  readonly threads: number;
};

export type AccountsBench = {
  readonly points: readonly HostPoint[];
  /** Of each account more. */
  readonly megabytes: number;
  readonly heapMegabytes: number;
  readonly processor: number;
};

const COMMAND = join(import.meta.dirname, "../bin/asterisk-kommo");

/** @param options.url of PostgreSQL; absent: a file for each account */
export async function benchAccounts(options: {
  readonly counts: readonly number[];
  readonly idleSeconds: number;
  readonly url?: string;
}): Promise<AccountsBench> {
  const points: HostPoint[] = [];
  for (const count of options.counts) points.push(await idleHost(count, options));
  const slope = (of: (point: HostPoint) => number): number =>
    lineThrough(points.map((point) => [point.accounts, of(point)])).slope;
  return {
    points,
    megabytes: slope((point) => point.megabytes),
    heapMegabytes: slope((point) => point.heapMegabytes),
    processor: slope((point) => point.processor),
  };
}

async function idleHost(
  accounts: number,
  { idleSeconds, url }: { readonly idleSeconds: number; readonly url?: string },
): Promise<HostPoint> {
  const folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-bench-"));
  const exchange = await openAmiSource();
  const kommo = await startKommoSimulator({ switches: { requestsPerSecond: 0 } });
  const include = join(folder, "accounts.d");
  mkdirSync(include);
  const write = (file: string, settings: object): void =>
    writeFileSync(file, JSON.stringify(settings), { mode: 0o600 });
  const config = join(folder, "config.json");
  const path = join(folder, "store.db");
  write(config, {
    ...{ include, pbx: { extensions: ["_10X"] }, users: { "101": 9100001 } },
    store: url === undefined ? { path } : { path, url, schema: `bench_${accounts}` },
    ...{ http: { port: 0 }, public_http: { port: 0 }, fastagi: { port: 0 } },
  });
  for (let at = 0; at < accounts; at++)
    write(join(include, `account-${at}.json`), {
      ami: { port: exchange.port, username: "bench", secret: "bench" },
      kommo: { account_url: kommo.url, access_token: kommo.token },
    });
  const watch = join(folder, "watched");
  const child = spawn(COMMAND, ["run", "--config", config], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env["PATH"] ?? "", NODE_OPTIONS: WATCH_OPTION, DAEMON_WATCH: watch },
  });
  const proc = (name: string): string => readFileSync(`/proc/${String(child.pid)}/${name}`, "utf8");
  const processorSeconds = (): number => {
    const fields = proc("stat").split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  };
  try {
    let connected = 0;
    await new Promise<void>((resolve, reject) => {
      child.stdout.on("data", (chunk: Buffer) => {
        connected += chunk.toString().split('"connected to the exchange"').length - 1;
        if (connected === accounts) resolve();
      });
      child.once("exit", () => reject(new Error("the daemon ended")));
    });
    await wait(5_000); // what is done once after a start
    const before = processorSeconds();
    await wait(idleSeconds * 1_000);
    const processor = ((processorSeconds() - before) * 1_000) / idleSeconds;
    child.kill("SIGUSR2");
    while (!existsSync(watch)) await wait(50);
    const { heapBytes } = JSON.parse(readFileSync(watch, "utf8")) as Watched;
    return {
      ...{ accounts, processor, heapMegabytes: heapBytes / 2 ** 20 },
      megabytes: Number(/^Rss:\s+(\d+)/m.exec(proc("smaps_rollup"))?.[1]) / 1024,
      threads: Number(/^Threads:\s+(\d+)/m.exec(proc("status"))?.[1]),
    };
  } finally {
    child.kill("SIGTERM");
    await once(child, "exit");
    exchange.close();
    await kommo.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const counts = process.argv.slice(2).map(Number);
  const { startPostgres } = await import("../test/database/postgres-server.ts");
  const server = await startPostgres();
  try {
    for (const url of [undefined, server.url]) {
      const bench = await benchAccounts({ counts, idleSeconds: 10, ...(url ? { url } : {}) });
      process.stdout.write(
        `${JSON.stringify({ postgres: url !== undefined, ...bench }, null, 2)}\n`,
      );
    }
  } finally {
    await server.stop();
  }
}
