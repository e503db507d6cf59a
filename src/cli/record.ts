/** `asterisk-kommo record`: a live stream as a trace folder that may be given away, and tests made of such. */
import { mkdir, readdir } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { AmiState } from "../ami/session.ts";
import { settingsFrom } from "../calls/settings.ts";
import { systemClock } from "../lib/clock.ts";
import { codeOf, toError } from "../lib/failure.ts";
import { amiAddress } from "./ami-address.ts";
import { oneExchange } from "./one-exchange.ts";
import { openConfig, tellProblems } from "./open-config.ts";
import { testRecording } from "./record/accept.ts";
import { recordExchange } from "./record/recorder.ts";
import type { Progress, Recording } from "./record/recorder.ts";

const DEFAULT_MAX_MB = 500;

export const help = `Usage: asterisk-kommo record [--minutes N] [--max-mb N] [--exchange NAME] [--config FILE]
                             FOLDER
       asterisk-kommo record --test [--accept] [--config FILE] FOLDER

Records what Asterisk tells the configured manager user, with arrival times, until Ctrl-C. Telephone
numbers, names, addresses, hosts and call ids are replaced before anything is written, each by the
same stand-in all through the recording; passwords are left out. Extensions, contexts, queues and
the ids of calls stay. The folder can be replayed and attached to a report.

  FOLDER         where to: new, or empty
  --minutes N    ends by itself after so long
  --max-mb N     ends by itself at this size (default ${DEFAULT_MAX_MB})
  --exchange     which one, where several are configured
  --config FILE  the configuration; its "ami", "pbx" and "users" are read
                 (default: /etc/asterisk-kommo/config.json; with --test the folder's own config.json)

  --test         shows the calls of a recorded folder, and whether they are those once accepted
  --accept       with --test: writes them to FOLDER/calls.json as what is right

Exit code: 0 done, 1 failed or not what was accepted, 2 wrong usage.
`;

type Output = { write(text: string): unknown; readonly isTTY?: boolean };

const TOLD_EVERY_MS = 60_000;
const TOLD_EVERY_ON_TERMINAL_MS = 1_000;

export async function runRecord(
  args: string[],
  {
    out = process.stdout,
    err = process.stderr,
    stop = stopSignal(),
  }: { out?: Output; err?: Output; stop?: AbortSignal } = {},
): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      exchange: { type: "string" },
      config: { type: "string" },
      minutes: { type: "string" },
      "max-mb": { type: "string", default: String(DEFAULT_MAX_MB) },
      test: { type: "boolean", default: false },
      accept: { type: "boolean", default: false },
    },
  });
  const misuse = (sentence: string): number => {
    err.write(`asterisk-kommo record: ${sentence}; see: asterisk-kommo record --help\n`);
    return 2;
  };
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0) return misuse("name one folder");
  if (values.accept && !values.test) return misuse("--accept goes with --test");
  if (values.test) {
    return testRecording(folder, { config: values.config, accepts: values.accept, out, err });
  }
  const minutes = values.minutes === undefined ? Infinity : positive(values.minutes);
  const maxMb = positive(values["max-mb"]);
  if (minutes === undefined) return misuse("--minutes takes a number above 0");
  if (maxMb === undefined) return misuse("--max-mb takes a number above 0");

  const fail = (sentence: string): number => {
    err.write(`asterisk-kommo record: ${sentence}\n`);
    return 1;
  };
  const loaded = openConfig({ file: values.config, needs: ["ami", "pbx"] });
  if (!loaded.ok) {
    err.write(tellProblems(loaded.failure));
    return 1;
  }
  const chosen = oneExchange(loaded.value.config, values.exchange);
  if (!chosen.ok) return misuse(chosen.failure);
  const { config } = chosen.value;
  const { ami } = config;
  const address = amiAddress(ami);
  if (!address.ok) return fail(address.failure.hint);
  const unusable = await prepareFolder(folder);
  if (unusable !== undefined) return fail(unusable);

  const { username, secret, auth } = ami;
  const teller = createTeller(out, `${ami.host}:${ami.port}`);
  const recorded = await recordExchange(
    {
      folder,
      address: address.value,
      credentials: { username, secret, auth },
      settings: settingsFrom(config),
      secrets: loaded.value.secrets,
      clock: systemClock,
      forMs: minutes * 60_000,
      maxBytes: maxMb * 1e6,
      onState: teller.state,
      onProgress: teller.progress,
    },
    stop,
  );
  teller.endLine();
  if (!recorded.ok) return fail(recorded.failure.hint);
  out.write(tellRecording(recorded.value, folder));
  if (typeof recorded.value.ended === "string") return 0;
  return fail(`it ended early: ${recorded.value.ended.hint}; what is there is whole`);
}

