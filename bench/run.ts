/**
 * `npm run bench [-- --only NAME] [--json]`: every figure is the median of five runs, told as a ratio
 * to a baseline of the same run, because absolute times differ from machine to machine.
 */
import { parseArgs } from "node:util";
import { benchBacklog } from "./backlog.ts";
import { benchLiveCalls } from "./live-calls.ts";
import { benchReplay } from "./replay.ts";
import { benchStageLatency } from "./stage-latency.ts";

type Figure = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it is measured against, and what we want; "" where the figure stands for itself. */
  readonly baseline: string;
  readonly aim: string;
};

const RUNS = 5;
const benches: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  replay: () => {
    const bench = benchReplay();
    return Promise.resolve([
      {
        name: "replay, events per second",
        value: bench.ratio,
        unit: "of the bare split",
        baseline: `bare split ${bench.bareMessagesPerSecond}/s, replay ${bench.messagesPerSecond}/s`,
        aim: "≥ 0.4",
      },
      {
        name: "replay, processor",
        value: bench.processorMsPerThousand,
        unit: "ms for 1,000 events",
        baseline: `${bench.messages} events, ${bench.calls} calls`,
        aim: "≤ 1.5",
      },
      {
        name: "replay, peak memory",
        value: bench.peakMegabytes,
        unit: "MB above the start",
        baseline: "",
        aim: "",
      },
    ]);
  },
  live: () => {
    const runs = Array.from({ length: RUNS }, benchLiveCalls);
    const points = runs[0]?.points ?? [];
    const counts = `${points.map(({ calls }) => calls).join(", ")} calls`;
    const kilobytes = points.map((point) => Math.round(point.kilobytes)).join(", ");
    return Promise.resolve([
      {
        name: "live calls, memory",
        value: medianOf(runs.map((run) => run.kilobytesPerCall)),
        unit: "kB for each call",
        baseline: `line through ${counts}: ${kilobytes} kB`,
        aim: "≤ 8",
      },
      {
        name: "live calls, cost of an event",
        value: medianOf(runs.map((run) => run.costAtMost)),
        unit: "of that at 10 calls",
        baseline: `line through ${counts}, at the last`,
        aim: "flat",
      },
    ]);
  },
  latency: async () => {
    const { stages, stage, bareSocket } = await benchStageLatency();
    const bare = (value: number): string => `bare socket ${value.toFixed(3)} ms`;
    return [
      {
        name: "stage, half of them within",
        value: stage.p50,
        unit: "ms of the event",
        baseline: `${bare(bareSocket.p50)}, ${stages} stages at 50 calls/s`,
        aim: "≤ 50",
      },
      {
        name: "stage, 99 % within",
        value: stage.p99,
        unit: "ms of the event",
        baseline: bare(bareSocket.p99),
        aim: "≤ 50",
      },
    ];
  },
  backlog: async () => {
    const runs = [];
    for (let run = 0; run < RUNS; run++) runs.push(await benchBacklog());
    const median = runs.toSorted((a, b) => a.requests - b.requests)[Math.floor(RUNS / 2)];
    if (median === undefined) return [];
    return [
      {
        name: "backlog of known clients",
        value: median.requestsPerCall,
        unit: "requests a call",
        baseline: "one request a call",
        aim: "≤ 0.05",
      },
      {
        name: "backlog, busiest second",
        value: Math.max(...runs.map((run) => run.mostRequestsInASecond)),
        unit: "requests",
        baseline: "Kommo refuses the eighth",
        aim: "≤ 7",
      },
    ];
  },
};

function medianOf(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? NaN;
}

const { values } = parseArgs({
  options: { only: { type: "string" }, json: { type: "boolean", default: false } },
});
const names = Object.keys(benches).filter((name) => (values.only ?? name) === name);
if (names.length === 0) {
  process.stderr.write(`no bench is called so; there are: ${Object.keys(benches).join(", ")}\n`);
  process.exit(2);
}
const figures: Figure[] = [];
for (const name of names) figures.push(...((await benches[name]?.()) ?? []));
if (values.json) process.stdout.write(`${JSON.stringify(figures)}\n`);
else
  for (const { name, value, unit, baseline, aim } of figures)
    process.stdout.write(
      `${name.padEnd(28)} ${value.toFixed(3).padStart(9)} ${unit.padEnd(20)} ${aim.padEnd(7)} ${baseline}\n`,
    );
