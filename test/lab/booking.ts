// The whole daemon beside the lab: a process of its own, listening to the lab's Asterisk and booking
// on a simulated account, every second client of which it knows.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { phoneKey } from "../../src/lib/phone.ts";
import { startKommoSimulator } from "../../src/simulator/kommo/server.ts";
import { checkJournal, type TrueCall } from "../checker/check-journal.ts";
import { evidenceOf } from "../checker/evidence.ts";
import { startDaemonProcess, writeConfig } from "../daemon/daemon-process.ts";
import { DESKS, extensionOf, MOBILE, OFFICES } from "./exchange.ts";
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
const PATIENCE_MS = 40_000;
const DURATION_SLACK_S = 1.7; // whole seconds, and what the model may be off
/** All mobiles are one user's: the pattern says so. */
const MOBILE_USER = 9_100_900;
const MOBILE_NUMBERS = new Set(OFFICES.map((office) => extensionOf(office, MOBILE)));
const userOf = (extension: string): number =>
  MOBILE_NUMBERS.has(extension) ? MOBILE_USER : 9_100_000 + Number(extension);

export async function bookCallsOf(lab: Lab): Promise<Booking> {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-booking-"));
  const desks = OFFICES.flatMap((office) => DESKS.map((seat) => extensionOf(office, seat)));
  const users = [...desks.map(userOf), MOBILE_USER].map((id) => ({
    id,
    name: `User ${id}`,
    isAdmin: true,
  }));
  const kommo = await startKommoSimulator({ account: { users } });
  const configFile = await writeConfig(folder, {
    ami: { host: lab.ami.host, port: lab.ami.port, ...credentials(lab) },
    pbx: { extensions: lab.extensions, trunks: [lab.trunk] },
    kommo: { account_url: kommo.url, access_token: kommo.token },
    users: Object.fromEntries(desks.map((number) => [number, userOf(number)])),
    employees: [{ user: MOBILE_USER, numbers: lab.mobiles }],
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
        for (const end = Date.now() + PATIENCE_MS; ; await pause(50)) {
          if (daemon.output().split(CONNECTED).length > logins) return;
          if (Date.now() > end) throw new Error(`no new connection: ${daemon.output()}`);
        }
      },
    },
    settled: async () => {
      const written = (): number =>
        kommo.journal.entries().filter(({ method }) => method !== "GET").length;
      const end = Date.now() + PATIENCE_MS;
      for (let before = -1; before !== written() && Date.now() < end; await pause(QUIET_MS))
        before = written();
    },
    compare: (truth) => {
      const key = phoneKey(truth.clientPhone);
      const evidence = evidenceOf(kommo);
      const calls = evidence.calls.filter(({ phone }) => phoneKey(phone) === key);
      const contacts = evidence.contacts.filter(({ phones }) =>
        phones.some((own) => phoneKey(own) === key),
      );
      return checkJournal({ ...evidence, calls, contacts }, [tell(truth, known.has(key))], {
        knownPhones: known,
        durationSlackSeconds: DURATION_SLACK_S,
        mustProve: false,
      }).map(({ tell: sentence }) => `in Kommo: ${sentence}`);
    },
  };
}

const credentials = ({ ami }: Lab): object => ({ username: ami.username, secret: ami.secret });

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function tell(truth: CallTruth, isKnown: boolean): TrueCall {
  const talk = truth.conversations.findLast(
    ({ extension, withClient, result }) =>
      withClient && result === "answered" && extension === truth.answeredBy,
  )?.talkSeconds ?? { least: 0, most: 0 };
  const wasAnswered = truth.result === "answered";
  const isReached = truth.direction === "inbound" || wasAnswered;
  return {
    name: truth.result,
    phone: truth.clientPhone,
    direction: truth.direction === "inbound" ? "inbound" : "outbound",
    wasAnswered,
    talkSeconds: [talk.least, talk.most],
    ...(truth.answeredBy === undefined ? {} : { userId: userOf(truth.answeredBy) }),
    booked: isKnown || isReached ? "once" : "never",
  };
}
