// Recorded streams of real exchanges, with the truth of what the telephones did (expect.json).
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { replayPath } from "../../src/cli/replay-trace.ts";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import type { CallSettings } from "../../src/calls/settings.ts";

const root = join(import.meta.dirname, "../fixtures/traces");

export const labSettings: CallSettings = {
  extensions: ["_10X"],
  trunks: ["PJSIP/trunk", "SIP/trunk"],
};

export const traceFolder = (name: string, exchange = "ast22"): string => join(root, exchange, name);

export const allTraces = (): readonly { name: string; exchange: string }[] =>
  readdirSync(root).flatMap((exchange) =>
    readdirSync(join(root, exchange)).map((name) => ({ name, exchange })),
  );

export async function callsOf(
  folder: string,
  settings: CallSettings = labSettings,
): Promise<readonly FinishedCall[]> {
  const replayed = await replayPath(folder, settings);
  if (!replayed.ok) throw new Error(replayed.failure.hint);
  return replayed.value.calls;
}

export type TrueConversation = {
  readonly ext: string;
  readonly result: string;
  readonly talk_s_min: number;
  readonly talk_s_max: number;
  readonly ring_started?: number | null;
  readonly kind?: string;
  readonly external?: boolean;
  readonly client?: string;
  readonly call_no?: number;
  readonly consultation_included_talk_s?: number;
};

export type Truth = {
  readonly scenario: string;
  readonly direction: string;
  readonly client_phone: string | null;
  readonly did: string | null;
  readonly final_result: string | null;
  readonly last_talking_ext: string | null;
  readonly conversations: readonly TrueConversation[];
  readonly recordings: readonly string[];
  readonly calls?:
    | number
    | readonly {
        readonly client_phone: string;
        readonly did: string;
        readonly last_talking_ext: string;
        readonly final_result: string;
      }[];
};

export const truthOf = (folder: string): Truth =>
  JSON.parse(readFileSync(join(folder, "expect.json"), "utf8")) as Truth;
