/** `asterisk-kommo recordings …`: recordings and their links. Each sub-command is a file of recordings/. */
import { runSubCommand, type SubCommands } from "./sub-commands.ts";

const load: SubCommands["load"] = {
  list: async () => (await import("./recordings/list.ts")).runRecordingsList,
  check: async () => (await import("./recordings/check.ts")).runRecordingsCheck,
  retry: async () => (await import("./recordings/change.ts")).runRecordingsRetry,
  keys: async () => (await import("./recordings/keys.ts")).runRecordingsKeys,
  "rotate-key": async () => (await import("./recordings/change.ts")).runRecordingsRotateKey,
  "revoke-key": async () => (await import("./recordings/change.ts")).runRecordingsRevokeKey,
};

const usage = `Usage: asterisk-kommo recordings list [--call LINKEDID] [--limit N] [--json]
       asterisk-kommo recordings check [--json]
       asterisk-kommo recordings retry
       asterisk-kommo recordings keys
       asterisk-kommo recordings rotate-key
       asterisk-kommo recordings revoke-key KEY

  list        recordings, newest first, with what became of each and its link
  check       compares what is kept of recordings with the mp3 files on the disk; changes nothing
  retry       looks anew for recordings that are missing or were not converted
  keys        the keys that links are signed with
  rotate-key  new links are signed with a new key; links that stand on cards go on
  revoke-key  links of this key play no more, for ever

  --config FILE  the configuration (default: /etc/asterisk-kommo/config.json)

Exit code: 0 done, 1 failed (of check: store and disk differ), 2 wrong usage.
`;

export const runRecordings = (args: string[]): Promise<number> =>
  runSubCommand({ command: "recordings", usage, load, hasOneHelp: true }, args);
