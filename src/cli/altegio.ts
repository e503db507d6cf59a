/** `asterisk-kommo altegio …`: appointments and leads. Each sub-command is a file of altegio/. */
import { runSubCommand, type SubCommands } from "./sub-commands.ts";

const load: SubCommands["load"] = {
  decide: async () => (await import("./altegio/decide.ts")).runAltegioDecide,
};

const usage = `Usage: asterisk-kommo altegio decide --json FILE

  decide  what would become of the appointments of a file of cases, and why

More: asterisk-kommo altegio decide --help
`;

export const runAltegio = (args: string[]): Promise<number> =>
  runSubCommand({ command: "altegio", usage, load, hasOneHelp: false }, args);
