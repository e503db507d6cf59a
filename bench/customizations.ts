/**
 * What customizations cost: thirteen JavaScript scripts on a call, and runs a second of one script in
 * JavaScript (warm), Python and PHP (a process each).
 */
import { callFullOf } from "../src/customization/call-full.ts";
import { HOOK_NAMES, type HookName } from "../src/customization/contract/hooks.ts";
import type { Customizations } from "../src/customization/customizations.ts";
import { templateOf, type Language } from "../src/customization/templates.ts";
import { sampleCall, THIRTEEN, withScripts } from "./scripts-in.ts";

export type CustomizationFigures = {
  /** All thirteen, one after another, on one call; median. */
  readonly msPerCall: number;
  readonly msPerHook: number;
  readonly javascriptPerSecond: number;
  readonly pythonPerSecond: number;
  readonly phpPerSecond: number;
};

const input = {
  call_full: callFullOf(sampleCall, { userAt: () => undefined }),
  phone: "79161234567",
};

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
  const msPerCall = await withScripts(THIRTEEN, async (scripts) => {
    for (let warming = 0; warming < 20; warming++) await oneCall(scripts);
    const times: number[] = [];
    for (let round = 0; round < 100; round++) times.push(await oneCall(scripts));
    return medianOf(times);
  });
  return {
    msPerCall,
    msPerHook: msPerCall / HOOK_NAMES.length,
    javascriptPerSecond: await perSecond("process_client_phone", "js", 4_000),
    pythonPerSecond: await perSecond("process_client_phone", "py", 80),
    phpPerSecond: await perSecond("process_client_phone", "php", 80),
  };
}
