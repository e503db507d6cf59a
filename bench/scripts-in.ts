/** A call and a folder of scripts, for what is measured of customizations. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { extension, linkedId } from "../src/ami/ids.ts";
import type { FinishedCall } from "../src/calls/finished-call.ts";
import { HOOK_NAMES, type HookName } from "../src/customization/contract/hooks.ts";
import type { Customizations } from "../src/customization/customizations.ts";
import { createHostedCustomizations } from "../src/customization/hosted.ts";
import { epochMs } from "../src/lib/clock.ts";

const START = epochMs(1_795_261_714_300);
export const sampleCall: FinishedCall = {
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

/** Gives back what it was given. */
const YES = `export default ({ call_full, ...rest }) => ({ data: { result: true, ...rest }, state: "success" });`;

/** A script in JavaScript for each of the thirteen names. */
export const THIRTEEN: Readonly<Record<string, string>> = Object.fromEntries(
  HOOK_NAMES.map((name) => [`${name}.js`, YES]),
);

export async function withScripts<T>(
  files: Readonly<Record<string, string>>,
  measure: (customizations: Customizations) => Promise<T>,
  limitMs = 60_000,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-bench-"));
  for (const [file, text] of Object.entries(files))
    writeFileSync(join(folder, file), text, { mode: 0o755 });
  const limits = HOOK_NAMES.map((name) => [name, limitMs]);
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
