/** The set-up from end to end: finds, asks, tries, writes, watches a call, starts. Exports `runWizard`. */
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Config } from "../../config/keys.ts";
import { loadConfig } from "../../config/load-config.ts";
import { settingsFrom } from "../../calls/settings.ts";
import { systemClock } from "../../lib/clock.ts";
import { createRedactor } from "../../lib/redact.ts";
import { amiAddress } from "../ami-address.ts";
import { tellProblems } from "../open-config.ts";
import { amiSection, chooseAmi } from "./ami-step.ts";
import type { AsteriskConsole } from "./asterisk-console.ts";
import { configText, type SetupAnswers } from "./config-text.ts";
import { findExchange } from "./find-exchange.ts";
import { chooseKommo } from "./kommo-step.ts";
import { chooseSeats } from "./people-step.ts";
import type { Questions } from "./questions.ts";
import { SetupStopped, type SetupContext, type SetupFlags } from "./setup-context.ts";
import { hasService, serviceGroup, startService } from "./start-service.ts";
import { findTelephones } from "./telephones.ts";
import { watchCall } from "./watch-call.ts";
import { writeWithCopy, type FileToWrite } from "./write-file.ts";

export type WizardDeps = {
  readonly flags: SetupFlags;
  readonly questions: Questions;
  readonly console: AsteriskConsole;
  /** "/etc/asterisk" */
  readonly asteriskFolder: string;
  readonly now: Date;
};

/** @throws SetupStopped, InputEnded, and what the file system says */
export async function runWizard(deps: WizardDeps): Promise<void> {
  const { flags, questions, console, now } = deps;
  const { say } = questions;
  const exchange = await findExchange(console, deps.asteriskFolder);
  if (exchange === undefined) say("Asterisk: not on this host\n");
  else
    say(
      `Asterisk: ${exchange.version ?? "does not answer here"}, ${exchange.flavour}, ${exchange.folder}\n`,
    );
  const before = existsSync(flags.configFile) ? readFileSync(flags.configFile, "utf8") : undefined;
  const existing = before === undefined ? undefined : readExisting(flags.configFile);
  const write = (file: FileToWrite): Promise<void> => writeAndTell(file, { flags, now, say });
  const context: SetupContext = { flags, questions, console, exchange, existing, now, write };

  const way = await chooseAmi(context);
  let answers: SetupAnswers;
  let needsConsent: boolean;
  try {
    if (way.line !== undefined) say(`  logged in to Asterisk as ${way.ami.username}\n`);
    const { users: people, ...kommo } = await chooseKommo(context);
    needsConsent = kommo.needsConsent;
    const telephones = await findTelephones({
      ...{ console, session: way.line?.session, folder: exchange?.folder },
    });
    const seats = await chooseSeats(context, telephones, people);
    const recordings = await questions.ask(
      "\nFolder of Asterisk's recordings",
      flags.recordings ??
        (existing === undefined ? exchange?.recordings : existing.recordings.path) ??
        "/var/spool/asterisk/monitor",
    );
    const { accountUrl, access } = kommo;
    answers = {
      ...{ ami: way.ami, accountUrl, access, ...seats, recordings },
      publicUrl: await choosePublicUrl(context),
      storePath: flags.storePath,
    };
  } finally {
    await way.close();
  }

  const text = configText(before, answers);
  const config = await mustBeGood(text);
  const group = serviceGroup();
  await write({
    ...{ path: flags.configFile, text },
    mode: group === undefined ? 0o600 : 0o640,
    owner: group === undefined ? undefined : { uid: 0, gid: group },
  });
  if (flags.isDryRun) return say("\nNothing was written: a dry run.\n");

  await watch(context, config, answers);
  if (needsConsent)
    say(
      `\nKommo has not let us in yet. Next:\n  asterisk-kommo auth listen --config ${flags.configFile}\n  asterisk-kommo setup again, which then lists Kommo's users\n`,
    );
  await start(context, needsConsent);
}

function readExisting(file: string): Config | undefined {
  const loaded = loadConfig({
    ...{ file, env: {}, credentialsDirectory: undefined },
    needs: ["ami", "pbx", "kommo"],
  });
  return loaded.ok ? loaded.value.config : undefined;
}

