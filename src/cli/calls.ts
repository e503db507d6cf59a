/** `asterisk-kommo calls …`: calls of the past. Each sub-command is a file of calls/. */
import { closestWord } from "../lib/closest-word.ts";

const SUB_COMMANDS: Readonly<Record<string, () => Promise<(args: string[]) => Promise<number>>>> = {
  list: async () => (await import("./calls/list.ts")).runCallsList,
  show: async () => (await import("./calls/show.ts")).runCallsShow,
  resend: async () => (await import("./calls/resend.ts")).runCallsResend,
  backfill: async () => (await import("./calls/backfill.ts")).runCallsBackfill,
};

const usage = `Usage: asterisk-kommo calls list [--from TIME] [--phone NUMBER] [--state STATE] …
       asterisk-kommo calls show LINKEDID
       asterisk-kommo calls resend LINKEDID | --set-aside
       asterisk-kommo calls backfill --from TIME --to TIME | --id LINKEDID…

  list      calls that were accepted, newest first, with what became of them in Kommo
  show      all of one call: conversations, decisions with their reasons, what Kommo answered
  resend    does what is missing of a call: tries again what was set aside
  backfill  books calls of the past that are not booked yet, read from Asterisk's own record (CEL)

More: asterisk-kommo calls list --help, and so on
`;

export async function runCalls(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h") {
    (name === undefined ? process.stderr : process.stdout).write(usage);
    return name === undefined ? 2 : 0;
  }
  const load = Object.hasOwn(SUB_COMMANDS, name) ? SUB_COMMANDS[name] : undefined;
  if (load !== undefined) return (await load())(rest);
  const near = closestWord(name, Object.keys(SUB_COMMANDS));
  const advice = near === undefined ? "see: asterisk-kommo calls --help" : `did you mean ${near}?`;
  const printable = JSON.stringify(name.slice(0, 60));
  process.stderr.write(`asterisk-kommo calls: there is no ${printable}; ${advice}\n`);
  return 2;
}
