/** `customizations test NAME`: runs a script on a real call, and shows all that comes of it. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { callById, readAcceptedCall } from "../../calls/archive.ts";
import type { FinishedCall } from "../../calls/finished-call.ts";
import { settingsFrom } from "../../calls/settings.ts";
import { isHookName, type HookName } from "../../customization/contract/hooks.ts";
import { createCustomizations } from "../../customization/customizations.ts";
import type { JsonObject, RunResult } from "../../customization/run-result.ts";
import type { LoadedConfig } from "../../config/load-config.ts";
import { failed, succeeded, toError, type Result } from "../../lib/failure.ts";
import { withStoreBeside } from "../store-beside.ts";
import { openConfig, tellProblems } from "../open-config.ts";
import { registrationSettings } from "../registration-settings.ts";
import { replayPath } from "../replay-trace.ts";
import { difference } from "./difference.ts";
import { refuseName } from "./new-script.ts";
import { bodiesOf, tryOnCall, type Run, type Trial } from "./sample-input.ts";
import { scriptsFrom } from "./script-service.ts";

const options = {
  config: { type: "string" },
  call: { type: "string" },
  input: { type: "string" },
  trace: { type: "string" },
  folder: { type: "string" },
  json: { type: "boolean" },
} as const;

type Values = ReturnType<typeof parse>["values"];
const parse = (args: string[]) => parseArgs({ args, options, allowPositionals: true });

export async function runTest(args: string[]): Promise<number> {
  const { values, positionals } = parse(args);
  const [name, ...others] = positionals;
  const given = [values.call, values.input, values.trace].filter((one) => one !== undefined);
  if (name === undefined || others.length > 0 || given.length !== 1) {
    process.stderr.write(
      "asterisk-kommo customizations test: say a name and one of --call, --input, --trace\n",
    );
    return 2;
  }
  if (!isHookName(name)) return refuseName(name);
  const loaded = openConfig({ file: values.config, needs: ["pbx"] });
  if (!loaded.ok) {
    process.stderr.write(tellProblems(loaded.failure));
    return 1;
  }
  const words: string[] = [];
  const scripts = scriptsFrom(loaded.value.config);
  const customizations = createCustomizations({
    ...scripts,
    path: values.folder ?? scripts.path,
    now: () => Date.now(),
    onNews: (news) => {
      if (news.kind === "not-loaded") words.push(news.reason);
      if (news.kind === "words") words.push(news.words);
    },
  });
  try {
    await customizations.warm();
    const trials = await tryAll(name, values, {
      config: loaded.value.config,
      run: (asked, input) => customizations.run(asked, input),
    });
    if (!trials.ok) {
      process.stderr.write(`asterisk-kommo customizations test: ${trials.failure}\n`);
      return 1;
    }
    if (values.json === true) process.stdout.write(`${JSON.stringify(trials.value)}\n`);
    else for (const trial of trials.value) process.stdout.write(tell(name, trial));
    const isFine = trials.value.every(
      (trial) => typeof trial === "string" || ["answered", "cancelled"].includes(trial.result.kind),
    );
    return isFine ? 0 : 1;
  } finally {
    await customizations.stop();
    for (const said of words) process.stderr.write(`${said}\n`);
  }
}

type Config = LoadedConfig<"pbx">["config"];

async function tryAll(
  name: HookName,
  values: Values,
  { config, run }: { config: Config; run: Run },
): Promise<Result<readonly (Trial | string)[], string>> {
  if (values.input !== undefined) {
    const input = readInput(values.input);
    if (!input.ok) return input;
    const result = await run(name, input.value);
    return succeeded([{ input: input.value, result, ...bodiesOf(input.value, result) }]);
  }
  const calls = await callsOf(values, config);
  if (!calls.ok) return calls;
  const settings = registrationSettings(config);
  const trials: (Trial | string)[] = [];
  for (const call of calls.value) trials.push(await tryOnCall(name, call, { settings, run }));
  return succeeded(trials);
}

function readInput(file: string): Result<JsonObject, string> {
  try {
    const input: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof input !== "object" || input === null || Array.isArray(input))
      return failed(`${file} holds no object`);
    return succeeded(input as JsonObject);
  } catch (thrown) {
    return failed(`${file} cannot be read: ${toError(thrown).message}`);
  }
}

async function callsOf(
  { call: id, trace }: Values,
  config: Config,
): Promise<Result<readonly FinishedCall[], string>> {
  if (trace !== undefined) {
    const replayed = await replayPath(trace, settingsFrom(config));
    if (!replayed.ok) return failed(`${trace} is no recording that can be read`);
    return succeeded(replayed.value.calls);
  }
  const read = await withStoreBeside(config.store, (store) => store.read(callById(id ?? "")));
  if (!read.ok) return failed(read.failure.sentence);
  const [row] = read.value;
  return row === undefined
    ? failed(
        `there is no call ${JSON.stringify((id ?? "").slice(0, 60))}; see: asterisk-kommo calls list`,
      )
    : succeeded([readAcceptedCall(row).call]);
}

function tell(name: HookName, trial: Trial | string): string {
  if (typeof trial === "string") return `${trial}\n`;
  const { input, result, without, withIt } = trial;
  const changes = difference(without, withIt);
  return [
    `── ${name}: given`,
    JSON.stringify(input, null, 2),
    `── answered within ${result.ms.toFixed(1)} ms`,
    tellResult(result),
    "── what Kommo would get: - without the script, + with it",
    ...(withIt === undefined ? ["nothing: cancelled by the script"] : []),
    ...(changes.length === 0 ? ["no difference"] : changes),
    "",
  ].join("\n");
}

function tellResult(result: RunResult): string {
  switch (result.kind) {
    case "answered":
      return JSON.stringify(result.data, null, 2);
    case "cancelled":
      return "cancelled";
    case "failed":
      return `failed (${result.why}): ${result.reason}; ${result.hint}\nThe default is used.`;
    case "none":
      return "there is no script of this name in the folder, or it does not load";
    case "stopped":
      return "stopped";
  }
}
