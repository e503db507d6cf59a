// The whole daemon beside the lab: a process of its own, listening to the lab's Asterisk and booking
// on a simulated account, every second client of which it knows.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { phoneKey } from "../../src/lib/phone.ts";
import { startKommoSimulator } from "../../src/simulator/kommo/server.ts";
import type { BookedCall } from "../../src/simulator/kommo/journal.ts";
import { startDaemonProcess, writeConfig } from "../daemon/daemon-process.ts";
import { extensionOf, OFFICES, SEATS_WITH_TELEPHONE } from "./exchange.ts";
import type { Lab } from "./lab.ts";
import type { CallTruth } from "./truth.ts";

export type Booking = {
  /** As the lab, but its clients may be known to Kommo, and a restart ends when the daemon is back. */
  readonly lab: Lab;
  /** Resolves when nothing more is asked of Kommo. */
  settled(): Promise<void>;
  /** What is wrong on the account for one call, as sentences. */
  readonly compare: (truth: CallTruth) => string[];
  stop(): Promise<void>;
};

const CONNECTED = '"connected to the exchange"';
const QUIET_MS = 3_000;
const ANSWERED = 4;
const DURATION_SLACK_S = 1.7; // whole seconds, and what the model may be off
const userOf = (extension: string): number => 9_100_000 + Number(extension);

export async function bookCallsOf(lab: Lab): Promise<Booking> {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-booking-"));
  const numbers = OFFICES.flatMap((office) =>
    SEATS_WITH_TELEPHONE.map((seat) => extensionOf(office, seat)),
  );
  const users = numbers.map((number) => ({
    id: userOf(number),
    name: `Extension ${number}`,
    isAdmin: true,
  }));
  const kommo = await startKommoSimulator({ account: { users } });
  const configFile = await writeConfig(folder, {
    ami: { host: lab.ami.host, port: lab.ami.port, ...credentials(lab) },
    pbx: { extensions: lab.extensions, trunks: [lab.trunk] },
    kommo: { account_url: kommo.url, access_token: kommo.token },
    users: Object.fromEntries(numbers.map((number) => [number, userOf(number)])),
    store: { path: join(folder, "store.db") },
  });
  const daemon = startDaemonProcess(configFile);
  const stop = async (): Promise<void> => {
    await daemon.end("SIGTERM");
    await kommo.close();
    await rm(folder, { recursive: true, force: true });
  };
  await daemon.said(CONNECTED);
  const known = new Set<string>();
  let clients = 0;

  return {
    stop,
    lab: {
      ...lab,
      client: () => {
        const client = lab.client();
        if (clients++ % 2 === 0) {
          kommo.seed.contact({ phones: [client.number] });
          known.add(phoneKey(client.number));
        }
        return client;
      },
      restartAsterisk: async (how) => {
        const logins = daemon.output().split(CONNECTED).length;
        await lab.restartAsterisk(how);
        while (daemon.output().split(CONNECTED).length === logins) await pause(50);
      },
    },
    settled: async () => {
      for (let before = -1; before !== kommo.journal.entries().length; await pause(QUIET_MS))
        before = kommo.journal.entries().length;
    },
    compare: (truth) => {
      const key = phoneKey(truth.clientPhone);
      const isReached = truth.direction === "inbound" || truth.result === "answered";
      const booked = kommo.journal.calls().filter(({ phone }) => phoneKey(phone) === key);
      const expected = known.has(key) || isReached ? 1 : 0;
      if (booked.length !== expected)
        return [`booked ${booked.length} times in Kommo, really ${expected}`];
      const [call] = booked;
      return call === undefined ? [] : compareFields(truth, call, known.has(key));
    },
  };
}

const credentials = ({ ami }: Lab): object => ({ username: ami.username, secret: ami.secret });

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function compareFields(truth: CallTruth, call: BookedCall, isKnown: boolean): string[] {
  const talk = truth.conversations.findLast(
    ({ extension, withClient, result }) =>
      withClient && result === "answered" && extension === truth.answeredBy,
  )?.talkSeconds ?? { least: 0, most: 0 };
  const wasAnswered = truth.result === "answered";
  const user = truth.answeredBy === undefined ? undefined : userOf(truth.answeredBy);
  const isRight: [string, boolean][] = [
    [`direction ${call.direction}`, call.direction === truth.direction],
    [`status ${call.call_status}`, !isKnown || (call.call_status === ANSWERED) === wasAnswered],
    [`user ${call.call_responsible}`, user === undefined || call.call_responsible === user],
    [
      `duration ${call.duration} of ${talk.least} to ${talk.most}`,
      user === undefined ||
        (call.duration >= talk.least - DURATION_SLACK_S &&
          call.duration <= talk.most + DURATION_SLACK_S),
    ],
  ];
  return isRight.flatMap(([what, right]) => (right ? [] : [`in Kommo: ${what} is wrong`]));
}
