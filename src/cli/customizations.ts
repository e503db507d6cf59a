/** `asterisk-kommo customizations …`: the administrator's scripts. Each sub-command is a file of customizations/. */
import { closestWord } from "../lib/closest-word.ts";

const SUB_COMMANDS = ["new", "list", "test", "types"];

const usage = `Usage: asterisk-kommo customizations new NAME [--lang ts|js|py|php|sh] [--folder DIR]
       asterisk-kommo customizations list
       asterisk-kommo customizations test NAME --call LINKEDID | --input FILE | --trace DIR
       asterisk-kommo customizations types [--folder DIR]

  new    writes a working, commented script that changes nothing yet
  list   each script: its file, its kind, how often it ran, how long it took, what went wrong
  test   runs a script on a call: its input, its answer, its time, and what Kommo would get with it
  types  writes the types, for an editor, beside the scripts

  --config FILE  the configuration (default: /etc/asterisk-kommo/config.json)

Exit code: 0 done, 1 failed, 2 wrong usage.
`;

export async function runCustomizations(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h") {
    (name === undefined ? process.stderr : process.stdout).write(usage);
    return name === undefined ? 2 : 0;
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(usage);
    return 0;
  }
  switch (name) {
    case "new":
      return (await import("./customizations/new-script.ts")).runNew(rest);
    case "types":
      return (await import("./customizations/new-script.ts")).runTypes(rest);
    case "list":
      return (await import("./customizations/list.ts")).runList(rest);
    case "test":
      return (await import("./customizations/try.ts")).runTest(rest);
    default: {
      const near = closestWord(name, SUB_COMMANDS);
      const advice =
        near === undefined ? "see: asterisk-kommo customizations --help" : `did you mean ${near}?`;
      const printable = JSON.stringify(name.slice(0, 60));
      process.stderr.write(`asterisk-kommo customizations: there is no ${printable}; ${advice}\n`);
      return 2;
    }
  }
}
