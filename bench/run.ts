/**
 * `npm run bench [-- --only NAME] [--json]`: every figure is the median of five runs, told as a ratio
 * to a baseline of the same run, because absolute times differ from machine to machine.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchBacklog } from "./backlog.ts";
import { benchReplay } from "./replay.ts";

type Figure = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it is measured against, and what we want; "" where the figure stands for itself. */
  readonly baseline: string;
  readonly aim: string;
};

const RUNS = 5;
const LOAD_RECORDING = join(
  import.meta.dirname,
  "../test/fixtures/load/ast16-sip-50cps-30s.ami.gz",
);

const benches: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  replay: () => {
    const bench = benchReplay(process.env["LOAD_RECORDING"] ?? LOAD_RECORDING);
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
