/**
 * A JavaScript customization in a process of its own that stays: a run costs one line each way. A run
 * past its limit ends the process with all that it started; what else ran in it is run once more.
 * Exports `startWarmProcess`.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { MOST_ANSWER_BYTES } from "./answer.ts";
import { readSeenFiles, type SeenFile } from "./file-stamp.ts";
import { killRun } from "./kill.ts";
import { environment, limited, nodeFlags } from "./limits.ts";
import { MOST_RESIDENT_BYTES, residentBytes } from "./limits.ts";
import { failure, type RawRun, type RunFailure } from "./run-result.ts";
import { listenTo } from "./script-words.ts";

export type WarmProcess = {
  /** Resolves when it is loaded: undefined, or why it does not load. */
  readonly loaded: Promise<RunFailure | undefined>;
  /** What it consists of, once it is loaded or has failed to. */
  readonly files: () => readonly SeenFile[];
  readonly isReady: () => boolean;
  readonly isAlive: () => boolean;
  /** @returns "again": the process ended because of another run, and this one may be repeated */
  run(input: string, limitMs: number): Promise<RawRun | "again">;
  /** Ends it, at once or when its runs are done. */
  stop(how: "now" | "when-idle"): Promise<void>;
};

export type WarmDeps = {
  readonly name: string;
  readonly file: string;
  readonly tasks: number;
  readonly onWords: (words: string) => void;
};

const LOAD_LIMIT_MS = 10_000;
const WATCH_EVERY_MS = 50;

// Runs from src by Node's type stripping and from dist as JavaScript: the same folder either way.
const childFile = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "./warm-child.ts" : "./warm-child.js", import.meta.url),
);

type Waiting = {
  readonly resolve: (run: RawRun | "again") => void;
  readonly timer: NodeJS.Timeout;
};

export function startWarmProcess({ name, file, tasks, onWords }: WarmDeps): WarmProcess {
  const mark = randomUUID();
  const argv = [process.execPath, ...nodeFlags, childFile, file];
  const [command = "", ...args] = limited(argv, { tasks, isNode: true });
  const child = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    env: environment(name, mark),
    cwd: "/",
    detached: true,
  });
  const wire = child.stdio[3] as Duplex;
  const waiting = new Map<number, Waiting>();
  const loaded = Promise.withResolvers<RunFailure | undefined>();
  const ended = Promise.withResolvers<void>();
  let lastId = 0;
  let isAlive = true;
  let isReady = false;
  let isStopping = false;
  let files: readonly SeenFile[] = [];
  let why: RunFailure | undefined;
  let partial: Buffer[] = [];
  let partialBytes = 0;
  listenTo(child, onWords);
  const loadTimer = setTimeout(
    () => end(failure("timeout", "it did not load within 10 s")),
    LOAD_LIMIT_MS,
  );

  /** @param isCulpritKnown the run that caused it has its answer; the others only stood beside it */
  function end(cause: RunFailure, isCulpritKnown = false): void {
    if (!isAlive) return;
    why = cause;
    gone(isCulpritKnown);
    void killRun(child.pid ?? 0, mark).then(ended.resolve);
  }

  function gone(isCulpritKnown: boolean): void {
    if (!isAlive) return;
    isAlive = false;
    clearTimeout(loadTimer);
    clearInterval(watch);
    wire.destroy();
    loaded.resolve(why ?? failure("crash", "it ended while it was loaded"));
    const isAlone = waiting.size === 1 && !isCulpritKnown;
    for (const { resolve, timer } of waiting.values()) {
      clearTimeout(timer);
      if (isStopping) resolve({ kind: "stopped" });
      else resolve(isAlone ? (why ?? failure("crash", "its process ended")) : "again");
    }
    waiting.clear();
  }

  function settle(id: number, run: RawRun): void {
    const asked = waiting.get(id);
    if (asked === undefined) return;
    waiting.delete(id);
    clearTimeout(asked.timer);
    asked.resolve(run);
    if (waiting.size === 0) clearInterval(watch);
    stopIfIdle();
  }

  function onLine(line: Buffer): void {
    const space = line.indexOf(0x20);
    const head = line.toString("latin1", 0, space < 0 ? line.length : Math.min(space, 16));
    if (head === "files") {
      if (!isReady) files = readSeenFiles(line.toString("utf8", space + 1));
      return;
    }
    if (head === "ready" || head === "broken") {
      clearTimeout(loadTimer);
      isReady = head === "ready";
      if (isReady) return loaded.resolve(undefined);
      return end(failure("crash", `it does not load: ${line.toString("utf8", space + 1)}`));
    }
    const id = Number(head);
    if (line[space + 1] !== 0x21)
      return settle(id, { kind: "output", bytes: line.subarray(space + 1) });
    settle(id, failure("crash", `it threw: ${line.toString("utf8", space + 2)}`));
  }

  wire.on("data", (chunk: Buffer) => {
    let rest = chunk;
    for (let at = rest.indexOf(0x0a); at >= 0; at = rest.indexOf(0x0a)) {
      const line = Buffer.concat([...partial, rest.subarray(0, at)]);
      partial = [];
      partialBytes = 0;
      rest = rest.subarray(at + 1);
      onLine(line);
    }
    if (rest.length === 0) return;
    partial.push(rest);
    partialBytes += rest.length;
    if (partialBytes > MOST_ANSWER_BYTES + 32) end(failure("output", "it answered more than 1 MB"));
  });
  wire.on("error", () => undefined);
  child.on("error", (error) => {
    why = failure("not-started", error.message);
    gone(false);
    ended.resolve();
  });
  child.on("exit", (code, signal) => {
    why ??= failure("crash", tellExit(code, signal));
    gone(false);
    // What it started must not outlive it.
    void killRun(child.pid ?? 0, mark).then(ended.resolve);
  });

  let watch: NodeJS.Timeout | undefined;
  const watchMemory = (): void => {
    clearInterval(watch);
    watch = setInterval(() => {
      void residentBytes(child.pid ?? 0).then((bytes) => {
        if (bytes > MOST_RESIDENT_BYTES) end(failure("memory", "it took more than 512 MB"));
      });
    }, WATCH_EVERY_MS);
    watch.unref();
  };
  watchMemory();
  void loaded.promise.then(() => {
    if (waiting.size === 0) clearInterval(watch);
  });

  function stopIfIdle(): void {
    if (isStopping && waiting.size === 0) end(failure("crash", "stopped"));
  }

  return {
    loaded: loaded.promise,
    files: () => files,
    isReady: () => isReady && isAlive,
    isAlive: () => isAlive,
    run: (input, limitMs) => {
      if (!isAlive) return Promise.resolve("again");
      const id = ++lastId;
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          settle(id, failure("timeout", `no answer within ${Math.round(limitMs)} ms`));
          end(failure("timeout", "another run did not end"), true);
        }, limitMs);
        if (waiting.size === 0) watchMemory();
        waiting.set(id, { resolve, timer });
        wire.write(`${id} ${input}\n`);
      });
    },
    stop(how) {
      isStopping = true;
      if (how === "now") end(failure("crash", "stopped"));
      else stopIfIdle();
      return ended.promise;
    },
  };
}

export const tellExit = (code: number | null, signal: NodeJS.Signals | null): string =>
  signal === null ? `it ended with the exit code ${String(code)}` : `it was ended by ${signal}`;
