/** The figures of the daemon as a whole and of its store, for `npm run bench`. Needs the built daemon. */
import {
  benchLoad,
  benchResident,
  benchSoak,
  benchStart,
  SETTLED_AFTER_S,
  type LoadPoint,
} from "./daemon.ts";
import { benchAccounts } from "./accounts.ts";
import { benchGrowth } from "./growth.ts";
import { lineThrough } from "./line.ts";
import { benchPostgres, isPostgresThere } from "./postgres.ts";
import type { Figure } from "./run.ts";
import { benchStore } from "./store.ts";

const LIVE_CALLS = [10, 500, 1_000, 2_000];
const LOAD_SPEEDS = [1, 10, 50, 100];
const LOAD_SECONDS = 10;
const SOAK_SECONDS = 310;
/** The heap grows by 1 MB within the first two minutes, and stays there. */
const SOAK_WARM_UP_SECONDS = 130;

export const daemonBenches: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  store: async () => {
    const { ratio, groupedRatio, bareCommits, oneByOne, grouped } = await benchStore();
    const bare = `${bareCommits.toFixed(0)} bare commits a second`;
    return [
      {
        ...{ name: "store, calls one by one", value: ratio, unit: "of bare commits" },
        ...{ aim: "≥ 0.5", baseline: `${bare}, ${oneByOne.toFixed(0)} calls` },
      },
      {
        ...{ name: "store, calls in groups", value: groupedRatio, unit: "of bare commits" },
        ...{ aim: "≥ 2", baseline: `${bare}, ${grouped.toFixed(0)} calls` },
      },
    ];
  },
  postgres: async () => {
    if (!isPostgresThere()) return [];
    const { accounts, flood, bareFlood, ...bench } = await benchPostgres();
    const unit = "of bare commits";
    const bare = `${bench.bareCommits.toFixed(0)} bare commits a second`;
    return [
      {
        ...{ name: "PostgreSQL, calls one by one", value: bench.oneByOne, unit, aim: "≥ 0.5" },
        baseline: bare,
      },
      {
        ...{ name: "PostgreSQL, calls in groups", value: bench.grouped, unit, aim: "≥ 2" },
        baseline: bare,
      },
      {
        ...{ name: `${accounts} accounts, in turn`, value: bench.sharedOneByOne, unit, aim: "" },
        baseline: bare,
      },
      {
        ...{ name: `${accounts} accounts, at once`, value: bench.sharedAtOnce, unit, aim: "" },
        baseline: bare,
      },
      {
        ...{ name: "beside a flood, 99 % kept in", value: flood.ratio, unit: "of without" },
        ...{ aim: "≤ 1.2" },
        baseline: `${flood.quietMs.toFixed(1)} ms without, ${flood.floodedMs.toFixed(1)} ms with; two bare clients ${bareFlood.ratio.toFixed(3)}`,
      },
    ];
  },
  accounts: async () => {
    const { megabytes, points } = await benchAccounts({ counts: [2, 20], idleSeconds: 5 });
    const told = points.map((point) => `${point.accounts}: ${point.megabytes.toFixed(0)}`);
    return [
      {
        ...{ name: "one account more, resident", value: megabytes, unit: "MB", aim: "" },
        baseline: `idle, a file each; ${told.join(", ")}`,
      },
    ];
  },
  start: async () => {
    const { startMs, stopMs, idleMegabytes } = await benchStart();
    const rest = { baseline: "", unit: "ms" };
    return [
      { ...rest, name: "start to logged in at AMI", value: startMs, aim: "≤ 1500" },
      { ...rest, name: "stop", value: stopMs, aim: "≤ 1000" },
      { ...rest, name: "resident, idle", value: idleMegabytes, unit: "MB", aim: "" },
    ];
  },
  resident: async () => {
    const { points, settledMegabytes } = await benchResident(LIVE_CALLS);
    const last = points.at(-1);
    const told = points.map(({ calls, megabytes }) => `${calls}: ${megabytes.toFixed(0)}`);
    const name = `resident, ${LIVE_CALLS.at(-1) ?? 0} live calls`;
    const rest = { unit: "MB", aim: "≤ 120" };
    return [
      { ...rest, name, value: last?.megabytes ?? NaN, baseline: told.join(", ") },
      {
        ...{ ...rest, name: `${name}, settled`, value: settledMegabytes },
        baseline: `${SETTLED_AFTER_S} s later`,
      },
    ];
  },
  load: async () => {
    const points = await benchLoad(LOAD_SPEEDS, LOAD_SECONDS);
    const perCall = (of: (point: LoadPoint) => number) =>
      lineThrough(points.map((point) => [point.callsPerSecond, of(point)]));
    const processor = perCall((point) => point.processor * 1_000);
    const memory = perCall((point) => point.megabytes);
    const at = `line through ${LOAD_SPEEDS.join(", ")} calls/s`;
    return [
      ...points.map(({ callsPerSecond, p50Ms, p99Ms, emptyP99Ms }): Figure => ({
        ...{ name: `${callsPerSecond} calls/s, loop late, 99 %`, value: p99Ms, unit: "ms" },
        aim: "≤ 5",
        baseline: `half ${p50Ms.toFixed(3)} ms; an empty process ${emptyP99Ms.toFixed(3)} ms`,
      })),
      {
        ...{ name: "whole daemon, processor", value: processor.slope, unit: "ms a call" },
        ...{ aim: "", baseline: `${at}; at none ${processor.at(0).toFixed(1)} ms a second` },
      },
      {
        ...{ name: "whole daemon, memory", value: memory.slope, unit: "MB for a call/s" },
        ...{ aim: "", baseline: `${at}; at none ${memory.at(0).toFixed(0)} MB resident` },
      },
    ];
  },
  growth: async () => {
    const { few, many, accept, lookUp } = await benchGrowth({ few: 10_000, many: 1_000_000 });
    const unit = `of that at ${few.calls} calls`;
    const size = `${many.calls} calls, ${many.gigabytes.toFixed(1)} GB`;
    return [
      {
        ...{ name: "large archive, accept", value: accept, unit, aim: "≤ 1.3" },
        baseline: `${size}, ${many.msToAccept.toFixed(2)} ms`,
      },
      {
        ...{ name: "large archive, look-up", value: lookUp, unit, aim: "≤ 1.3" },
        baseline: `${size}, ${many.msToLookUp.toFixed(2)} ms`,
      },
      {
        ...{ name: "large archive, to open", value: many.msToOpen, unit: "ms", aim: "≤ 1000" },
        baseline: `${few.calls} calls: ${few.msToOpen.toFixed(0)} ms`,
      },
    ];
  },
  soak: async () => {
    const soak = await benchSoak(SOAK_SECONDS, SOAK_WARM_UP_SECONDS);
    const unit = "MB an hour";
    return [
      {
        ...{ name: "soak, heap", value: soak.heapSlope, unit, aim: "" },
        baseline: `give or take ${soak.heapDoubt.toFixed(1)}, ${soak.calls} calls`,
      },
      {
        ...{ name: "soak, resident", value: soak.residentSlope, unit, aim: "" },
        baseline: `give or take ${soak.residentDoubt.toFixed(1)}`,
      },
    ];
  },
};
