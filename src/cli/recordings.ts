/** `asterisk-kommo recordings …`: recordings and their links. Each sub-command is a file of recordings/. */
import { closestWord } from "../lib/closest-word.ts";

type Run = (args: string[]) => Promise<number>;

const SUB_COMMANDS: Readonly<Record<string, () => Promise<Run>>> = {
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

export async function runRecordings(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h") {
    (name === undefined ? process.stderr : process.stdout).write(usage);
    return name === undefined ? 2 : 0;
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(usage);
    return 0;
  }
  const load = Object.hasOwn(SUB_COMMANDS, name) ? SUB_COMMANDS[name] : undefined;
  if (load !== undefined) return (await load())(rest);
  const near = closestWord(name, Object.keys(SUB_COMMANDS));
  const advice =
    near === undefined ? "see: asterisk-kommo recordings --help" : `did you mean ${near}?`;
  const printable = JSON.stringify(name.slice(0, 60));
  process.stderr.write(`asterisk-kommo recordings: there is no ${printable}; ${advice}\n`);
  return 2;
}
