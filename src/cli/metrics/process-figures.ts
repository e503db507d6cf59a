/**
 * How the process itself does: memory, processor, open files, and how late its loop is. Exports
 * `createProcessFigures`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createMetrics, type Metrics } from "../../lib/metrics.ts";
import { version } from "../version.ts";

export type ProcessFigures = {
  readonly metrics: Metrics;
  start(): void;
  stop(): void;
  /** Milliseconds by which the loop was late for 99 of 100, and at worst, in the last minutes. */
  readonly loopDelay: () => LoopDelay;
};

export type LoopDelay = { readonly p50: number; readonly p99: number; readonly most: number };

/** What was seen in it is forgotten after twice this time, so that a figure tells of now. */
const WINDOW_MS = 60_000;
const RESOLUTION_MS = 20;

export function createProcessFigures(): ProcessFigures {
  const metrics = createMetrics();
  const loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  let before: LoopDelay = { p50: 0, p99: 0, most: 0 };
  let turning: NodeJS.Timeout | undefined;

  /** The monitor counts its own pause between two looks as delay. */
  const late = (nanoseconds: number): number =>
    Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS) : 0;
  const running = (): LoopDelay =>
    loop.count === 0
      ? { p50: 0, p99: 0, most: 0 }
      : { p50: late(loop.percentile(50)), p99: late(loop.percentile(99)), most: late(loop.max) };
  function loopDelay(): LoopDelay {
    const now = running();
    return {
      p50: Math.max(before.p50, now.p50),
      p99: Math.max(before.p99, now.p99),
      most: Math.max(before.most, now.most),
    };
  }

  const gauge = (name: string, help: string, read: () => number | undefined): void =>
    metrics.read({ name, help, type: "gauge" }, read);

  const loopHelp = (which: string): string =>
    `How late the event loop was, ${which} of the last one to two minutes.`;
  const loopName = (which: string): string => `asterisk_kommo_event_loop_delay_${which}_seconds`;
  gauge(loopName("median"), loopHelp("median"), () => loopDelay().p50 / 1_000);
  gauge(loopName("p99"), loopHelp("99th percentile"), () => loopDelay().p99 / 1_000);
  gauge(loopName("max"), loopHelp("worst"), () => loopDelay().most / 1_000);

  metrics.read(
    {
      name: "process_cpu_seconds_total",
      help: "Processor time of all threads.",
      type: "counter",
    },
    () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
  );
  const bornAt = Math.round(Date.now() / 1_000 - process.uptime());
  gauge(
    "process_start_time_seconds",
    "When the process began, in seconds since 1970.",
    () => bornAt,
  );
  gauge("process_resident_memory_bytes", "Resident memory.", () => process.memoryUsage.rss());
  gauge("nodejs_heap_used_bytes", "Heap in use.", () => process.memoryUsage().heapUsed);
  gauge("nodejs_external_memory_bytes", "Memory outside the heap that objects hold.", () => {
    const { external } = process.memoryUsage();
    return external;
  });
  gauge("process_open_fds", "Open files and sockets.", openFiles);
  gauge("process_max_fds", "How many may be open.", mostFiles);
  metrics.read(
    {
      ...{ name: "asterisk_kommo_build_info", labels: ["version", "node"], type: "gauge" },
      help: "Always 1: which version runs on which Node.js.",
    },
    () => [[[version(), process.versions.node], 1]],
  );

  return {
    metrics,
    loopDelay,
    start() {
      loop.enable();
      turning = setInterval(() => {
        before = running();
        loop.reset();
      }, WINDOW_MS);
      turning.unref();
    },
    stop() {
      clearInterval(turning);
      loop.disable();
    },
  };
}

/** @returns undefined where there is no /proc, or nothing left to open */
function openFiles(): number | undefined {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return undefined;
  }
}

function mostFiles(): number | undefined {
  try {
    const [, most] =
      /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return most === undefined ? undefined : Number(most);
  } catch {
    return undefined;
  }
}
