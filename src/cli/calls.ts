/** `asterisk-kommo calls …`: calls of the past. Each sub-command is a file of calls/. */
import { runSubCommand, type SubCommands } from "./sub-commands.ts";

const load: SubCommands["load"] = {
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

export const runCalls = (args: string[]): Promise<number> =>
  runSubCommand({ command: "calls", usage, load, hasOneHelp: false }, args);
