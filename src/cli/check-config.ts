/** `asterisk-kommo check-config`: what a start of the daemon would say of the configuration, and nothing else. */
import { parseArgs } from "node:util";
import type { Config } from "../config/keys.ts";
import type { LoadedConfig } from "../config/load-config.ts";
import type { ConfigProblem } from "../config/problem.ts";
import { fileToRead, openConfig, tellProblems } from "./open-config.ts";

export const help = `Usage: asterisk-kommo check-config [--config FILE] [--json]

Says all that is wrong with the configuration, by line, or that it is good. Reads the file, the
environment (ASTERISK_KOMMO_…) and $CREDENTIALS_DIRECTORY as the daemon does; touches nothing else.

  --config FILE  the configuration (default: /etc/asterisk-kommo/config.json)
  --json         one line of JSON: { "ok", "file", "problems" }

Exit code: 0 good (there may be warnings), 1 not good.
`;

type Output = { write(text: string): unknown };

export async function runCheckConfig(
  args: string[],
  out: Output = process.stdout,
): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { config: { type: "string" }, json: { type: "boolean", default: false } },
  });
  const file = fileToRead(values.config);
  const loaded = openConfig({ file: values.config, needs: ["ami", "pbx", "kommo"] });
  const problems = loaded.ok ? loaded.value.warnings : loaded.failure;
  if (values.json) {
    const report = { ok: loaded.ok, file: file ?? null, problems: problems.map(asJson) };
    out.write(`${JSON.stringify(report)}\n`);
  } else {
    out.write(tellProblems(problems));
    out.write(loaded.ok ? tellSummary(file, loaded.value) : tellCount(problems));
  }
  return Promise.resolve(loaded.ok ? 0 : 1);
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
    ["exchange", exchangeInWords(config)],
    ["telephones", config.pbx.extensions.join(", ")],
    ["trunks", config.pbx.trunks.join(", ") || "to be found by itself"],
    ["Kommo", `${config.kommo.account_url}, ${config.kommo.requests_per_second} requests a second`],
    ["users", usersInWords(config.users)],
    ["store", config.store.url === undefined ? config.store.path : "PostgreSQL"],
    ["public address", config.recordings.public_url ?? "none: no recording links on cards"],
  ];
  const lines = facts.map(([name, fact]) => `  ${name.padEnd(15)} ${fact}\n`).join("");
  return `configuration is good: ${file ?? "from the environment"}\n${lines}`;
}

function exchangeInWords({ ami }: Config): string {
  const over = ami.tls.enabled ? " over TLS" : "";
  return `${ami.username} at ${ami.host}:${ami.port}${over}, login by ${ami.auth}`;
}

function usersInWords(users: Config["users"]): string {
  if (users.size === 0) return "none: calls are booked for no employee";
  const people = new Set([...users.values()].flat()).size;
  return `${users.size} extension${users.size === 1 ? "" : "s"} of ${people} Kommo user${people === 1 ? "" : "s"}`;
}
