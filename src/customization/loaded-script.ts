/**
 * One version of a script that is in force: how it is run, whatever it is written in. When the file
 * was replaced by one that does not load, the version goes on from a copy of what it was.
 */
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { failed, succeeded, type Result } from "../lib/failure.ts";
import { findProgram, interpreterOf, whyNotWhole } from "./check-syntax.ts";
import type { HookName } from "./contract/hooks.ts";
import { runExecutable } from "./executable.ts";
import { stampOf, type SeenFile } from "./file-stamp.ts";
import { firstLine, kindOf, type ScriptKind } from "./find-scripts.ts";
import { tasksAllowed } from "./limits.ts";
import { phpAction } from "./php-action.ts";
import { failure, type RawRun } from "./run-result.ts";
import { startWarmProcess, type WarmProcess } from "./warm-process.ts";

export type LoadedScript = {
  readonly file: string;
  readonly kind: ScriptKind;
  /** Which state of the file this is. */
  readonly stamp: string;
  /** Further files that are part of it. */
  readonly imports: readonly SeenFile[];
  run(input: string, limitMs: number): Promise<RawRun>;
  /** Another version is in force: what runs may end. */
  retire(): Promise<void>;
  stop(): Promise<void>;
};

export type LoadDeps = {
  readonly name: HookName;
  readonly file: string;
  /** Made when it is needed; only the service may read it. */
  readonly copies: () => string;
  readonly onWords: (words: string) => void;
};

const MOST_COPIED_BYTES = 4 * 1024 * 1024;

export type LoadFailure = {
  /** One sentence. */
  readonly reason: string;
  /** What it imports, as far as it came. */
  readonly imports: readonly SeenFile[];
};

const notLoaded = (reason: string, imports: readonly SeenFile[] = []) =>
  failed({ reason, imports });

export async function loadScript(deps: LoadDeps): Promise<Result<LoadedScript, LoadFailure>> {
  const { name, file } = deps;
  const found = stampOf(file);
  if (found === undefined) return notLoaded("it is gone");
  const stamp: string = found;
  const kind = kindOf(file);
  const { size } = statSync(file);
  const bytes = size <= MOST_COPIED_BYTES ? readFileSync(file) : undefined;
  const tasks = await tasksAllowed();

  let copy: string | undefined;
  /** The file itself, as long as it is what was loaded. */
  function fileToRun(): string {
    if (stampOf(file) === stamp || bytes === undefined) return file;
    if (copy === undefined) {
      const folder = join(deps.copies(), stamp.replaceAll(":", "-"));
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      copy = join(folder, basename(file));
      writeFileSync(copy, bytes, { mode: 0o700 });
    }
    return copy;
  }

  if (kind === "javascript") {
    const start = (): WarmProcess =>
      startWarmProcess({ name, file: fileToRun(), tasks, onWords: deps.onWords });
    const first = start();
    const broken = await first.loaded;
    const imports = first.files().filter(({ path }) => path !== file);
    if (broken !== undefined) return notLoaded(broken.reason, imports);
    return succeeded({ file, kind, stamp, imports, ...warm(first, start) });
  }

  const why = await whyNotWhole(file, kind);
  if (why !== undefined) return notLoaded(why);
  const php = kind === "php-action" ? (findProgram("php") ?? "php") : "";
  const interpreter = kind === "executable" ? (interpreterOf(firstLine(file)) ?? "") : "";
  const isNode = /^(?:node|bun|deno)/.test(basename(interpreter));
  const stopping = new AbortController();
  return succeeded({
    file,
    kind,
    stamp,
    imports: [],
    run: (input, limitMs) => {
      const path = fileToRun();
      const argv = kind === "php-action" ? phpAction(php, path) : [path];
      const { onWords } = deps;
      const { signal } = stopping;
      const folder = dirname(file);
      return runExecutable({ name, argv, folder, input, limitMs, tasks, isNode, onWords, signal });
    },
    retire: () => Promise.resolve(),
    stop: () => {
      stopping.abort();
      return Promise.resolve();
    },
  });
}

/** A process that ended is started again with the next run. */
function warm(
  first: WarmProcess,
  start: () => WarmProcess,
): Pick<LoadedScript, "run" | "retire" | "stop"> {
  let current = first;
  let isStopped = false;
  const ending = new Set<Promise<void>>();

  async function runOnce(input: string, endsAt: number): Promise<RawRun | "again"> {
    if (!current.isAlive()) current = start();
    if (!current.isReady()) {
      const broken = await Promise.race([current.loaded, late(endsAt)]);
      if (broken !== undefined) return broken;
    }
    const leftMs = endsAt - performance.now();
    return leftMs <= 0 ? NOT_IN_TIME : current.run(input, leftMs);
  }

  return {
    async run(input, limitMs) {
      const endsAt = performance.now() + limitMs;
      const run = await runOnce(input, endsAt);
      if (run !== "again") return run;
      if (isStopped) return { kind: "stopped" };
      // Another run ended the process; this one is innocent, and is run once more if there is time.
      if (endsAt - performance.now() < limitMs / 2) return NOT_IN_TIME;
      const again = await runOnce(input, endsAt);
      return again === "again" ? failure("crash", "its process ended twice") : again;
    },
    async retire() {
      const end = current.stop("when-idle");
      ending.add(end);
      await end;
      ending.delete(end);
    },
    async stop() {
      isStopped = true;
      await Promise.all([current.stop("now"), ...ending]);
    },
  };
}

const NOT_IN_TIME = failure("timeout", "its process ended because of another run");

const late = (endsAt: number): Promise<RawRun> =>
  new Promise((resolve) =>
    setTimeout(
      () => resolve(failure("timeout", "it did not load in time")),
      Math.max(0, endsAt - performance.now()),
    ).unref(),
  );
