/** `asterisk-kommo setup`: finds the exchange, asks for the rest, and writes the configuration. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { DEFAULT_CONFIG_FILE } from "../config/load-config.ts";
import { ROLES } from "../http/admin/roles.ts";
import { ADMIN, type PageUser } from "../http/admin/schema.ts";
import { readUserName } from "../http/admin/user-name.ts";
import { codeOf, failed, succeeded, toError, type Result } from "../lib/failure.ts";
import { setAdminPassword } from "./setup/admin-password.ts";
import { listAdminUsers, removeAdminUser } from "./setup/admin-users.ts";
import { createAsteriskConsole } from "./setup/asterisk-console.ts";
import { askOnTerminal, InputEnded, takeProposals, type Questions } from "./setup/questions.ts";
import { SetupStopped, type SetupFlags } from "./setup/setup-context.ts";
import { runWizard } from "./setup/wizard.ts";

export const help = `Usage: asterisk-kommo setup [--yes] [--dry-run] [OPTION]…
       asterisk-kommo setup --admin-password [--admin-name NAME --admin-role ROLE]
       asterisk-kommo setup --admin-users | --admin-remove NAME

Finds the Asterisk of this host, makes two AMI users of least rights, tries the way into Kommo, lists
the telephones beside Kommo's users, watches a test call, writes the configuration and starts the
service. What is there already is the proposal, and stays where it is not asked for. A file that is
changed is copied first (FILE.bak-DATE-TIME). Run it as root.

  --yes                takes every proposal and asks nothing; what has none must be given
  --dry-run            shows what would be written, and writes nothing
  --config FILE        the configuration (default: ${DEFAULT_CONFIG_FILE})

  --account-url URL    the Kommo account, as https://acme.kommo.com
  --token-file FILE    holds its long-lived token (--token TEXT shows it to all users of this host)
  --user EXT=ID        a telephone and its Kommo user, may be repeated
  --extensions LIST    the employees' telephones, as _1XX,201
  --recordings FOLDER  where Asterisk keeps recordings
  --public-url URL     the address under which browsers reach this host, or none
  --store FILE         the database (default: /var/lib/asterisk-kommo/store.db)

  --ami-host HOST      where Asterisk is another machine, or AMI listens elsewhere
  --ami-port N
  --ami-user NAME      an AMI user that is there already …
  --ami-secret-file F  … and a file with its secret
  --no-manager         leaves Asterisk's configuration alone

  --test-call SECONDS  waits so long for a call and tells what it sees, with --yes too
  --no-start           does not start the service
  --asterisk PROGRAM   Asterisk's program (default: asterisk)
  --asterisk-config F  its folder (default: /etc/asterisk)

  --admin-password     sets the password of the admin page and does nothing else: typed twice on a
                       terminal, or the first line of standard input
  --admin-name NAME    … that of a further user of the page, who is made where he is not there yet …
  --admin-role ROLE    … as administrator, supervisor (calls with their recordings and statistics) or
                       observer (calls and statistics, numbers masked, no recordings)
  --admin-users        lists the users of the page and their roles
  --admin-remove NAME  takes a user of the page away

Exit code: 0 done, 1 failed or stopped, 2 wrong usage.
`;

export async function runSetup(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      yes: { type: "boolean", default: false },
      "dry-run": { type: "boolean", default: false },
      config: { type: "string", default: DEFAULT_CONFIG_FILE },
      "account-url": { type: "string" },
      token: { type: "string" },
      "token-file": { type: "string" },
      user: { type: "string", multiple: true, default: [] },
      extensions: { type: "string", default: "" },
      recordings: { type: "string" },
      "public-url": { type: "string" },
      store: { type: "string" },
      "ami-host": { type: "string" },
      "ami-port": { type: "string" },
      "ami-user": { type: "string" },
      "ami-secret-file": { type: "string" },
      "no-manager": { type: "boolean", default: false },
      "test-call": { type: "string" },
      "no-start": { type: "boolean", default: false },
      asterisk: { type: "string", default: "asterisk" },
      "asterisk-config": { type: "string", default: "/etc/asterisk" },
      "admin-password": { type: "boolean", default: false },
      "admin-name": { type: "string" },
      "admin-role": { type: "string" },
      "admin-users": { type: "boolean", default: false },
      "admin-remove": { type: "string" },
    },
  });
  const { stdin: input, stdout: out, stderr: err } = process;
  const isFileGiven = args.some((arg) => /^--config(=|$)/.test(arg));
  const file = isFileGiven ? values.config : undefined;
  if (values["admin-users"]) return listAdminUsers(file, { out, err });
  const leaving = values["admin-remove"];
  if (leaving !== undefined) return removeAdminUser(file, { name: leaving, out, err });
  const user = readUser(values["admin-name"], values["admin-role"]);
  if (!user.ok) return misuse(user.failure);
  if (values["admin-password"])
    return setAdminPassword(file, { user: user.value, input, out, err });
  const flags = readFlags(values);
  if (!flags.ok) return misuse(flags.failure);
  const questions = values.yes ? takeProposals(process.stdout) : onTerminal();
  try {
    await runWizard({
      flags: flags.value,
      questions,
      console: createAsteriskConsole(values.asterisk),
      asteriskFolder: values["asterisk-config"],
      now: new Date(),
    });
    return 0;
  } catch (thrown) {
    const why = stopOf(thrown);
    if (why === undefined) throw thrown;
    process.stderr.write(`asterisk-kommo setup: ${why}\n`);
    return 1;
  } finally {
    questions.close();
  }
}

/** Without a name the administrator. @returns on failure the sentence for the terminal */
function readUser(name: string | undefined, role: string | undefined): Result<PageUser, string> {
  const known = ROLES.find((one) => one === role);
  if (role !== undefined && known === undefined)
    return failed(`--admin-role takes one of ${ROLES.join(", ")}`);
  const who = name === undefined ? ADMIN : readUserName(name);
  if (who === undefined)
    return failed("--admin-name takes letters a to z, digits, and . _ @ + - behind the first");
  if (who === ADMIN)
    return known === undefined || known === "administrator"
      ? succeeded({ who, role: "administrator" })
      : failed("admin is an administrator always; give --admin-name");
  return known === undefined
    ? failed(`give ${who} a role: --admin-role ${ROLES.join(" | ")}`)
    : succeeded({ who, role: known });
}

