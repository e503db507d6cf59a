/** `asterisk-kommo altegio …`: appointments and leads. Each sub-command is a file of altegio/. */
import { runSubCommand, type SubCommands } from "./sub-commands.ts";

const load: SubCommands["load"] = {
  setup: async () => (await import("./altegio/setup.ts")).runAltegioSetup,
  login: async () => (await import("./altegio/login.ts")).runAltegioLogin,
  sync: async () => (await import("./altegio/sync.ts")).runAltegioSync,
  find: async () => (await import("./altegio/find.ts")).runAltegioFind,
  explain: async () => (await import("./altegio/explain.ts")).runAltegioExplain,
  undo: async () => (await import("./altegio/undo.ts")).runAltegioUndo,
  decide: async () => (await import("./altegio/decide.ts")).runAltegioDecide,
};

const usage = `Usage: asterisk-kommo altegio setup|login|sync|find|explain|undo|decide …

  setup    makes the fields of leads that are missing, and lists pipelines and statuses
  login    a new token of an Altegio user
  sync     asks Altegio now, reads one appointment anew, or (--dry-run) says what would be
  find     a client's appointments with their record IDs, by telephone number
  explain  why an appointment went where it went
  undo     puts back what stood on leads before appointments were written there
  decide   what would become of the appointments of a file of cases, and why

More: asterisk-kommo altegio COMMAND --help
`;

export const runAltegio = (args: string[]): Promise<number> =>
  runSubCommand({ command: "altegio", usage, load, hasOneHelp: false }, args);
