// What systemd does with one service, as far as its unit asks for it: starts it, waits for READY=1,
// ends it when WATCHDOG=1 does not come, starts it again when it fails. Exports `createSystemd`.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Unit } from "./unit-file.ts";

export type Systemd = {
  /** What was done and said, in order: "start", "READY=1", "STATUS=…", "watchdog", "exit 0". */
  readonly journal: readonly string[];
  /** Of the process that runs now; 0: none. */
  pid(): number;
  /** The last of what all processes wrote. */
  log(): string;
  /** Resolves when the service says that it is ready. Rejects when it ends instead. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** ExecReload. */
  reload(): void;
  /** Resolves with the first entry from `from` on that begins so. @returns its place in the journal */
  saw(beginning: string, from?: number): Promise<number>;
  /** Resolves when the log holds the text. */
  wrote(text: string): Promise<void>;
  /** Ends all of it. */
  close(): Promise<void>;
};

export type SystemdOptions = {
  readonly unit: Unit;
  /** Where NOTIFY_SOCKET is made, as this test names it … */
  readonly socket: string;
  /** … and as the service does, where that runs in a root of its own. */
  readonly socketInside?: string;
  /** In place of ExecStart; what changes root and user goes before it. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** In place of the unit's: what the service is told, and after how long without a word it is ended. */
  readonly watchdog?: { readonly toldMs: number; readonly patienceMs: number };
  /** Without systemd-notify nothing is ever said; then this line of the log stands for READY=1. */
  readonly readyLine?: string;
};

const PATIENCE_MS = 120_000;
const RESTART_AFTER_MS = 200;
const LOG_CHARS = 400_000;
const LISTENER = join(import.meta.dirname, "notify-socket.py");

/** Every process that was started, so that none outlives a failed test. */
const running = new Set<ChildProcess>();
process.once("exit", () => running.forEach((child) => child.kill("SIGKILL")));

export async function createSystemd(options: SystemdOptions): Promise<Systemd> {
  const { unit, socket } = options;
  const watchMs = unit.milliseconds("WatchdogSec");
  const watchdog = options.watchdog ?? { toldMs: watchMs, patienceMs: watchMs };
  const signal = unit.one("WatchdogSignal") as NodeJS.Signals;
  const journal: string[] = [];
  let log = "";
  let child: ChildProcess | undefined;
  let isWanted = false;
  let fedAt = Date.now();
  const changed = new Set<() => void>();
  const tell = (): void => changed.forEach((look) => look());
  const note = (entry: string): void => {
    journal.push(entry);
    tell();
  };

  const listener = run("python3", [LISTENER, socket]);
  const lines = createInterface({ input: listener.stdout! });
  lines.on("line", (line) => {
    for (const entry of JSON.parse(line) as string[]) {
      if (entry === "READY=1" || entry === "WATCHDOG=1") fedAt = Date.now();
      if (!entry.startsWith("MAINPID")) note(entry);
    }
  });
  await once(lines, "line");

  const watching = setInterval(() => {
    const isReady = journal.lastIndexOf("READY=1") > journal.lastIndexOf("start");
    if (child === undefined || !isReady || Date.now() - fedAt < watchdog.patienceMs) return;
    if (journal.at(-1) !== "watchdog") note("watchdog");
    child.kill(signal);
  }, 250);

  function launch(): void {
    const [program = "", ...args] = options.command;
    const started = run("prlimit", ["--core=0", program, ...args], {
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      NOTIFY_SOCKET: options.socketInside ?? socket,
      WATCHDOG_USEC: String(watchdog.toldMs * 1_000),
      ...options.environment,
    });
    child = started;
    fedAt = Date.now();
    note("start");
    const keep = (chunk: Buffer): void => {
      log = (log + chunk.toString()).slice(-LOG_CHARS);
      tell();
    };
    started.stdout?.on("data", keep);
    started.stderr?.on("data", keep);
    started.once("close", (code, signal) => {
      child = undefined;
      note(`exit ${code ?? signal ?? ""}`);
      const isFailure = code !== 0 && unit.one("Restart") === "on-failure";
      if (isWanted && isFailure) setTimeout(() => isWanted && launch(), RESTART_AFTER_MS);
    });
  }

  const until = (isSo: () => boolean, what: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!isSo()) return;
        end();
        resolve();
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`${what} never came: ${journal.join(", ")}\n${log.slice(-4_000)}`));
      }, PATIENCE_MS);
      const end = (): void => {
        clearTimeout(timer);
        changed.delete(look);
      };
      changed.add(look);
      look();
    });

  const since = (from: number, beginning: string): number =>
    journal.findIndex((entry, place) => place >= from && entry.startsWith(beginning));

  return {
    journal,
    pid: () => child?.pid ?? 0,
    log: () => log,
    async start() {
      const from = journal.length;
      const logFrom = log.length;
      isWanted = true;
      launch();
      const isReady = (): boolean =>
        since(from, "READY=1") >= 0 ||
        (options.readyLine !== undefined && log.includes(options.readyLine, logFrom));
      await until(() => isReady() || since(from, "exit") >= 0, "READY=1");
      if (!isReady()) throw new Error(`the service ended: ${log.slice(-4_000)}`);
    },
    async stop() {
      isWanted = false;
      child?.kill("SIGTERM");
      await until(() => child === undefined, "the end");
    },
    reload: () => void child?.kill("SIGHUP"),
    async saw(beginning, from = 0) {
      await until(() => since(from, beginning) >= 0, beginning);
      return since(from, beginning);
    },
    wrote: (text) => until(() => log.includes(text), text),
    async close() {
      isWanted = false;
      clearInterval(watching);
      child?.kill("SIGKILL");
      listener.kill("SIGKILL");
      await until(() => child === undefined, "the end");
    },
  };
}

function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): ChildProcess {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env });
  running.add(child);
  child.once("close", () => running.delete(child));
  return child;
}
