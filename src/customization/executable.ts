/**
 * One run of an executable or a PHP action: JSON on standard input, JSON on standard output, a process
 * group of its own that is gone at the limit. Exports `runExecutable`.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { setPriority } from "node:os";
import { codeOf } from "../lib/failure.ts";
import { MOST_ANSWER_BYTES } from "./answer.ts";
import { killRun, signalGroup } from "./kill.ts";
import { environment, limited, MOST_RESIDENT_BYTES, residentBytes } from "./limits.ts";
import { failure, type RawRun } from "./run-result.ts";
import { hear } from "./script-words.ts";
import { tellExit } from "./warm-process.ts";

export type Execution = {
  readonly name: string;
  readonly argv: readonly string[];
  readonly folder: string;
  readonly input: string;
  readonly limitMs: number;
  readonly tasks: number;
  readonly isNode: boolean;
  readonly onWords: (words: string) => void;
  readonly signal: AbortSignal;
};

/** Whoever keeps the pipe after the script's own end is given so long. */
const PIPE_GRACE_MS = 50;
const WATCH_EVERY_MS = 50;
const NICE = 10; // of -20 (first) to 19

export function runExecutable(asked: Execution): Promise<RawRun> {
  const mark = randomUUID();
  const [command = "", ...args] = limited(asked.argv, asked);
  const child = spawn(command, args, {
    stdio: ["pipe", "pipe", "pipe"],
    env: environment(asked.name, mark),
    cwd: asked.folder,
    detached: true,
  });
  const leader = child.pid;
  yieldTo(leader);
  const done = Promise.withResolvers<RawRun>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  let isOver = false;
  let isPipeClosed = false;
  let exited: { code: number | null; signal: NodeJS.Signals | null } | undefined;

  const settle = (run: RawRun): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    clearInterval(watch);
    asked.signal.removeEventListener("abort", onAbort);
    child.stdout.destroy();
    child.stderr.destroy();
    child.stdin.destroy();
    done.resolve(run);
  };
  const killed = (run: RawRun): void => {
    settle(run);
    if (leader !== undefined) void killRun(leader, mark);
  };
  const onAbort = (): void => killed({ kind: "stopped" });
  const endsAt = performance.now() + asked.limitMs;
  const timer = setTimeout(
    () => killed(failure("timeout", `no answer within ${Math.round(asked.limitMs)} ms`)),
    asked.limitMs,
  );
  const watch = setInterval(() => {
    void residentBytes(leader ?? 0).then((resident) => {
      if (resident > MOST_RESIDENT_BYTES) killed(failure("memory", "it took more than 512 MB"));
    });
  }, WATCH_EVERY_MS);
  asked.signal.addEventListener("abort", onAbort, { once: true });

  child.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MOST_ANSWER_BYTES) return killed(failure("output", "it answered more than 1 MB"));
    chunks.push(chunk);
  });
  child.stdout.on("error", () => undefined);
  child.stdout.on("end", () => {
    isPipeClosed = true;
    finish();
  });
  hear(child.stderr, asked.onWords);
  child.stdin.on("error", () => undefined); // it did not read its input
  child.stdin.end(asked.input);

  child.on("error", (error) => {
    const hint = codeOf(error) === "EACCES" ? "it is not executable" : error.message;
    settle(failure("not-started", hint));
  });
  child.on("exit", (code, signal) => {
    exited = { code, signal };
    finish();
    // A grandchild holds the pipe: it is not waited for, and does not stay.
    if (!isOver) setTimeout(() => killed(result(exited ?? { code, signal })), PIPE_GRACE_MS);
  });

  function finish(): void {
    if (exited === undefined || !isPipeClosed) return;
    settle(result(exited));
    endLeftovers(leader, { mark, afterMs: endsAt - performance.now() });
  }

  function result({ code, signal }: NonNullable<typeof exited>): RawRun {
    if (code === 126 || code === 127)
      return failure("not-started", `${tellExit(code, signal)}: a command was not found`);
    if (code !== 0) return failure("crash", tellExit(code, signal));
    return { kind: "output", bytes: Buffer.concat(chunks) };
  }

  return done.promise;
}

/** Interpreters take their time to start: the exchange and the daemon go before them. */
function yieldTo(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, NICE);
  } catch {
    // It ended meanwhile.
  }
}

/** What goes on behind the script's own end ("&") ends at the limit like the script itself. */
function endLeftovers(
  leader: number | undefined,
  { mark, afterMs }: { mark: string; afterMs: number },
): void {
  if (leader === undefined || !signalGroup(leader, 0)) return;
  setTimeout(() => void killRun(leader, mark), Math.max(0, afterMs)).unref();
}
