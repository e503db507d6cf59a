/** `asterisk-kommo customizations …`: the administrator's scripts. Each sub-command is a file of customizations/. */
import { runSubCommand, type SubCommands } from "./sub-commands.ts";

const load: SubCommands["load"] = {
  new: async () => (await import("./customizations/new-script.ts")).runNew,
  list: async () => (await import("./customizations/list.ts")).runList,
  test: async () => (await import("./customizations/try.ts")).runTest,
  types: async () => (await import("./customizations/new-script.ts")).runTypes,
};

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

export const runCustomizations = (args: string[]): Promise<number> =>
  runSubCommand({ command: "customizations", usage, load, hasOneHelp: true }, args);
