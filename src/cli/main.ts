/** The entry of `asterisk-kommo`: finds the command, and turns whatever goes wrong into one line and an exit code. */
import { closestWord } from "../lib/closest-word.ts";
import { codeOf, toError } from "../lib/failure.ts";
import { tellNoMoreFiles } from "../lib/no-more-files.ts";
import { knownSecrets } from "../lib/known-secrets.ts";
import { createRedactor } from "../lib/redact.ts";
import { loadCommand, presentCommands, type CommandModule } from "./commands.ts";
import { runForEachAccount, takeAccount } from "./several-accounts.ts";
import { version } from "./version.ts";

export { version };

const DONE = 0;
const FAILED = 1;
const WRONG_USAGE = 2;

/** How long something left open may keep a finished command from ending. */
const LINGER_MS = 3_000;

/** @returns the exit code: 0 done, 1 failed, 2 wrong usage */
export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    const out = name === undefined ? process.stderr : process.stdout;
    out.write(tellUsage());
    return name === undefined ? WRONG_USAGE : DONE;
  }
  if (name === "--version" || name === "-V") {
    process.stdout.write(`asterisk-kommo ${version()}\n`);
    return DONE;
  }
  if (!presentCommands().some((command) => command.name === name))
    return refuse(
      name,
      presentCommands().map((command) => command.name),
    );

  try {
    const command = await loadCommand(name);
    if (command.help !== undefined && wantsHelp(rest)) {
      process.stdout.write(command.help);
      return DONE;
    }
    return await run(
      command,
      rest.filter((arg) => arg !== "--verbose"),
    );
  } catch (thrown) {
    if (codeOf(thrown)?.startsWith("ERR_PARSE_ARGS_")) {
      const [sentence] = toError(thrown).message.split(". ");
      process.stderr.write(
        `asterisk-kommo ${name}: ${sentence ?? ""}; see: asterisk-kommo ${name} --help\n`,
      );
      return WRONG_USAGE;
    }
    process.stderr.write(tellFault(thrown, isVerbose(rest)));
    return FAILED;
  }
}

async function run(command: CommandModule, given: readonly string[]): Promise<number> {
  const args = takeAccount(given);
  return command.isForEachAccount
    ? await runForEachAccount(command.run, args)
    : await command.run([...args]);
}

function tellUsage(): string {
  const commands = presentCommands();
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    "asterisk-kommo books the calls of an Asterisk telephone exchange in Kommo (amoCRM).",
    "",
    "Usage: asterisk-kommo COMMAND [--config FILE] [--account NAME] [--help] [--verbose]",
    "",
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "  --config FILE   the configuration (default: /etc/asterisk-kommo/config.json)",
    "  --account NAME  of several accounts in the folder of include, the one that is meant",
    "  --verbose       with a fault of the program, where it happened",
    "  --version       the version of the program",
    "",
    "Exit code: 0 done, 1 failed, 2 wrong usage.",
    "",
  ].join("\n");
}

function refuse(name: string, known: readonly string[]): number {
  const near = closestWord(name, known);
  const advice = near === undefined ? "see: asterisk-kommo --help" : `did you mean ${near}?`;
  const printable = JSON.stringify(name.slice(0, 60));
  process.stderr.write(`asterisk-kommo: there is no command ${printable}; ${advice}\n`);
  return WRONG_USAGE;
}

/** A fault of ours, or of the host: one line, and the stack for whoever asks. No secret, no client's number. */
export function tellFault(thrown: unknown, verbose: boolean): string {
  const redactor = createRedactor(knownSecrets());
  const error = toError(thrown);
  const refused = tellNoMoreFiles(error); // a part of the program is a file too
  if (refused !== undefined)
    return `asterisk-kommo: ${redactor.text(refused.reason, "masked")}; ${refused.hint}\n`;
  const [line] = redactor.text(error.message, "masked").split("\n");
  const advice = verbose
    ? "please report it with the lines below"
    : "run it again with --verbose and report what it says";
  const stack = verbose ? `${redactor.text(error.stack ?? "", "masked")}\n` : "";
  return `asterisk-kommo: a fault of the program, ${line ?? ""}; ${advice}\n${stack}`;
}

const wantsHelp = (args: readonly string[]): boolean =>
  args.some((arg) => arg === "--help" || arg === "-h");

const isVerbose = (args: readonly string[]): boolean =>
  args.includes("--verbose") || (process.env["DEBUG"] ?? "") !== "";

/** A reader that left (`| head`) is no failure; a full disk is. */
function onOutputError(error: Error): void {
  if (codeOf(error) === "EPIPE" || isDaemon) return;
  process.stderr.write(`asterisk-kommo: the output cannot be written (${error.message})\n`);
  process.exitCode = FAILED;
}

/** What it writes is a log, which has its own bounds: whoever does not read or keep it is no failure. */
const isDaemon = process.argv[2] === "run";

/** A finished command ends by itself, once its output is read; something forgotten must not hold it. */
function endAfterLinger(): void {
  setTimeout(() => {
    if (isDaemon || process.stdout.writableLength === 0) process.exit();
    endAfterLinger();
  }, LINGER_MS).unref();
}

if (import.meta.main) {
  process.stdout.on("error", onOutputError);
  process.stderr.on("error", () => undefined);
  for (const event of ["uncaughtException", "unhandledRejection"] as const)
    process.on(event, (thrown: unknown) => {
      process.stderr.write(tellFault(thrown, isVerbose(process.argv.slice(2))));
      process.exit(FAILED);
    });
  // A command that waits for what can no longer come would end as if it had been done.
  const tellUnfinished = (): void => {
    const unfinished = new Error("it ended before it was done");
    process.stderr.write(tellFault(unfinished, isVerbose(process.argv.slice(2))));
    process.exitCode = FAILED;
  };
  process.once("beforeExit", tellUnfinished);
  // Not awaited here: a command may import this file, which must have been evaluated by then.
  void main(process.argv.slice(2)).then((code) => {
    process.off("beforeExit", tellUnfinished);
    process.exitCode = Math.max(code, Number(process.exitCode ?? DONE));
    endAfterLinger();
  });
}
