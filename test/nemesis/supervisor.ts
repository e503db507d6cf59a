/**
 * Keeps the daemon running as systemd does, and notes when it listened. Exports `superviseDaemon`.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { askAgainAndAgain, askOnce, type Status } from "./ask-how-late.ts";
import type { Marks } from "./hearing.ts";
import { warmStart } from "./warm-start.ts";

export type Supervisor = {
  /** Of the process that runs now; 0 between two. */
  pid(): number;
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, and a new start, as by an operator. Resolves when the old process is gone. */
  restart(): Promise<void>;
  /** Resolves when the process that runs now is gone. */
  death(): Promise<void>;
  /** Resolves with the next "connected to the exchange". */
  nextLogin(): Promise<void>;
  /** What it says of itself at /v1/status; undefined: it does not answer. */
  status(): Promise<Status | undefined>;
  /** Ends it for good. @returns the exit code, and how long it took */
  stop(): Promise<{ readonly code: number | null; readonly ms: number }>;
  /** Ends of processes that nobody asked for, with their last words. */
  readonly crashes: readonly string[];
  readonly starts: () => number;
  /** The last of what all processes wrote. */
  readonly log: () => string;
  kill(): Promise<void>;
};

type Options = {
  readonly configFile: string;
  /** Put before the command. */
  readonly enter: readonly string[];
  /** For each start. */
  readonly environment: () => Readonly<Record<string, string>>;
  readonly marks: Marks;
  /** After an end that nobody asked for, and before the next start. @returns until when events were kept */
  readonly lookIntoStore: () => Promise<number>;
};

const COMMAND = join(import.meta.dirname, "../../bin/asterisk-kommo");
const RESTART_AFTER_MS = 100;
const LOG_CHARS = 200_000;

/** Every process that was started, so that none outlives a failed test. */
const running = new Set<ChildProcess>();
process.once("exit", () => running.forEach((child) => child.kill("SIGKILL")));

export function superviseDaemon(options: Options): Supervisor {
  const { configFile, enter, environment, marks } = options;
  const crashes: string[] = [];
  let child: ChildProcess | undefined;
  let isEnding = false;
  let isAsked = false;
  let isReady = false;
  let starts = 0;
  let port: number | undefined;
  let log = "";
  const onLogin: (() => void)[] = [];
  const onDeath: (() => void)[] = [];

  function start(): void {
    if (isEnding) return;
    const [command = COMMAND, ...args] = [...enter, COMMAND, "run", "--config", configFile];
    const started = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env["PATH"] ?? "",
        ...warmStart(),
        ...environment(),
      },
    });
    running.add(started);
    child = started;
    starts += 1;
    isAsked = false;
    isReady = false;
    const gone = new AbortController();
    let words = "";
    const read = (chunk: Buffer): void => {
      const text = chunk.toString();
      words = (words + text).slice(-4_000);
      log = (log + text).slice(-LOG_CHARS);
      if (text.includes('"no connection to the exchange"')) marks.lost.push(Date.now());
      const opened = /"listener":"http","host":"[^"]*","port":(\d+)/.exec(text)?.[1];
      if (opened !== undefined) {
        port = Number(opened);
        void askAgainAndAgain(port, marks, gone.signal);
      }
      if (!text.includes('"connected to the exchange"')) return;
      isReady = true;
      marks.connected.push(Date.now());
      onLogin.splice(0).forEach((resolve) => resolve());
    };
    started.stdout.on("data", read);
    started.stderr.on("data", read);
    started.once("close", (code, signal) => {
      running.delete(started);
      gone.abort();
      child = undefined;
      port = undefined;
      holdEnds();
      const at = Date.now();
      marks.died.push(at);
      const looked = isAsked && code === 0 ? undefined : lookAfter(at);
      if (!isAsked && signal !== "SIGKILL")
        crashes.push(`ended with ${String(code ?? signal)}: ${words}`);
      onDeath.splice(0).forEach((resolve) => resolve());
      if (!isEnding) void Promise.all([looked, sleep(RESTART_AFTER_MS)]).then(start);
    });
  }

  async function lookAfter(at: number): Promise<void> {
    const kill = { at, keptUntil: -Infinity };
    marks.killed.push(kill);
    kill.keptUntil = await options.lookIntoStore();
  }

  const gone = (): Promise<void> =>
    child === undefined ? Promise.resolve() : new Promise((resolve) => void onDeath.push(resolve));

  function holdEnds(): void {
    const last = marks.held.at(-1);
    if (last?.to === Infinity) marks.held.splice(-1, 1, { ...last, to: Date.now() });
  }

  function send(signal: NodeJS.Signals): void {
    if (signal === "SIGSTOP") marks.held.push({ from: Date.now(), to: Infinity });
    child?.kill(signal);
    if (signal === "SIGCONT") holdEnds();
  }

  function ask(): void {
    isAsked = true;
    marks.lost.push(Date.now()); // it listens no more, and does not say so
    send("SIGCONT");
    send("SIGTERM");
  }

  start();
  return {
    pid: () => child?.pid ?? 0,
    // Before it is ready, SIGUSR2 would end it; the clock is right at its next start all the same.
    signal: (signal) => void ((signal !== "SIGUSR2" || isReady) && send(signal)),
    async restart() {
      ask();
      await gone();
    },
    death: gone,
    nextLogin: () => new Promise((resolve) => void onLogin.push(resolve)),
    status: () => (port === undefined ? Promise.resolve(undefined) : askOnce(port)),
    async stop() {
      isEnding = true;
      const ending = child;
      if (ending === undefined) return { code: null, ms: 0 };
      const at = performance.now();
      ask();
      const [code] = (await once(ending, "close")) as [number | null];
      return { code, ms: performance.now() - at };
    },
    crashes,
    starts: () => starts,
    log: () => log,
    async kill() {
      isEnding = true;
      child?.kill("SIGKILL");
      await gone();
    },
  };
}
