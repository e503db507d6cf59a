/** `asterisk-kommo replay`: what the calls of recorded AMI streams were. */
import { parseArgs } from "node:util";
import { settingsFrom } from "../calls/settings.ts";
import type { Result } from "../lib/failure.ts";
import { oneExchange } from "./one-exchange.ts";
import { openConfig, tellProblems } from "./open-config.ts";
import { replayCel } from "./replay-cel.ts";
import { traceAsJson } from "./replay-json.ts";
import { traceAsText } from "./replay-table.ts";
import { replayPath } from "./replay-trace.ts";
import type { ReplayedTrace } from "./replay-trace.ts";
import type { NoTrace } from "./replay-source.ts";

export const help = `Usage: asterisk-kommo replay [--json] [--cel] [--exchange NAME] [--config FILE] PATH…

Says what the calls of recorded AMI streams were, with no network: who called whom, who answered,
how long they spoke, which recordings there are.

  PATH           a trace folder (events.ami with timing.tsv), or a NAME.ami.gz with its
                 NAME.reads.tsv.gz beside it
  --json         one line of JSON for each path
  --cel          the same from the folder's cel.csv alone (or from a PATH that is such a file)
  --exchange     as which one, where several are configured
  --config FILE  the configuration; only its "pbx" and "users" are read
                 (default: /etc/asterisk-kommo/config.json)

Exit code: 0 done, 1 a path holds no trace, 2 wrong usage.
`;

type Output = { write(text: string): unknown };

export async function runReplay(
  args: string[],
  { out = process.stdout, err = process.stderr }: { out?: Output; err?: Output } = {},
): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      config: { type: "string" },
      json: { type: "boolean", default: false },
      exchange: { type: "string" },
      cel: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    out.write(help);
    return 0;
  }
  if (positionals.length === 0) {
    err.write("asterisk-kommo replay: name a trace; see: asterisk-kommo replay --help\n");
    return 2;
  }
  const loaded = openConfig({ file: values.config, needs: ["pbx"] });
  if (!loaded.ok) {
    err.write(tellProblems(loaded.failure));
    return 1;
  }
  const chosen = oneExchange(loaded.value.config, values.exchange);
  if (!chosen.ok) {
    err.write(`asterisk-kommo replay: ${chosen.failure}\n`);
    return 2;
  }
  const { recordings } = chosen.value.config;
  const settings = settingsFrom(chosen.value.config);
  const replay: Replay = values.cel
    ? (path) => replayCel(path, { settings, recordingsPath: recordings.path })
    : (path) => replayPath(path, settings);
  return replayAll(positionals, replay, { asJson: values.json, out, err });
}

type Replay = (path: string) => Promise<Result<ReplayedTrace, NoTrace>>;

async function replayAll(
  paths: readonly string[],
  replay: Replay,
  { asJson, out, err }: { asJson: boolean; out: Output; err: Output },
): Promise<number> {
  let code = 0;
  for (const path of paths) {
    const replayed = await replay(path);
    if (!replayed.ok) {
      err.write(`asterisk-kommo replay: ${replayed.failure.hint}\n`);
      code = 1;
    } else if (asJson) {
      out.write(`${JSON.stringify(traceAsJson(replayed.value))}\n`);
    } else {
      out.write(traceAsText(replayed.value));
    }
  }
  return code;
}
