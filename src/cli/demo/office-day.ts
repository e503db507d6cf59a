/**
 * The demo's day: which recorded call is played when, and with whose number. Every second client is
 * known to Kommo; some call more than once. Exports `planDay`.
 */
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** What a recorded call really was; `truth.json` beside each recording, from what the telephones did. */
export type RecordedCall = {
  readonly direction: "inbound" | "outbound";
  /** null: withheld. */
  readonly client: string | null;
  readonly result: "answered" | "missed" | "no_answer" | "busy" | "failed" | "cancelled";
  /** The extension that talked with the client last. */
  readonly employee: string | null;
  /** Of that employee: at least and at most. */
  readonly talkSeconds: readonly [number, number];
};

export type DayEntry = {
  readonly recording: string;
  readonly path: string;
  readonly afterMs: number;
  /** Recorded number → played number. */
  readonly phones: ReadonlyMap<string, string>;
  /** With the numbers as they are played. */
  readonly calls: readonly RecordedCall[];
};

export type Day = {
  readonly entries: readonly DayEntry[];
  /** Numbers that stand on a contact before the day begins. */
  readonly knownClients: readonly string[];
};

// From src/cli/demo and from dist/cli/demo alike.
const RECORDINGS = fileURLToPath(new URL("../../../src/simulator/recordings/", import.meta.url));

/** Two calls begin so far apart: the day is over within a minute, and many calls overlap. */
const BETWEEN_CALLS_MS = 900;
/** Played early, so that the day does not end with one long call. */
const LONG_FIRST = ["in-voicemail", "click-client-no-answer", "out-no-answer"];
/** Played again later by the same, unknown, client: one incoming lead must come of all. */
const CALL_AGAIN = ["in-busy", "in-greeting-hangup-before-ring", "in-number-with-plus"];

export type DayOptions = {
  /** How often the whole list is played, each time with other clients. Default 1. */
  readonly rounds?: number;
  readonly betweenCallsMs?: number;
};

export async function planDay({
  rounds = 1,
  betweenCallsMs = BETWEEN_CALLS_MS,
}: DayOptions = {}): Promise<Day> {
  const names = (await readdir(RECORDINGS)).sort();
  const ordered = [...LONG_FIRST, ...names.filter((name) => !LONG_FIRST.includes(name))];
  const recordings = await Promise.all(ordered.map(readRecording));
  const clients = createClients();
  const entries: DayEntry[] = [];
  for (let round = 0; round < rounds; round++) {
    const again = clients.newUnknown();
    for (const recording of recordings) {
      const isAgain = CALL_AGAIN.includes(recording.name);
      const phones = phonesFor(recording, () => (isAgain ? again : clients.next()));
      entries.push({
        recording: recording.name,
        path: RECORDINGS + recording.name,
        afterMs: entries.length * betweenCallsMs,
        phones,
        calls: recording.calls.map((call) => ({
          ...call,
          client: call.client && (phones.get(digits(call.client)) ?? call.client),
        })),
      });
    }
  }
  return { entries, knownClients: clients.known() };
}

type Recording = { readonly name: string; readonly calls: readonly RecordedCall[] };

async function readRecording(name: string): Promise<Recording> {
  const text = await readFile(`${RECORDINGS}${name}/truth.json`, "utf8");
  const { calls } = JSON.parse(text) as { calls: readonly RecordedCall[] };
  return { name, calls };
}

const digits = (phone: string): string => phone.replace(/\D/g, "");

function phonesFor({ calls }: Recording, nextClient: () => string): Map<string, string> {
  const recorded = new Set(calls.flatMap(({ client }) => (client === null ? [] : digits(client))));
  return new Map([...recorded].map((phone) => [phone, nextClient()]));
}

/** Numbers of a length and form that Kommo and the dialplan take; every second one is known. */
function createClients(): { next(): string; newUnknown(): string; known(): string[] } {
  let count = 0;
  const all: string[] = [];
  const number = (): string => `7916555${String(1000 + count++)}`;
  return {
    next: () => {
      const phone = number();
      if (all.length % 2 === 0) all.push(phone);
      else all.push("");
      return phone;
    },
    newUnknown: number,
    known: () => all.filter((phone) => phone !== ""),
  };
}
