/** `asterisk-kommo check-config`: what a start of the daemon would say of the configuration, and nothing else. */
import { parseArgs } from "node:util";
import type { Config } from "../config/keys.ts";
import type { LoadedConfig } from "../config/load-config.ts";
import { exchangesIn, type ExchangeView } from "../config/exchange-views.ts";
import type { ConfigProblem } from "../config/problem.ts";
import { systemClock } from "../lib/clock.ts";
import type { Result } from "../lib/failure.ts";
import type { ReloadReport } from "./daemon/reload.ts";
import { askDaemon, requestFolderOf } from "./request-folder.ts";
import { chosenAccount } from "./chosen-account.ts";
import { ownFile, tellProblems } from "./open-config.ts";
import { hasExchange, openDaemonConfig } from "./without-exchange.ts";
import { nameOfStore } from "../store/open-store.ts";

export const help = `Usage: asterisk-kommo check-config [--config FILE] [--json | --apply]

Says all that is wrong with the configuration, by line, or that it is good. Reads the file, the
environment (ASTERISK_KOMMO_…) and $CREDENTIALS_DIRECTORY as the daemon does; touches nothing else.

  --config FILE  the configuration (default: /etc/asterisk-kommo/config.json)
  --json         one line of JSON: { "ok", "file", "problems" }
  --apply        where it is good, the running daemon takes it over, and says what needs a restart
                 (run it as root or as the daemon's user; systemctl reload asterisk-kommo does the same)

Exit code: 0 good (there may be warnings), 1 not good.
`;

export const isForEachAccount = true;

type Output = { write(text: string): unknown };

export async function runCheckConfig(
  args: string[],
  out: Output = process.stdout,
): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      config: { type: "string" },
      json: { type: "boolean", default: false },
      apply: { type: "boolean", default: false },
    },
  });
  const file = ownFile(values.config);
  const loaded = openDaemonConfig(values.config);
  const problems = loaded.ok ? loaded.value.warnings : loaded.failure;
  if (values.json) {
    const report = {
      account: chosenAccount(),
      ok: loaded.ok,
      file: file ?? null,
      problems: problems.map(asJson),
    };
    out.write(`${JSON.stringify(report)}\n`);
  } else {
    out.write(tellProblems(problems));
    out.write(loaded.ok ? tellSummary(file, loaded.value) : tellCount(problems));
  }
  if (!loaded.ok || !values.apply) return loaded.ok ? 0 : 1;
  const applied = await applyToDaemon(loaded.value.config.store.path);
  out.write(applied.text);
  return applied.code;
}

/** Asks the daemon that owns the store. */
async function applyToDaemon(
  storePath: string,
): Promise<{ readonly code: 0 | 1; readonly text: string }> {
  const asked = await askDaemon(
    requestFolderOf(storePath),
    { ask: "reload" },
    { clock: systemClock },
  );
  if (asked.kind === "not-taken")
    return { code: 1, text: "no daemon runs; the next start reads it\n" };
  if (asked.kind === "no-access")
    return {
      code: 1,
      text: `the daemon cannot be asked (${asked.reason}); run this as root or as the daemon's user\n`,
    };
  const answer = asked.answer as Result<ReloadReport, { reason: string; hint: string }>;
  if (!answer.ok) return { code: 1, text: `${answer.failure.reason}; ${answer.failure.hint}\n` };
  const { ok, problems, taken, needRestart } = answer.value;
  if (!ok) return { code: 1, text: `the daemon finds it not good:\n${problems.join("\n")}\n` };
  const lines = [
    ...(taken.length > 0 ? [`in force now: ${taken.join(", ")}`] : []),
    ...(needRestart.length > 0
      ? [`in force after a restart (systemctl restart asterisk-kommo): ${needRestart.join(", ")}`]
      : []),
  ];
  const text = lines.length === 0 ? "nothing has changed" : lines.join("\n");
  return { code: 0, text: `${text}\n` };
}

function asJson({ place, ...problem }: ConfigProblem): object {
  const { kind: _, ...where } = place;
  return { ...problem, ...where };
}

function tellCount(problems: readonly ConfigProblem[]): string {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  return `configuration is not good: ${errors} ${errors === 1 ? "problem" : "problems"} to correct\n`;
}

function tellSummary(file: string | undefined, { config }: LoadedConfig): string {
  const facts: [string, string][] = [
    ...(hasExchange(config) ? exchangesIn(config).flatMap(exchangeFacts) : [WITHOUT_EXCHANGE]),
    ["Kommo", `${config.kommo.account_url}, ${config.kommo.requests_per_second} requests a second`],
    ["users", usersInWords(config.users)],
    ["store", nameOfStore(config.store)],
    ["public address", config.recordings.public_url ?? "none: no recording links on cards"],
  ];
  const lines = facts.map(([name, fact]) => `  ${name.padEnd(15)} ${fact}\n`).join("");
  return `configuration is good: ${file ?? "from the environment"}\n${lines}`;
}

const WITHOUT_EXCHANGE: [string, string] = ["exchange", "none: appointments only"];

const exchangeFacts = ({ name, config }: ExchangeView): [string, string][] => [
  ["exchange", `${name === undefined ? "" : `${name}: `}${exchangeInWords(config)}`],
  ["telephones", config.pbx.extensions.join(", ")],
  ["trunks", config.pbx.trunks.join(", ") || "to be found by itself"],
];

function exchangeInWords({ ami }: Config): string {
  const over = ami.tls.enabled ? " over TLS" : "";
  return `${ami.username} at ${ami.host}:${ami.port}${over}, login by ${ami.auth}`;
}

function usersInWords(users: Config["users"]): string {
  if (users.size === 0) return "none: calls are booked for no employee";
  const people = new Set([...users.values()].flat()).size;
  return `${users.size} extension${users.size === 1 ? "" : "s"} of ${people} Kommo user${people === 1 ? "" : "s"}`;
}
