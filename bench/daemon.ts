/**
 * The daemon as a whole: how long it takes to start and stop, what it holds while many calls run, how
 * late its loop is under load, and whether it grows.
 */
import { execFile } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { begunCall, callWithOwnIds, wholeCall } from "./ami-source.ts";
import { runDaemon, type DaemonRun } from "./daemon-run.ts";
import { medianOf } from "./median.ts";

const RUNS = 5;

export async function benchStart(): Promise<{
  startMs: number;
  stopMs: number;
  idleMegabytes: number;
}> {
  const runs = [];
  for (let run = 0; run < RUNS; run++) {
    const daemon = await runDaemon({ isWatched: false });
    await wait(1_000);
    const idle = daemon.residentMegabytes();
    runs.push({ startMs: daemon.startMs, idle, stopMs: await daemon.stop() });
  }
  return {
    startMs: medianOf(runs.map(({ startMs }) => startMs)),
    stopMs: medianOf(runs.map(({ stopMs }) => stopMs)),
    idleMegabytes: medianOf(runs.map(({ idle }) => idle)),
  };
}

/** From the begin of the last call until V8 has given back what it no longer needs. */
export const SETTLED_AFTER_S = 15;

/**
 * Calls begin within a few seconds and go on. The daemon is as it is installed: to be watched would
 * collect its garbage each time that it is looked at.
 * @returns resident megabytes at each number of calls, and at the last some time later
 */
export async function benchResident(counts: readonly number[]): Promise<{
  readonly points: readonly { readonly calls: number; readonly megabytes: number }[];
  readonly settledMegabytes: number;
}> {
  const daemon = await runDaemon({ isWatched: false });
  const points = [];
  let begun = 0;
  for (const calls of counts) {
    while (begun < calls) await daemon.exchange.say(callWithOwnIds(begunCall, ++begun));
    await wait(3_000);
    points.push({ calls, megabytes: daemon.residentMegabytes() });
  }
  await wait(SETTLED_AFTER_S * 1_000);
  const settledMegabytes = daemon.residentMegabytes();
  await daemon.stop();
  return { points, settledMegabytes };
}

export type LoadPoint = {
  readonly callsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of one core. */
  readonly processor: number;
  readonly megabytes: number;
  /** How late the loop of a process is that does nothing, at the same time. */
  readonly emptyP99Ms: number;
};

/** Whole calls at several speeds, one after the other. */
export async function benchLoad(
  speeds: readonly number[],
  seconds: number,
): Promise<readonly LoadPoint[]> {
  const daemon = await runDaemon();
  const points: LoadPoint[] = [];
  let next = 1;
  for (const callsPerSecond of speeds) {
    await daemon.watched();
    const before = daemon.processorSeconds();
    const empty = watchEmptyLoop(seconds);
    next = await play(daemon, { next, callsPerSecond, seconds });
    const processor = (daemon.processorSeconds() - before) / seconds;
    const megabytes = daemon.residentMegabytes();
    const late = pick(await daemon.watched());
    points.push({ callsPerSecond, ...late, processor, megabytes, emptyP99Ms: await empty });
  }
  await daemon.stop();
  return points;
}

/** What the machine itself makes late: a Node.js that only waits. @returns milliseconds, 99 % */
async function watchEmptyLoop(seconds: number): Promise<number> {
  const program = `
    const delay = require("node:perf_hooks").monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    setTimeout(() => console.log(Math.max(0, delay.percentile(99) / 1e6 - 1)), ${seconds * 1_000});
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--eval", program]);
  return Number(stdout);
}

const pick = ({ p50Ms, p99Ms }: { p50Ms: number; p99Ms: number }) => ({ p50Ms, p99Ms });

/** In pieces of 20 ms. @returns the number of the next call */
async function play(
  { exchange }: DaemonRun,
  { next, callsPerSecond, seconds }: { next: number; callsPerSecond: number; seconds: number },
): Promise<number> {
  const begun = performance.now();
  const first = next;
  for (let now = begun; now - begun < seconds * 1_000; now = performance.now()) {
    const due = first + Math.floor(((now - begun) / 1_000) * callsPerSecond);
    while (next < due) await exchange.say(callWithOwnIds(wholeCall, next++));
    await wait(20);
  }
  return next;
}

export type SoakBench = {
  readonly calls: number;
  readonly bookedCalls: number;
  /** Megabytes an hour, by the median of the slopes between all pairs of points (Theil and Sen). */
  readonly heapSlope: number;
  readonly residentSlope: number;
  /** Half of the width within which 90 % of the pairs lie: what the run can tell at all. */
  readonly heapDoubt: number;
  readonly residentDoubt: number;
};

const SOAK_CALLS_PER_SECOND = 10;

/** @param warmUp seconds before the first point: code is compiled, caches and the store's pages fill */
export async function benchSoak(seconds: number, warmUp: number): Promise<SoakBench> {
  const daemon = await runDaemon();
  const speed = { callsPerSecond: SOAK_CALLS_PER_SECOND };
  let next = await play(daemon, { ...speed, next: 1, seconds: warmUp });
  const every = Math.max(5, seconds / 60);
  const heap: Point[] = [];
  const resident: Point[] = [];
  const begun = performance.now();
  while (performance.now() - begun < (seconds - warmUp) * 1_000) {
    next = await play(daemon, { ...speed, next, seconds: every });
    const { heapBytes } = await daemon.watched(); // after a collection
    const hours = (performance.now() - begun) / 3_600_000;
    heap.push([hours, heapBytes / 1e6]);
    resident.push([hours, daemon.residentMegabytes()]);
  }
  const bookedCalls = daemon.bookedCalls();
  await daemon.stop();
  const [ofHeap, ofResident] = [robustSlope(heap), robustSlope(resident)];
  return {
    ...{ calls: next - 1, bookedCalls },
    ...{ heapSlope: ofHeap.slope, heapDoubt: ofHeap.doubt },
    ...{ residentSlope: ofResident.slope, residentDoubt: ofResident.doubt },
  };
}

type Point = readonly [x: number, y: number];

export function robustSlope(points: readonly Point[]): { slope: number; doubt: number } {
  const slopes = points
    .flatMap(([x, y], index) => points.slice(index + 1).map(([x2, y2]) => (y2 - y) / (x2 - x)))
    .sort((one, other) => one - other);
  const at = (share: number): number => slopes[Math.floor((slopes.length - 1) * share)] ?? NaN;
  // Pairs are not independent: the median of n points is as sure as the pairs' spread over sqrt(n).
  return { slope: at(0.5), doubt: (at(0.95) - at(0.05)) / 2 / Math.sqrt(points.length) };
}