const onTerminal = (): Questions => askOnTerminal(process.stdin, process.stdout);

/** @returns undefined: a bug */
function stopOf(thrown: unknown): string | undefined {
  if (thrown instanceof SetupStopped) return `${thrown.message}; ${thrown.hint}`;
  if (thrown instanceof InputEnded) return `${thrown.message}; with --yes nothing is asked`;
  const code = codeOf(thrown);
  const isRefused = ["EACCES", "EPERM", "EROFS", "ENOSPC", "ENOTDIR", "EISDIR"].includes(
    code ?? "",
  );
  return isRefused ? `${toError(thrown).message}; run setup as root` : undefined;
}

type Values = Readonly<Record<string, string | boolean | string[] | undefined>> & {
  readonly user: string[];
};

/** @returns on failure the sentence for the terminal */
function readFlags(values: Values): Result<SetupFlags, string> {
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === "string" ? value : undefined;
  };
  const token = secretOf("token", { given: text("token"), file: text("token-file") });
  if (!token.ok) return token;
  const amiSecret = secretOf("ami-secret", { given: undefined, file: text("ami-secret-file") });
  if (!amiSecret.ok) return amiSecret;
  const users: Record<string, number> = {};
  for (const given of values.user) {
    const [, extension, id] = /^([\w.*#+-]+)=(\d{1,12})$/.exec(given) ?? [];
    if (extension === undefined) return failed(`--user takes EXTENSION=USER-ID, not ${given}`);
    users[extension] = Number(id);
  }
  const port = numberOf(text("ami-port"));
  const seconds = numberOf(text("test-call"));
  if (Number.isNaN(port) || (port ?? 1) < 1 || (port ?? 1) > 65_535)
    return failed("--ami-port takes a number from 1 to 65535");
  if (Number.isNaN(seconds)) return failed("--test-call takes a number of seconds");
  return succeeded({
    configFile: text("config") ?? DEFAULT_CONFIG_FILE,
    isDryRun: values["dry-run"] === true,
    amiHost: text("ami-host"),
    amiPort: port,
    amiUser: text("ami-user"),
    amiSecret: amiSecret.value,
    mayWriteManager: values["no-manager"] !== true && text("ami-host") === undefined,
    accountUrl: text("account-url"),
    token: token.value,
    extensions: (text("extensions") ?? "").split(/[\s,]+/).filter((part) => part !== ""),
    users,
    recordings: text("recordings"),
    publicUrl: text("public-url"),
    storePath: text("store"),
    testCallSeconds: seconds,
    mayStart: values["no-start"] !== true,
  });
}

const numberOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : /^\d{1,5}$/.test(text) ? Number(text) : NaN;

function secretOf(
  name: string,
  { given, file }: { given: string | undefined; file: string | undefined },
): Result<string | undefined, string> {
  if (given !== undefined && file !== undefined)
    return failed(`give --${name} or --${name}-file, not both`);
  if (file === undefined) return succeeded(given);
  try {
    return succeeded(readFileSync(file, "utf8").trim());
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === undefined) throw thrown;
    return failed(`--${name}-file ${file} cannot be read (${code})`);
  }
}

function misuse(sentence: string): number {
  process.stderr.write(`asterisk-kommo setup: ${sentence}; see: asterisk-kommo setup --help\n`);
  return 2;
}
