/** `asterisk-kommo altegio …`: appointments and leads. Each sub-command is a file of altegio/. */
import { closestWord } from "../lib/closest-word.ts";

const SUB_COMMANDS = ["decide"];

const usage = `Usage: asterisk-kommo altegio decide --json FILE

  decide  what would become of the appointments of a file of cases, and why

More: asterisk-kommo altegio decide --help
`;

export async function runAltegio(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h") {
    (name === undefined ? process.stderr : process.stdout).write(usage);
    return name === undefined ? 2 : 0;
  }
  if (name === "decide") return (await import("./altegio/decide.ts")).runAltegioDecide(rest);
  const near = closestWord(name, SUB_COMMANDS);
  const advice =
    near === undefined ? "see: asterisk-kommo altegio --help" : `did you mean ${near}?`;
  const printable = JSON.stringify(name.slice(0, 60));
  process.stderr.write(`asterisk-kommo altegio: there is no ${printable}; ${advice}\n`);
  return 2;
}
