/** `asterisk-kommo forget`: removes all that is known of a number on this host. */
import { parseArgs } from "node:util";
import { createMp3Folder } from "../recordings/mp3-folder.ts";
import { maskPhone } from "../lib/phone.ts";
import { FORGET_ASK } from "./forget/forget-answer.ts";
import { forgetNumber, type Forgotten } from "./forget/forget-number.ts";
import { tracesOf } from "./forget/phone-traces.ts";
import { openConfig, tellProblems } from "./open-config.ts";
import { recordingPlaces } from "./recordings/recording-service.ts";
import { withStoreOrDaemon } from "./store-or-daemon.ts";

export const help = `Usage: asterisk-kommo forget PHONE [--config FILE] [--json]

Removes a client's number from all that asterisk-kommo keeps on this host: calls (that there was one, and
how it went, stays without the number), what was told to Kommo, cards of the directory, mp3 files and
their links, dials, appointments; afterwards it reads the files byte for byte. The running daemon does it;
a large store may be written anew, which takes as long as copying it, while calls wait in memory.

Not touched: Kommo's cards (delete the contact there first, or the directory learns it again), recordings
and records of Asterisk itself, and the system's journal, where numbers stand only at log.level debug.

  --config FILE  the configuration (default: /etc/asterisk-kommo/config.json)
  --json         one line of JSON: { "calls", "recordings", "rows", "left" }

Exit code: 0 nothing of it is left, 1 failed or something is left, 2 wrong usage.
`;

export async function runForget(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: { config: { type: "string" }, json: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const number = positionals.join(" ");
  if (tracesOf(number) === undefined) {
    process.stderr.write(
      "asterisk-kommo forget: give one telephone number with all its digits; see: asterisk-kommo forget --help\n",
    );
    return 2;
  }
  const loaded = openConfig({ file: values.config, needs: [] });
  if (!loaded.ok) {
    process.stderr.write(tellProblems(loaded.failure));
    return 1;
  }
  const { config } = loaded.value;
  const place = config.store;
  const done = await withStoreOrDaemon<Forgotten>({
    place,
    makesStore: false,
    ask: { ask: FORGET_ASK, number },
    alone: (store) =>
      forgetNumber(number, {
        ...{ place, store, reader: store, now: () => Date.now() },
        folder: createMp3Folder(recordingPlaces(config).mp3Path),
      }),
  });
  if (!done.ok) {
    const { reason, hint } = done.failure;
    process.stderr.write(`asterisk-kommo forget: ${reason}; ${hint}\n`);
    return 1;
  }
  const where = place.url === undefined ? IN_FILES : IN_TABLES;
  process.stdout.write(
    values.json ? `${JSON.stringify(done.value)}\n` : tell(number, { ...done.value, where }),
  );
  return done.value.left.length === 0 ? 0 : 1;
}

const IN_FILES = "nothing of it is left in the store's files";
const IN_TABLES =
  "nothing of it is left in the store's tables; PostgreSQL's own files and backups hold it for longer (docs/postgresql.md)";

function tell(
  number: string,
  { calls, recordings, rows, left, where }: Forgotten & { readonly where: string },
): string {
  const what = `${calls} calls, ${recordings} recordings, ${rows} further rows`;
  const lines = [
    `${maskPhone(number)}: ${what}`,
    ...(left.length === 0
      ? [where]
      : [`still in: ${left.join(", ")}`, "remove these by hand, they are copies of before"]),
    "Asterisk's own recordings and records, and Kommo's cards, were not touched",
  ];
  return `${lines.join("\n")}\n`;
}
