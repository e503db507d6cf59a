/**
 * What customizations cost: thirteen JavaScript scripts on a call, and runs a second of one script in
 * JavaScript (warm), Python and PHP (a process each).
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { linkedId, extension } from "../src/ami/ids.ts";
import { callFullOf } from "../src/customization/call-full.ts";
import { HOOK_NAMES, type HookName } from "../src/customization/contract/hooks.ts";
import type { Customizations } from "../src/customization/customizations.ts";
import { createHostedCustomizations } from "../src/customization/hosted.ts";
import { templateOf, type Language } from "../src/customization/templates.ts";
import type { FinishedCall } from "../src/calls/finished-call.ts";
import { epochMs } from "../src/lib/clock.ts";

export type CustomizationFigures = {
  /** All thirteen, one after another, on one call; median. */
  readonly msPerCall: number;
  readonly msPerHook: number;
  readonly javascriptPerSecond: number;
  readonly pythonPerSecond: number;
  readonly phpPerSecond: number;
  /** While 13 scripts of 4 calls at once run without a pause; half of the delays are at most this. */
  readonly loopDelayMs: number;
};

const START = epochMs(1_795_261_714_300);
const call: FinishedCall = {
  linkedId: linkedId("1795261714.0"),
  direction: "inbound",
  clientPhone: "79161234567",
  dialledNumber: undefined,
  did: "74951000101",
  trunk: "PJSIP/trunk",
  queue: undefined,
  result: "answered",
  reason: undefined,
  isNumberUnknown: false,
  answeredBy: extension("101"),
  startedAt: START,
  endedAt: epochMs(START + 6_000),
  isEndKnown: true,
  conversations: [
    {
      extension: extension("101"),
      result: "answered",
      withClient: true,
      requestedAt: epochMs(START + 300),
      acceptedAt: epochMs(START + 2_000),
      endedAt: epochMs(START + 6_000),
      talkSeconds: 4,
      recording: undefined,
    },
  ],
  recordings: [],
  stages: [],
};

const input = {
  call_full: callFullOf(call, { userAt: () => undefined, pbx: undefined }),
  phone: "79161234567",
};

async function withScripts<T>(
  files: Readonly<Record<string, string>>,
  measure: (customizations: Customizations) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-bench-"));
  for (const [file, text] of Object.entries(files))
    writeFileSync(join(folder, file), text, { mode: 0o755 });
  const limits = HOOK_NAMES.map((name) => [name, 60_000]);
  const customizations = createHostedCustomizations({
    settings: {
      path: folder,
      off: [],
      limitsMs: Object.fromEntries(limits) as Record<HookName, number>,
      extensions: ["_1XX"],
      recordingRoots: ["/var/spool"],
    },
    now: () => Date.now(),
    onNews: () => undefined,
  });
  try {
    await customizations.warm();
    return await measure(customizations);
  } finally {
    await customizations.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const YES = `export default ({ call_full, ...rest }) => ({ data: { result: true, ...rest }, state: "success" });`;

async function oneCall(customizations: Customizations): Promise<number> {
  const begun = performance.now();
  for (const name of HOOK_NAMES) await customizations.run(name, input);
  return performance.now() - begun;
}

const medianOf = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;

async function perSecond(name: HookName, language: Language, runs: number): Promise<number> {
  return withScripts({ [`${name}.${language}`]: templateOf(name, language) }, async (scripts) => {
    await scripts.run(name, input);
    const begun = performance.now();
    let left = runs;
    const worker = async (): Promise<void> => {
      while (left-- > 0) await scripts.run(name, input);
    };
    await Promise.all(Array.from({ length: 4 }, worker));
    return (runs / (performance.now() - begun)) * 1_000;
  });
}

export async function benchCustomizations(): Promise<CustomizationFigures> {
  const files = Object.fromEntries(HOOK_NAMES.map((name) => [`${name}.js`, YES]));
  const { msPerCall, loopDelayMs } = await withScripts(files, async (scripts) => {
    for (let warming = 0; warming < 20; warming++) await oneCall(scripts);
    const times: number[] = [];
    for (let round = 0; round < 100; round++) times.push(await oneCall(scripts));
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let round = 0; round < 50; round++) await oneCall(scripts);
      }),
    );
    delay.disable();
    return { msPerCall: medianOf(times), loopDelayMs: delay.percentile(50) / 1e6 };
  });
  return {
    msPerCall,
    msPerHook: msPerCall / HOOK_NAMES.length,
    loopDelayMs,
    javascriptPerSecond: await perSecond("process_client_phone", "js", 4_000),
    pythonPerSecond: await perSecond("process_client_phone", "py", 80),
    phpPerSecond: await perSecond("process_client_phone", "php", 80),
  };
}
