/**
 * The set-up's way into the exchange: users that work already are kept, given ones are tried, and else
 * two of least rights are proposed and, if told, written into Asterisk's configuration.
 */
import { readFileSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { AmiFailure } from "../../ami/ami-failure.ts";
import type { Config } from "../../config/keys.ts";
import { codeOf, type Result } from "../../lib/failure.ts";
import { systemClock } from "../../lib/clock.ts";
import type { ExchangeLine } from "../doctor/check.ts";
import { createFarSides, type FarSides } from "../doctor/far-sides.ts";
import type { SetupAnswers } from "./config-text.ts";
import type { ManagerSetup } from "./find-exchange.ts";
import {
  DIALLER,
  LISTENER,
  managerSections,
  newSecret,
  withInclude,
  withSections,
} from "./manager-users.ts";
import { SetupStopped, type SetupContext } from "./setup-context.ts";

type Ami = SetupAnswers["ami"];

export type AmiStep = {
  readonly ami: Ami;
  /** undefined: a dry run, in which the new users do not exist yet. */
  readonly line: ExchangeLine | undefined;
  close(): Promise<void>;
};

export async function chooseAmi(context: SetupContext): Promise<AmiStep> {
  const { flags, existing, exchange, questions } = context;
  const host = flags.amiHost ?? existing?.ami.host ?? exchange?.manager.host ?? "127.0.0.1";
  const port = flags.amiPort ?? existing?.ami.port ?? exchange?.manager.port ?? 5038;
  if (flags.amiUser !== undefined && flags.amiSecret !== undefined)
    return mustLogIn({ host, port, ...user(flags.amiUser, flags.amiSecret), dialler: undefined });

  if (existing !== undefined) {
    const { username, secret, dialler } = existing.ami;
    const kept = { host, port, username, secret, dialler: whole(dialler) };
    const opened = await logIn(kept, existing.ami);
    if (opened.line.ok) {
      questions.say(`  the AMI user ${username} of the configuration works and is kept\n`);
      return { ami: kept, line: opened.line.value, close: opened.close };
    }
    await opened.close();
  }
  if (exchange !== undefined && flags.mayWriteManager) {
    const made = await proposeUsers(context, { host, port }, exchange.manager);
    if (made !== undefined) return made;
  }
  return askForUser(context, { host, port });
}

const user = (username: string, secret: string): Pick<Ami, "username" | "secret"> => ({
  username,
  secret,
});

const whole = ({ username, secret }: Config["ami"]["dialler"]): Ami["dialler"] =>
  username === undefined || secret === undefined ? undefined : { username, secret };

async function proposeUsers(
  context: SetupContext,
  place: { readonly host: string; readonly port: number },
  manager: ManagerSetup,
): Promise<AmiStep | undefined> {
  const { questions, flags } = context;
  const own = readIfThere(manager.ownFile);
  const taken = [LISTENER, DIALLER].find((name) => manager.sections.has(name));
  if (taken !== undefined) {
    const file = manager.sections.get(taken) ?? "";
    questions.say(`  ${file} has an AMI user ${taken} already, which is left alone\n`);
    return undefined;
  }
  const users = {
    listener: { username: LISTENER, secret: newSecret() },
    dialler: { username: DIALLER, secret: newSecret() },
    switchesOn: !manager.isEnabled,
  };
  const sections = managerSections(users);
  questions.say(`\nTwo AMI users of least rights for ${manager.ownFile}:\n\n`);
  questions.say(indented(sections.replace(/^secret = .*/gm, "secret = (made at random)")));
  if (users.switchesOn)
    questions.say("  The manager interface is off: this switches it on, for this host alone.\n");
  if (!(await questions.confirm("Write them and reload the manager interface?", true)))
    return undefined;

  const confMode = statSync(manager.conf);
  const owner = { uid: confMode.uid, gid: confMode.gid };
  const mode = confMode.mode & 0o640;
  await written(context, {
    ...{ path: manager.ownFile, text: withSections(own, sections), mode, owner },
  });
  if (!manager.isIncluded) {
    const text = withInclude(readFileSync(manager.conf, "utf8"), basename(manager.ownFile));
    await written(context, { path: manager.conf, text, mode, owner });
  }
  const ami = { ...place, ...users.listener, dialler: users.dialler };
  if (flags.isDryRun) return { ami, line: undefined, close: () => Promise.resolve() };
  await context.console.ask("manager reload");
  return mustLogIn(ami);
}

async function written(
  { write }: SetupContext,
  file: Parameters<SetupContext["write"]>[0],
): Promise<void> {
  try {
    await write(file);
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === undefined) throw thrown;
    throw new SetupStopped(
      `${file.path} cannot be written (${code})`,
      code === "ENOENT" ? `make the folder ${dirname(file.path)}` : "run setup as root",
    );
  }
}

const indented = (text: string): string => text.replace(/^(?=.)/gm, "    ");

async function askForUser(
  { questions, exchange, flags }: SetupContext,
  place: { host: string; port: number },
): Promise<AmiStep> {
  if (!questions.isAnswered)
    throw new SetupStopped(
      "there is no AMI user",
      "give --ami-user and --ami-secret-file (and --ami-host, where Asterisk is another machine)",
    );
  questions.say("\nAn AMI user of the exchange (docs/installation.md shows what it needs):\n");
  for (;;) {
    const host = await questions.ask("  Host of the exchange", place.host);
    const port = Number(await questions.ask("  Port of AMI", String(place.port)));
    const username = await questions.ask("  AMI user", flags.amiUser ?? LISTENER);
    const secret = await questions.askSecret("  Its secret");
    const ami = { host, port, ...user(username, secret), dialler: undefined };
    const opened = await logIn(ami);
    if (opened.line.ok) return { ami, line: opened.line.value, close: opened.close };
    await opened.close();
    questions.say(`  no login: ${opened.line.failure.hint}\n`);
    if (exchange === undefined) questions.say("  (Asterisk is not on this host)\n");
  }
}

/** After `manager reload` a moment may pass until Asterisk listens. */
const TRIES = 5;
const BETWEEN_MS = 1_000;

async function mustLogIn(ami: Ami): Promise<AmiStep> {
  for (let tried = 1; ; tried++) {
    const opened = await logIn(ami);
    if (opened.line.ok) return { ami, line: opened.line.value, close: opened.close };
    await opened.close();
    if (tried === TRIES)
      throw new SetupStopped(
        `no login to Asterisk at ${ami.host}:${ami.port}`,
        opened.line.failure.hint,
      );
    await systemClock.sleep(BETWEEN_MS);
  }
}

type Opened = {
  readonly line: Result<ExchangeLine, AmiFailure>;
  readonly close: FarSides["close"];
};

async function logIn(ami: Ami, like?: Config["ami"]): Promise<Opened> {
  const over = new AbortController();
  const sides = createFarSides({ clock: systemClock, signal: over.signal, accessToken: "" });
  const line = await sides.exchange({ ami: amiSection(ami, like) });
  return {
    line,
    async close() {
      over.abort();
      await sides.close();
    },
  };
}

/** @param like what is not asked: TLS, and how the secret is proven */
export const amiSection = (ami: Ami, like?: Config["ami"]): Config["ami"] => ({
  host: ami.host,
  port: ami.port,
  username: ami.username,
  secret: ami.secret,
  auth: like?.auth ?? "plain",
  tls: like?.tls ?? { enabled: false, ca_file: undefined, servername: undefined },
  dialler: { username: ami.dialler?.username, secret: ami.dialler?.secret },
});

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (thrown) {
    if (codeOf(thrown) === undefined) throw thrown;
    return "";
  }
}
