/** `asterisk-kommo store …`: the database as a whole. Each sub-command is a file of store/. */
import { runSubCommand, type SubCommands } from "./sub-commands.ts";

const load: SubCommands["load"] = {
  copy: async () => (await import("./store/copy.ts")).runStoreCopy,
};

const usage = `Usage: asterisk-kommo store copy --from PLACE --to PLACE [--from-schema NAME] [--to-schema NAME] [--dry-run]

  copy  copies an installation into a new store, from a file into PostgreSQL or back, while no daemon runs

  --from PLACE, --to PLACE   a database file; or postgres://USER:PASSWORD@HOST/DATABASE; or @FILE, which
                             holds such an address, so that the password stands in no list of processes
  --from-schema, --to-schema the installation in PostgreSQL, as store.schema (default: default)
  --dry-run                  counts what would be copied, and changes nothing

The target is there when all of it is, and not before; one that is there already is refused. What stands
beside the file (recordings as mp3) is not copied: it stays where it is, in the folder of store.path.

Exit code: 0 done, 1 failed, 2 wrong usage.
`;

export const runStore = (args: string[]): Promise<number> =>
  runSubCommand({ command: "store", usage, load, hasOneHelp: true }, args);
