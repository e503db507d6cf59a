/**
 * `npm run bench [-- --only NAME] [--json]`: every figure is the median of five runs, told as a ratio
 * to a baseline of the same run, because absolute times differ from machine to machine.
 */
import { benchConversion } from "./conversion.ts";
import { benchAltegio } from "./altegio.ts";
import { benchCustomizations } from "./customizations.ts";
import { benchScriptLoad } from "./script-load.ts";
import { benchScriptLoop } from "./script-loop.ts";
import { parseArgs } from "node:util";
import { daemonBenches } from "./daemon-figures.ts";
import { benchDirectory } from "./directory.ts";
import { benchDistribution } from "./distribution.ts";
import { pageFigures } from "./page.ts";
import { benchKommo, SHORT } from "./kommo.ts";
import { benchLiveCalls } from "./live-calls.ts";
import { benchOriginate } from "./originate.ts";
import { benchCalls, benchParse, type PartBench } from "./parts.ts";
import { benchReplay } from "./replay.ts";
import { benchStageLatency } from "./stage-latency.ts";

export type Figure = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it is measured against, and what we want; "" where the figure stands for itself. */
  readonly baseline: string;
  readonly aim: string;
};

const RUNS = 5;
const benches: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  ...daemonBenches,
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
  parse: () => Promise.resolve([partFigure("parse", benchParse())]),
  calls: () => Promise.resolve([partFigure("calls", benchCalls())]),
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
  directory: async () => {
    const bench = await benchDirectory();
    const bareMs = bench.bareUs / 1_000;
    const { lookUpMs, lookUpBesideWritesMs: beside } = bench;
    const filled = `filled in ${bench.secondsToFill.toFixed(1)} s`;
    return [
      {
        name: "directory, size",
        value: bench.megabytesPerMillion,
        unit: "MB a million",
        baseline: `${String(bench.contacts)} contacts, ${filled}`,
        aim: "≤ 400",
      },
      {
        name: "directory, half of look-ups",
        value: lookUpMs.half,
        unit: "ms",
        baseline: `bare SELECT ${bareMs.toFixed(3)} ms, ratio ${(lookUpMs.half / bareMs).toFixed(1)}`,
        aim: "≤ 1",
      },
      {
        name: "directory, 99 % of look-ups",
        value: lookUpMs.most,
        unit: "ms",
        baseline: `beside writes half ${beside.half.toFixed(3)}, 99 % ${beside.most.toFixed(3)} ms`,
        aim: "≤ 1",
      },
    ];
  },
  conversion: async () => {
    const bench = await benchConversion();
    const bare = `bare ffmpeg ${bench.bareSeconds.toFixed(1)} s, ${String(bench.files)} minutes`;
    return [
      {
        name: "conversion, processor",
        value: bench.autoSeconds / bench.bareSeconds,
        unit: "of bare ffmpeg",
        baseline: bare,
        aim: "≤ 1.5",
      },
      {
        name: "conversion by ffmpeg",
        value: bench.ffmpegSeconds / bench.bareSeconds,
        unit: "of bare ffmpeg",
        baseline: bare,
        aim: "≤ 1.1",
      },
      {
        name: "conversion, loop late, 99 %",
        value: bench.lateMs,
        unit: "ms",
        baseline: `idle ${bench.idleLateMs.toFixed(3)} ms`,
        aim: "≤ 5",
      },
    ];
  },
  page: pageFigures,
  distribution: async () => {
    const bench = await benchDistribution();
    const asked = `${String(bench.contacts)} contacts, 200/s over 20 connections`;
    return [
      {
        name: "distribution, half of answers",
        value: bench.half,
        unit: "ms",
        baseline: `bare node:http ${bench.bareHalf.toFixed(3)} ms`,
        aim: "",
      },
      {
        name: "distribution, 99 % of answers",
        value: bench.p99,
        unit: "ms",
        baseline: `bare node:http ${bench.bareP99.toFixed(3)} ms`,
        aim: "≤ 3",
      },
      {
        name: "distribution, 99 %, of bare",
        value: bench.ratio,
        unit: "of bare node:http",
        baseline: asked,
        aim: "≤ 1.5",
      },
    ];
  },
  altegio: async () => {
    const bench = await benchAltegio(process.env["CI"] === undefined ? 10_000 : 1_000);
    const { appointments, leads, doubled, seconds, refused } = bench;
    return [
      {
        name: "altegio, first fill",
        value: bench.kommoRequestsEach,
        unit: "requests to Kommo each",
        baseline: `${String(appointments)} appointments in ${seconds.toFixed(0)} s, restarted once: ${String(leads)} leads, ${String(doubled)} doubled`,
        aim: "≤ 0.1",
      },
      {
        name: "altegio, first fill",
        value: bench.altegioRequestsEach,
        unit: "requests to Altegio each",
        baseline: `${String(refused)} refused, busiest second at Kommo ${String(bench.mostKommoRequestsInASecond)}`,
        aim: "",
      },
    ];
  },
  customizations: async () => {
    const bench = await benchCustomizations();
    const perSecond = (kind: string, value: number): Figure => ({
      name: `customizations, ${kind}`,
      value,
      unit: "runs a second",
      baseline: "four at once",
      aim: "",
    });
    return [
      {
        name: "customizations, 13 in JavaScript",
        value: bench.msPerCall,
        unit: "ms on a call",
        baseline: `${bench.msPerHook.toFixed(3)} ms each`,
        aim: "≤ 13",
      },
      perSecond("JavaScript, warm", bench.javascriptPerSecond),
      perSecond("Python", bench.pythonPerSecond),
      perSecond("PHP", bench.phpPerSecond),
    ];
  },
  "scripts-load": async () => {
    const load = await benchScriptLoad();
    return [
      {
        name: "100 calls/s, 13 scripts",
        value: load.failures,
        unit: "runs took the default",
        baseline: `${load.calls} calls, ${load.runsPerSecond.toFixed(0)} runs/s`,
        aim: "0",
      },
      {
        name: "100 calls/s, whole call, half",
        value: load.msInLastQuarter,
        unit: "ms in the last 5 s",
        baseline: `first 5 s ${load.msInFirstQuarter.toFixed(1)} ms, worst ${load.worstMs.toFixed(0)} ms`,
        aim: "",
      },
      {
        name: "100 calls/s, open runs",
        value: load.openAtEnd,
        unit: "after the last call",
        baseline: `${load.mostOpen} at most`,
        aim: "",
      },
    ];
  },
  "scripts-loop": async () => {
    const { idle, busy, runs } = await benchScriptLoop();
    const beside = (value: number): string => `idle ${value.toFixed(3)} ms`;
    return [
      {
        name: "loop, most own work",
        value: busy.mostOwnMs,
        unit: "ms of CPU between ticks",
        baseline: `${beside(idle.mostOwnMs)}, ${runs} runs of all kinds`,
        aim: "≤ 5",
      },
      {
        name: "loop, timer late, 99 %",
        value: busy.p99,
        unit: "ms",
        baseline: beside(idle.p99),
        aim: "≤ 5",
      },
      {
        name: "loop, timer late, 99.9 %",
        value: busy.p999,
        unit: "ms",
        baseline: beside(idle.p999),
        aim: "≤ 5",
      },
      { name: "loop, worst", value: busy.worst, unit: "ms", baseline: beside(idle.worst), aim: "" },
    ];
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
  originate: async () => {
    const { dials, request, bareRequest } = await benchOriginate();
    const bare = (value: number): string => `bare node:http answer ${value.toFixed(3)} ms`;
    return [
      {
        name: "click to AMI, half within",
        value: request.p50,
        unit: "ms of the request",
        baseline: `${bare(bareRequest.p50)}, ${dials} dials`,
        aim: "",
      },
      {
        name: "click to AMI, 99 % within",
        value: request.p99,
        unit: "ms of the request",
        baseline: bare(bareRequest.p99),
        aim: "≤ 5",
      },
    ];
  },
  kommo: async () => {
    const { known, unknown, live, liveLimitMs, mostInASecond, refused } = await benchKommo(SHORT);
    const sides = { known, unknown };
    return [
      ...(["known", "unknown"] as const).flatMap((client): Figure[] => {
        const { drained, requestsPerCall, floorSeconds, alone, plain, ratio } = sides[client];
        const isKnown = client === "known";
        const ofPlain = `${plain.callsPerSecond.toFixed(2)} calls/s`;
        return [
          {
            name: `${client} clients, backlog`,
            value: requestsPerCall,
            unit: "requests a call",
            baseline: `plain client ${plain.requestsPerCall}`,
            aim: isKnown ? "≤ 0.02" : "≤ 0.06",
          },
          {
            name: `${client} client, one call`,
            value: alone,
            unit: "requests",
            baseline: "",
            aim: isKnown ? "1" : "2",
          },
          {
            name: `backlog of ${drained.calls}, ${client}`,
            value: drained.seconds,
            unit: "s",
            baseline: `${floorSeconds.toFixed(1)} s at 7 requests a second`,
            aim: isKnown ? "< 35" : "",
          },
          {
            name: `speed, ${client} clients`,
            value: ratio,
            unit: "of a plain client",
            baseline: `plain client ${ofPlain}`,
            aim: "≥ 45",
          },
        ];
      }),
      {
        name: "hangup to booked, half",
        value: live.p50,
        unit: "ms",
        baseline: `${live.calls} calls, one a second`,
        aim: "",
      },
      {
        name: "hangup to booked, 99 %",
        value: live.p99,
        unit: "ms",
        baseline: "round trip 150 ms and 500 ms",
        aim: `≤ ${liveLimitMs}`,
      },
      {
        name: "busiest second at Kommo",
        value: mostInASecond,
        unit: "requests",
        baseline: `${refused} were refused`,
        aim: "≤ 7",
      },
    ];
  },
};

const partFigure = (name: string, { ratio, perSecond, barePerSecond }: PartBench): Figure => ({
  name: `${name}, events per second`,
  value: ratio,
  unit: "of the bare split",
  baseline: `bare split ${barePerSecond}/s, ${name} ${perSecond}/s`,
  aim: "",
});

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
