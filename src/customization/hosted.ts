/**
 * The customizations as the daemon uses them: in a process of their own, so that nothing that a script
 * needs (starting it, reading it, ending it) holds up the daemon's loop. That process is started with
 * the first script, and again should it end. Exports `createHostedCustomizations`.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import type { HookName } from "./contract/hooks.ts";
import type { Customizations } from "./customizations.ts";
import {
  askToHeed,
  askToRun,
  askToWarm,
  type Bounds,
  type HostSettings,
  type ToDaemon,
} from "./host-protocol.ts";
import { environment } from "./limits.ts";
import { countRun, NO_RUNS, type RunCounts } from "./run-counts.ts";
import { failure, type RunResult } from "./run-result.ts";
import { createScriptFolder, type ScriptNews } from "./script-folder.ts";

export type HostedDeps = {
  readonly settings: HostSettings;
  readonly now: () => number;
  readonly onNews: (news: ScriptNews) => void;
  readonly onRun?: (name: HookName, result: RunResult) => void;
};

/** Beyond a script's own limit: then the process itself is stuck. */
const GRACE_MS = 2_000;

// Runs from src by Node's type stripping and from dist as JavaScript: the same folder either way.
const childFile = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "./host-child.ts" : "./host-child.js", import.meta.url),
);

type Waiting = { readonly settle: (result: RunResult) => void; readonly timer: NodeJS.Timeout };
type Host = { readonly child: ChildProcess; readonly wire: Duplex; readonly exited: Promise<void> };

export type HostedCustomizations = Customizations & {
  /** Of answers from now on. */
  heed(bounds: Bounds): void;
};

export function createHostedCustomizations(deps: HostedDeps): HostedCustomizations {
  const { now, onNews } = deps;
  let { settings } = deps;
  // Looked at here too, because whether there is a script at all must cost nothing.
  const folder = createScriptFolder({ ...settings, onNews: () => undefined });
  const waiting = new Map<number, Waiting>();
  const counts = new Map<HookName, RunCounts>();
  let warmed: PromiseWithResolvers<void> | undefined;
  let host: Host | undefined;
  let lastId = 0;
  let isStopped = false;

  function start(): Host {
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", childFile, JSON.stringify(settings)],
      {
        stdio: ["ignore", "ignore", "ignore", "pipe"],
        env: environment("host", "host"),
        cwd: "/",
        detached: true, // a terminal's Ctrl-C is for the daemon, which ends this in order
      },
    );
    const wire = child.stdio[3] as Duplex;
    wire.on("error", () => undefined);
    const lines = createInterface({ input: wire, crlfDelay: Infinity });
    lines.on("line", (line) => hear(JSON.parse(line) as ToDaemon));
    lines.on("error", () => undefined); // those of the wire, told a second time
    const exited = new Promise<void>((resolve) => {
      const gone = (): void => {
        if (host?.child === child) host = undefined;
        warmed?.resolve();
        const lost = failure("crash", "the process of the customizations ended");
        for (const { settle } of waiting.values()) settle({ ...lost, ms: 0 });
        resolve();
      };
      child.once("exit", gone);
      child.once("error", gone);
    });
    return { child, wire, exited };
  }

  function hear(message: ToDaemon): void {
    if (message.kind === "news") onNews(message.news);
    else if (message.kind === "warm") warmed?.resolve();
    else waiting.get(message.id)?.settle(message.result);
  }

  const tell = (line: string): void => {
    host ??= start();
    host.wire.write(`${line}\n`);
  };

  function count(name: HookName, result: RunResult): void {
    if (result.kind === "none" || result.kind === "stopped") return;
    counts.set(name, countRun(counts.get(name) ?? NO_RUNS, result, now()));
    deps.onRun?.(name, result);
  }

  return {
    has: (name) => !isStopped && folder.has(name),
    run(name, input) {
      if (isStopped) return Promise.resolve({ kind: "stopped", ms: 0 });
      if (!folder.has(name)) return Promise.resolve({ kind: "none", ms: 0 });
      const begun = performance.now();
      const id = ++lastId;
      return new Promise((resolve) => {
        const settle = (result: RunResult): void => {
          clearTimeout(timer);
          waiting.delete(id);
          const ms = performance.now() - begun;
          const told: RunResult = isStopped ? { kind: "stopped", ms } : { ...result, ms };
          count(name, told);
          resolve(told);
        };
        const timer = setTimeout(() => {
          settle({ ...failure("timeout", "the process of the customizations is stuck"), ms: 0 });
          host?.child.kill("SIGKILL");
        }, settings.limitsMs[name] + GRACE_MS);
        waiting.set(id, { settle, timer });
        tell(askToRun(id, name, input));
      });
    },
    list: () =>
      folder.list().map((script) => ({ ...script, runs: counts.get(script.name) ?? NO_RUNS })),
    heed({ extensions, recordingRoots }) {
      settings = { ...settings, extensions, recordingRoots };
      if (host !== undefined) tell(askToHeed(settings));
    },
    async warm() {
      if (folder.list().length === 0) return;
      warmed = Promise.withResolvers<void>();
      tell(askToWarm);
      await warmed.promise;
    },
    async stop() {
      isStopped = true;
      for (const { settle } of waiting.values()) settle({ kind: "stopped", ms: 0 });
      const last = host;
      if (last === undefined) return;
      last.wire.end();
      const timer = setTimeout(() => last.child.kill("SIGKILL"), GRACE_MS);
      await last.exited;
      clearTimeout(timer);
    },
  };
}