/** What would be written must be what a start accepts. */
async function mustBeGood(text: string): Promise<Config> {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-setup-"));
  try {
    const file = join(folder, "config.json");
    await writeFile(file, text, { mode: 0o600 });
    const loaded = loadConfig({
      ...{ file, env: {}, credentialsDirectory: undefined },
      needs: ["ami", "pbx", "kommo"],
    });
    if (loaded.ok) return loaded.value.config;
    throw new SetupStopped(
      `the configuration would not be good:\n${tellProblems(loaded.failure).replaceAll(file, "config.json").trimEnd()}`,
      "correct what is there already, or the answers",
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeAndTell(
  file: FileToWrite,
  { flags, now, say }: { flags: SetupFlags; now: Date; say: (text: string) => void },
): Promise<void> {
  if (flags.isDryRun) {
    const secrets = secretsIn(file.text);
    const shown = createRedactor(secrets).text(file.text, "whole");
    say(`\nWould write ${file.path}:\n\n${shown.replace(/^(?=.)/gm, "    ")}\n`);
    return;
  }
  await mkdir(dirname(file.path), { recursive: true, mode: 0o755 });
  const { isChanged, copy } = await writeWithCopy(file, now);
  const before = copy === undefined ? "" : ` (before: ${copy})`;
  say(isChanged ? `  wrote ${file.path}${before}\n` : `  ${file.path} is as it was\n`);
}

/** Of manager.conf and of the configuration: what stands behind a name of a secret. */
const secretsIn = (text: string): string[] =>
  [...text.matchAll(/(?:secret|token|password)"?\s*[=:]\s*"?([^"\s,]+)/gi)].map(
    ([, value = ""]) => value,
  );

async function choosePublicUrl({
  flags,
  existing,
  questions,
}: SetupContext): Promise<string | undefined> {
  const before = existing?.recordings.public_url;
  const given =
    flags.publicUrl ??
    (await questions.ask(
      "Public address of this host (https), or none: links to recordings, widget and webhooks need one",
      before ?? "none",
    ));
  return given === "" || given === "none" ? undefined : given;
}

const TEST_CALL_SECONDS = 90;

async function watch(context: SetupContext, config: Config, answers: SetupAnswers): Promise<void> {
  const { flags, questions } = context;
  const isWanted =
    flags.testCallSeconds !== undefined ||
    (questions.isAnswered && (await questions.confirm("\nWatch a test call?", true)));
  const address = amiAddress(amiSection(answers.ami, config.ami));
  if (!isWanted || !address.ok) return;
  const seen = await watchCall({
    ...{ address: address.value, credentials: answers.ami, clock: systemClock },
    settings: settingsFrom(config),
    seconds: flags.testCallSeconds ?? TEST_CALL_SECONDS,
    say: questions.say,
    onListening: () =>
      questions.say("Dial from any telephone, talk, and hang up: what is heard stands here.\n"),
  });
  const end = {
    seen: "  The exchange is heard and understood.\n",
    nothing: "  No call ended in that time. `asterisk-kommo doctor` looks for the cause.\n",
    "no-connection": "  The connection to Asterisk was lost.\n",
  };
  questions.say(end[seen]);
}

const ADMIN_PAGE = "The admin page wants a password: asterisk-kommo setup --admin-password\n";

async function start({ flags, questions }: SetupContext, needsConsent: boolean): Promise<void> {
  const { say } = questions;
  const byHand = `asterisk-kommo run --config ${flags.configFile}`;
  if (!hasService() || !flags.mayStart || needsConsent) {
    const command = hasService() ? "systemctl enable --now asterisk-kommo" : byHand;
    return say(`\nDone. To start: ${command}\nThen: asterisk-kommo doctor\n${ADMIN_PAGE}`);
  }
  if (!(await questions.confirm("\nStart the service now?", true))) return;
  const trouble = await startService();
  if (trouble !== undefined)
    throw new SetupStopped(
      `the service does not start: ${trouble}`,
      "look at: journalctl -u asterisk-kommo",
    );
  say(`\nThe service runs. Look at all of it once more: asterisk-kommo doctor\n${ADMIN_PAGE}`);
}
