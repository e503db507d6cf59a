/** `record --test`: what the calls of a recorded folder are, and on `--accept` that they shall stay so. */
import { access, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { settingsFrom } from "../../calls/settings.ts";
import type { CallSettings } from "../../calls/settings.ts";
import { oneExchange } from "../one-exchange.ts";
import { openConfig, tellProblems } from "../open-config.ts";
import { traceAsJson } from "../replay-json.ts";
import { traceAsText } from "../replay-table.ts";
import { replayPath } from "../replay-trace.ts";
import { RECORDED_CONFIG } from "./replay-config.ts";

/** The calls as they were accepted: the object that `replay --json` prints. */
export const ACCEPTED_CALLS = "calls.json";

type Output = { write(text: string): unknown };

/** @returns the exit code */
export async function testRecording(
  folder: string,
  {
    config,
    accepts,
    out,
    err,
  }: {
    config: string | undefined;
    accepts: boolean;
    out: Output;
    err: Output;
  },
): Promise<number> {
  const settings = await settingsOf(folder, config);
  if (typeof settings === "string") {
    err.write(settings);
    return 1;
  }
  const replayed = await replayPath(folder, settings);
  if (!replayed.ok) {
    err.write(`asterisk-kommo record: ${replayed.failure.hint}\n`);
    return 1;
  }
  out.write(traceAsText(replayed.value));
  const found = `${JSON.stringify(traceAsJson(replayed.value), undefined, 2)}\n`;
  const file = join(folder, ACCEPTED_CALLS);
  if (accepts) {
    await writeFile(`${file}.new`, found);
    await rename(`${file}.new`, file);
    out.write(`accepted: ${file} says that these are its calls\n`);
    return 0;
  }
  const accepted = await readFile(file, "utf8").catch(() => undefined);
  if (accepted === undefined) {
    out.write("not accepted yet: if this is what happened, run it again with --accept\n");
    return 0;
  }
  if (accepted === found) {
    out.write(`these are the calls that were accepted (${file})\n`);
    return 0;
  }
  err.write(
    `asterisk-kommo record: these are not the calls that were accepted (${file}); if they are right now, run it again with --accept\n`,
  );
  return 1;
}

/** @returns text that says what is wrong where there is no configuration. */
export async function settingsOf(
  folder: string,
  config: string | undefined,
): Promise<CallSettings | string> {
  const own = join(folder, RECORDED_CONFIG);
  const hasOwn = await access(own).then(
    () => true,
    () => false,
  );
  const loaded = openConfig({ file: config ?? (hasOwn ? own : undefined), needs: ["pbx"] });
  if (!loaded.ok) return tellProblems(loaded.failure);
  const chosen = oneExchange(loaded.value.config, undefined);
  return chosen.ok ? settingsFrom(chosen.value.config) : `${chosen.failure}\n`;
}
