/**
 * The daemon's side of the process that touches recordings: started when something is to be done, ended
 * when nothing is. One that gives no sign of life is ended with all that it started; while it cannot
 * even end (a volume that hangs), no other is started.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type {
  ConvertAnswer,
  ConvertRequest,
  Gone,
  LookAnswer,
  LookRequest,
  Numbered,
  Told,
} from "./work.ts";

export type SoundWork = {
  look(request: Omit<LookRequest, "ask">): Promise<LookAnswer | Gone>;
  convert(request: Omit<ConvertRequest, "ask">): Promise<ConvertAnswer | Gone>;
  stop(): Promise<void>;
};

export type SoundWorkOptions = {
  /** Default 30,000. */
  readonly silenceMs?: number;
  /** After the last work. Default 60,000. */
  readonly idleMs?: number;
  /** Where ffmpeg is looked for; default: that of the daemon. */
  readonly searchPath?: string | undefined;
};

// Runs from src by Node's type stripping and from dist as JavaScript: the same folder either way.
export const siblingFile = (name: string, here: string): string =>
  fileURLToPath(new URL(here.endsWith(".ts") ? `./${name}.ts` : `./${name}.js`, here));

/** Of V8's own; the encoder and open files come on top. */
const CHILD_FLAGS = ["--disable-warning=ExperimentalWarning", "--max-old-space-size=256"];

/** The daemon's environment may hold secrets. */
export const childEnvironment = (searchPath = process.env["PATH"]): Record<string, string> => ({
  PATH: searchPath ?? "/usr/local/bin:/usr/bin:/bin",
  LC_ALL: "C",
});

type Waiting = {
  readonly resolve: (answer: LookAnswer | ConvertAnswer | Gone) => void;
  readonly timer: NodeJS.Timeout;
};

export function createSoundWork(options: SoundWorkOptions = {}): SoundWork {
  const silenceMs = options.silenceMs ?? 30_000;
  const idleMs = options.idleMs ?? 60_000;
  const waiting = new Map<number, Waiting>();
  let child: ChildProcess | undefined;
  let ended: Promise<void> = Promise.resolve();
  /** Killed, and not gone yet. */
  let isEnding = false;
  let isStopped = false;
  let idleTimer: NodeJS.Timeout | undefined;
  let lastId = 0;

  function start(): ChildProcess {
    const started = spawn(
      process.execPath,
      [...CHILD_FLAGS, siblingFile("work-child", import.meta.url)],
      {
        stdio: ["ignore", "ignore", "ignore", "ipc"],
        env: childEnvironment(options.searchPath),
        cwd: "/",
        detached: true,
      },
    );
    started.on("message", (message) => hear(message as Told));
    ended = new Promise((resolve) => {
      const gone = (reason: string): void => {
        // What it started must not outlive it.
        killGroup(started);
        if (child === started) child = undefined;
        isEnding = false;
        releaseAll(reason);
        resolve();
      };
      started.on("error", (error) => gone(error.message));
      started.on("exit", (code, signal) => gone(`it ended with ${signal ?? String(code)}`));
    });
    // It must not hold the daemon, which stops it by itself.
    started.unref();
    started.channel?.unref();
    return started;
  }

  function end(reason: string): void {
    if (child === undefined) return;
    isEnding = true;
    killGroup(child);
    releaseAll(reason);
  }

  function releaseAll(reason: string): void {
    for (const { resolve, timer } of waiting.values()) {
      clearTimeout(timer);
      resolve({ kind: "gone", reason });
    }
    waiting.clear();
  }

  function hear(told: Told): void {
    const asked = waiting.get(told.id);
    if (asked === undefined) return;
    if (!("answer" in told)) {
      asked.timer.refresh();
      return;
    }
    clearTimeout(asked.timer);
    waiting.delete(told.id);
    asked.resolve(told.answer);
    if (waiting.size > 0) return;
    idleTimer = setTimeout(() => end("nothing was to be done"), idleMs);
    idleTimer.unref();
  }

  function ask(request: Numbered["request"]): Promise<LookAnswer | ConvertAnswer | Gone> {
    if (isStopped) return Promise.resolve({ kind: "gone", reason: "the daemon stops" });
    if (isEnding)
      return Promise.resolve({ kind: "gone", reason: "the folder of recordings does not answer" });
    clearTimeout(idleTimer);
    child ??= start();
    const id = ++lastId;
    const message: Numbered = { id, request };
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => end(`no sign of life for ${Math.round(silenceMs / 1_000)} s`),
        silenceMs,
      );
      waiting.set(id, { resolve, timer });
      child?.send(message, (error) => {
        if (error !== null) end(error.message);
      });
    });
  }

  return {
    look: async (request) => (await ask({ ask: "look", ...request })) as LookAnswer | Gone,
    convert: async (request) => (await ask({ ask: "convert", ...request })) as ConvertAnswer | Gone,
    async stop() {
      isStopped = true;
      clearTimeout(idleTimer);
      end("the daemon stops");
      // One that hangs in the kernel is left behind: it ends by itself once it can.
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 1_000).unref())]);
    },
  };
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Gone already.
  }
}
