/**
 * What is loaded into a daemon that is measured: on SIGUSR2 it collects its garbage and writes one JSON
 * line on how late its loop was since the last time, and what its heap holds, to DAEMON_WATCH. It is
 * text for `--import`, since a file of TypeScript would load the compiler into the daemon too.
 */
export type Watched = {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly heapBytes: number;
};

const RESOLUTION_MS = 1;

const PROGRAM = `
import { appendFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { isMainThread } from "node:worker_threads";
if (isMainThread && process.argv[2] === "run") {
  const delay = monitorEventLoopDelay({ resolution: ${RESOLUTION_MS} });
  delay.enable();
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  const late = (percent) => Math.max(0, delay.percentile(percent) / 1e6 - ${RESOLUTION_MS});
  process.on("SIGUSR2", () => {
    const times = { p50Ms: late(50), p99Ms: late(99) };
    collect();
    const told = { ...times, heapBytes: process.memoryUsage().heapUsed };
    appendFileSync(process.env.DAEMON_WATCH, JSON.stringify(told) + "\\n");
    delay.reset();
  });
}
`;

/** For NODE_OPTIONS. */
export const WATCH_OPTION = `--import=data:text/javascript,${encodeURIComponent(PROGRAM)}`;