/** @returns the sentence that says why it cannot be used */
async function prepareFolder(folder: string): Promise<string | undefined> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const names = await readdir(folder);
    return names.length === 0 ? undefined : `${folder} is not empty: name a new folder.`;
  } catch (thrown) {
    if (codeOf(thrown) === "EEXIST" || codeOf(thrown) === "ENOTDIR") {
      return `${folder} is no folder: name a new one.`;
    }
    return `${folder} cannot be made (${codeOf(thrown) ?? toError(thrown).message}).`;
  }
}

type Teller = {
  readonly state: (state: AmiState) => void;
  readonly progress: (progress: Progress) => void;
  readonly endLine: () => void;
};

function createTeller(out: Output, place: string): Teller {
  const everyMs = out.isTTY === true ? TOLD_EVERY_ON_TERMINAL_MS : TOLD_EVERY_MS;
  let toldMs = systemClock.monotonicMs();
  let isLineOpen = false;
  const endLine = (): void => {
    if (isLineOpen) out.write("\n");
    isLineOpen = false;
  };
  return {
    endLine,
    state: (state) => {
      if (state.kind !== "connected" && state.kind !== "waiting") return;
      endLine();
      out.write(
        state.kind === "connected"
          ? `connected to Asterisk at ${place} (manager ${state.version}); Ctrl-C ends the recording\n`
          : `${state.failure.hint} Next try in ${Math.ceil(state.retryInMs / 1000)} s.\n`,
      );
    },
    progress: ({ calls, messages, bytes }) => {
      const nowMs = systemClock.monotonicMs();
      if (nowMs - toldMs < everyMs) return;
      toldMs = nowMs;
      const line = `${counted(calls)}, ${messages} messages, ${megabytes(bytes)} MB`;
      out.write(out.isTTY === true ? `\r${line} ` : `${line}\n`);
      isLineOpen = out.isTTY === true;
    },
  };
}

function tellRecording(recording: Recording, folder: string): string {
  const { calls, messages, bytes, connections, seconds, ended, files } = recording;
  const path = resolve(folder);
  const parts = connections > 1 ? `, ${connections} connections` : "";
  const why =
    typeof ended === "string" && ended !== "stopped" ? `; it ended since the ${ended}` : "";
  return `recorded ${duration(seconds)}: ${counted(calls)}, ${messages} messages, ${megabytes(bytes)} MB${parts}${why}
in ${path}: ${files.join(", ")}
  numbers, names, addresses and call ids are replaced, passwords left out; extensions, contexts,
  queues and the ids of calls are as they were

look at its calls:  asterisk-kommo replay --config ${quoted(`${path}/config.json`)} ${quoted(path)}
attach it:          tar -czf ${quoted(`${basename(path)}.tar.gz`)} -C ${quoted(dirname(path))} ${quoted(basename(path))}
It is text: read through it before you send it.
`;
}

const counted = (calls: number): string => (calls === 1 ? "1 call" : `${calls} calls`);
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
const duration = (seconds: number): string =>
  seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
/** For a shell, where it needs it. */
const quoted = (text: string): string =>
  /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

const positive = (text: string): number | undefined =>
  /^\d+(\.\d+)?$/.test(text) && Number(text) > 0 ? Number(text) : undefined;

function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => controller.abort());
  return controller.signal;
}
