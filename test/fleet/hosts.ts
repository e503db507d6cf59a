/**
 * The hosts of a fleet: daemons as real processes with one configuration, each killed and started again
 * as wanted, and what they cost. Exports `openHosts`.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export type HostCost = {
  readonly residentMegabytes: number;
  /** Of processor, since its start. */
  readonly seconds: number;
};

export type Host = {
  readonly name: string;
  readonly isUp: () => boolean;
  /** Resolves when it is ready. Rejects when it ends before. */
  start(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGTERM. @returns the exit code, and how long it took */
  stop(): Promise<{ readonly code: number | null; readonly ms: number }>;
  /** SIGHUP, as soon as it is ready. */
  reload(): void;
  /** How many accounts it serves, and whose exchanges it hears; undefined: it does not answer. */
  serves(): Promise<number | undefined>;
  /** Calls that go on, and that are over and not in a store yet; undefined: it does not answer. */
  callsInHand(): Promise<number | undefined>;
  cost(): HostCost;
  /** Of all its lives. */
  readonly log: () => string;
};

type Options = {
  readonly folder: string;
  readonly configFile: string;
  readonly count: number;
  /** A host ended that nobody had told to, with its last words. */
  readonly onCrash: (words: string) => void;
};

const COMMAND = join(import.meta.dirname, "../../bin/asterisk-kommo");
const LOOKED_EVERY_MS = 50;
const READY_WITHIN_MS = 600_000;
const ANSWERS_WITHIN_MS = 10_000;
const LAST_WORDS = 4_000;
/** A second has so many of the kernel's ticks. @source proc(5), sysconf(_SC_CLK_TCK) on Linux */
const TICKS = 100;

/** None outlives this process. */
const running = new Set<ChildProcess>();
process.once("exit", () => running.forEach((child) => child.kill("SIGKILL")));

export const openHosts = (options: Options): readonly Host[] =>
  Array.from({ length: options.count }, (_, index) => openHost(options, `host-${index}`));

function openHost({ folder, configFile, onCrash }: Options, name: string): Host {
  const logs: string[] = [];
  const lastLog = (): string => readFileSync(logs.at(-1) ?? "", "utf8");
  let child: ChildProcess | undefined;
  let isTold = false;
  let isReady = false;
  let hasToReload = false;
  let port = 0;

  async function start(): Promise<void> {
    const logFile = join(folder, `${name}-${logs.length}.log`);
    const file = openSync(logFile, "w");
    logs.push(logFile);
    const started = spawn(COMMAND, ["run", "--config", configFile], {
      stdio: ["ignore", file, file],
      env: {
        PATH: process.env["PATH"] ?? "",
        NODE_OPTIONS: process.env["FLEET_NODE_OPTIONS"] ?? "",
        ASTERISK_KOMMO_STORE_PATH: join(folder, name, "store.db"),
        ASTERISK_KOMMO_HTTP_PORT: "0",
        ASTERISK_KOMMO_FASTAGI_PORT: "0",
      },
    });
    closeSync(file);
    running.add(started);
    child = started;
    isTold = false;
    started.once("exit", (code, signal) => {
      running.delete(started);
      child = undefined;
      isReady = false;
      if (!isTold)
        onCrash(`${name} ended with ${String(code ?? signal)}: ${lastLog().slice(-LAST_WORDS)}`);
    });
    const until = performance.now() + READY_WITHIN_MS;
    for (let said = ""; !said.includes('"msg":"ready"'); said = lastLog()) {
      if (child !== started || performance.now() > until)
        throw new Error(`${name} does not start: ${said.slice(-LAST_WORDS)}`);
      await sleep(LOOKED_EVERY_MS);
    }
    port = Number(/"listener":"http","host":"[^"]*","port":(\d+)/.exec(lastLog())?.[1]);
    isReady = true;
    if (hasToReload) reload();
  }

  async function end(signal: "SIGKILL" | "SIGTERM"): Promise<number | null> {
    const ending = child;
    if (ending === undefined) return null;
    isTold = true;
    const gone = once(ending, "exit");
    ending.kill(signal);
    const [code] = (await gone) as [number | null];
    return code;
  }

  function reload(): void {
    hasToReload = !isReady; // one that starts may have read what was before, and would end of it
    if (isReady) child?.kill("SIGHUP");
  }

  async function ask(path: string): Promise<string | undefined> {
    if (!isReady) return undefined;
    try {
      const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
      return await (await fetch(`http://127.0.0.1:${port}${path}`, { signal })).text();
    } catch {
      return undefined;
    }
  }

  const proc = (file: string): string =>
    child === undefined ? "" : readFileSync(`/proc/${String(child.pid)}/${file}`, "utf8");

  return {
    ...{ name, start, reload },
    log: () => logs.map((file) => readFileSync(file, "utf8")).join(""),
    isUp: () => isReady,
    kill: async () => void (await end("SIGKILL")),
    async stop() {
      const at = performance.now();
      return { code: await end("SIGTERM"), ms: performance.now() - at };
    },
    async serves() {
      const told = await ask("/v1/status");
      if (told === undefined) return undefined;
      const { accounts } = JSON.parse(told) as {
        readonly accounts: readonly { readonly state: string }[];
      };
      return accounts.filter(({ state }) => state === "runs").length;
    },
    async callsInHand() {
      const told = await ask("/metrics");
      const counts = told?.matchAll(/^asterisk_kommo_(?:live_calls|calls_to_accept)\{.* (\d+)$/gm);
      return counts?.reduce((sum, [, count]) => sum + Number(count), 0);
    },
    cost() {
      const fields = proc("stat").split(") ")[1]?.split(" ") ?? [];
      return {
        residentMegabytes: Number(/^VmRSS:\s+(\d+)/m.exec(proc("status"))?.[1] ?? 0) / 1_024,
        seconds: (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS,
      };
    },
  };
}
