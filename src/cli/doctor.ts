/** `asterisk-kommo doctor`: runs every check of the registry and says what to do. */
import { parseArgs } from "node:util";
import type { LoadedConfig } from "../config/load-config.ts";
import { oauthSettings } from "../kommo/access.ts";
import { systemClock } from "../lib/clock.ts";
import { toError } from "../lib/failure.ts";
import { createRedactor } from "../lib/redact.ts";
import type { Redactor } from "../lib/redact.ts";
import { lookAtAccess, newestOf } from "./auth/kept-access.ts";
import { writeBundle } from "./doctor/bundle.ts";
import type { Check, DoctorContext, Verdict } from "./doctor/check.ts";
import { createFarSides } from "./doctor/far-sides.ts";
import { checksFor } from "./doctor/registry.ts";
import { chosenAccount } from "./chosen-account.ts";
import { ownFile } from "./open-config.ts";
import { openDaemonConfig } from "./without-exchange.ts";

export const help = `Usage: asterisk-kommo doctor [--config FILE] [--json] [--bundle FILE]

Tries what the daemon needs (configuration, disk, login to Asterisk, telephones, Kommo, token) and
says, for each, whether it is so and what to do if not. Changes nothing, calls nobody.

  --config FILE  the configuration (default: /etc/asterisk-kommo/config.json)
  --json         one line of JSON: { "ok", "checks": [{ "name", "status", "sentence", … }] }
  --bundle FILE  writes what support needs as well, a tar.gz: findings, configuration, counts of the
                 queue and the last log lines; no secret, no number of anybody, no client's name

Exit code: 0 nothing failed (there may be warnings), 1 something failed.
`;

export const isForEachAccount = true;

type Output = { write(text: string): unknown };
type Finding = Verdict & { readonly name: string };

export async function runDoctor(args: string[], out: Output = process.stdout): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      config: { type: "string" },
      json: { type: "boolean", default: false },
      bundle: { type: "string" },
    },
  });
  const loaded = openDaemonConfig(values.config);
  const configName = ownFile(values.config) ?? "the environment's configuration";
  const redactor = createRedactor(loaded.ok ? loaded.value.secrets : []);
  const giveUp = new AbortController();
  const accessToken = loaded.ok ? await accessTokenOf(loaded.value.config) : "";
  const farSides = createFarSides({ clock: systemClock, signal: giveUp.signal, accessToken });
  const context: DoctorContext = {
    configName,
    loaded,
    clock: systemClock,
    signal: giveUp.signal,
    hasAccessToken: accessToken !== "",
    exchange: farSides.exchange,
    kommo: farSides.kommo,
  };

  const findings: Finding[] = [];
  let report = "";
  try {
    for (const check of checksFor(context)) {
      const finding = safeToShow(await judge(check, context), redactor);
      findings.push(finding);
      report += tell(finding);
      if (!values.json) out.write(tell(finding));
    }
  } finally {
    giveUp.abort();
    await farSides.close();
  }
  const isWell = findings.every(({ status }) => status !== "failed");
  const account = chosenAccount();
  if (values.json) out.write(`${JSON.stringify({ account, ok: isWell, checks: findings })}\n`);
  else out.write(tellCounts(findings));
  if (values.bundle === undefined) return isWell ? 0 : 1;
  const written = await writeBundle({
    ...{ file: values.bundle, now: new Date(systemClock.now()), redactor, report },
    findings: { ok: isWell, checks: findings },
    loaded: loaded.ok ? loaded.value : undefined,
  });
  if (!written.ok) process.stderr.write(`asterisk-kommo doctor: ${written.failure}\n`);
  else if (!values.json)
    out.write(`\nFor support: ${values.bundle} (look into it before you send it)\n`);
  return isWell && written.ok ? 0 : 1;
}

/** The configured token, or by OAuth the one that the daemon keeps. */
async function accessTokenOf(config: LoadedConfig["config"]): Promise<string> {
  if (oauthSettings(config.kommo) === undefined) return config.kommo.access_token ?? "";
  return newestOf(await lookAtAccess(config))?.accessToken ?? "";
}

/** A fault of one check does not hide the findings of the others. */
async function judge(check: Check, context: DoctorContext): Promise<Finding> {
  try {
    return { name: check.name, ...(await check.run(context)) };
  } catch (thrown) {
    const sentence = `the check itself failed: ${toError(thrown).message}`;
    return { name: check.name, status: "failed", sentence, remedy: "please report this" };
  }
}

function safeToShow(finding: Finding, redactor: Redactor): Finding {
  const safe = (text: string): string => redactor.text(text, "masked");
  return {
    ...finding,
    sentence: safe(finding.sentence),
    ...(finding.remedy === undefined ? {} : { remedy: safe(finding.remedy) }),
    ...(finding.details === undefined ? {} : { details: finding.details.map(safe) }),
  };
}

function tell({ name, status, sentence, remedy, details = [] }: Finding): string {
  const margin = " ".repeat(9);
  return [
    `${status.padEnd(8)} ${name}: ${sentence}`,
    ...details.map((line) => `${margin}${line}`),
    ...(remedy === undefined ? [] : [`${margin}→ ${remedy}`]),
    "",
  ].join("\n");
}

function tellCounts(findings: readonly Finding[]): string {
  const count = (status: Verdict["status"]): number =>
    findings.filter((finding) => finding.status === status).length;
  return `\n${count("ok")} ok, ${count("warning")} with a warning, ${count("failed")} failed, ${count("skipped")} skipped\n`;
}
