/** `asterisk-kommo COMMAND SUB-COMMAND …`: finds the sub-command, as main.ts finds the command. */
import { closestWord } from "../lib/closest-word.ts";

type Run = (args: string[]) => number | Promise<number>;

export type SubCommands = {
  /** "calls" */
  readonly command: string;
  readonly usage: string;
  /** Each is a file of the command's folder, loaded only when it is called. */
  readonly load: Readonly<Record<string, () => Promise<Run>>>;
  /** The usage is the help of each sub-command too; else each has its own. */
  readonly hasOneHelp: boolean;
};

/** @returns the exit code: 0 done, 1 failed, 2 wrong usage */
export async function runSubCommand(
  { command, usage, load, hasOneHelp }: SubCommands,
  args: readonly string[],
): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) {
    process.stderr.write(usage);
    return 2;
  }
  if (isHelp(name) || (hasOneHelp && rest.some(isHelp))) {
    process.stdout.write(usage);
    return 0;
  }
  const loadRun = Object.hasOwn(load, name) ? load[name] : undefined;
  if (loadRun !== undefined) return (await loadRun())(rest);
  const near = closestWord(name, Object.keys(load));
  const advice =
    near === undefined ? `see: asterisk-kommo ${command} --help` : `did you mean ${near}?`;
  const printable = JSON.stringify(name.slice(0, 60));
  process.stderr.write(`asterisk-kommo ${command}: there is no ${printable}; ${advice}\n`);
  return 2;
}

const isHelp = (arg: string): boolean => arg === "--help" || arg === "-h";
