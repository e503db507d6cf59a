/** `asterisk-kommo calls …`: calls of the past. Each sub-command is a file of calls/. */
import { closestWord } from "../lib/closest-word.ts";

const SUB_COMMANDS = ["backfill"];

const usage = `Usage: asterisk-kommo calls backfill --from TIME --to TIME | --id LINKEDID…

  backfill  books calls of the past that are not booked yet, read from Asterisk's own record (CEL)

More: asterisk-kommo calls backfill --help
`;

export async function runCalls(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h") {
    (name === undefined ? process.stderr : process.stdout).write(usage);
    return name === undefined ? 2 : 0;
  }
  if (name === "backfill") return (await import("./calls/backfill.ts")).runCallsBackfill(rest);
  const near = closestWord(name, SUB_COMMANDS);
  const advice = near === undefined ? "see: asterisk-kommo calls --help" : `did you mean ${near}?`;
  const printable = JSON.stringify(name.slice(0, 60));
  process.stderr.write(`asterisk-kommo calls: there is no ${printable}; ${advice}\n`);
  return 2;
}
