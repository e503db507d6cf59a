// The laboratory: a real Asterisk, three offices of registered telephones, a provider with as many
// clients as asked for, and a listener on AMI that keeps what it hears. `startLab` is all a test needs.
import { AmiRecorder } from "./ami-recorder.ts";
import { AmiTap } from "./ami-tap.ts";
import type { AmiLogin } from "./ami-tap.ts";
import {
  AMI_SECRET,
  builtSystem,
  DESKS,
  extensionOf,
  MOBILE,
  MOBILES,
  OFFICES,
  passwordOf,
  startExchange,
} from "./exchange.ts";
import type { Exchange, ExchangeVersion, Office, Seat } from "./exchange.ts";
import { Provider, Telephone } from "./sip/phone.ts";
import type { Phone } from "./sip/phone.ts";

/** One thing that somebody in the lab did or saw. `at`: Unix milliseconds. */
export type Note = { readonly at: number; readonly who: string; readonly what: string };

export type Lab = {
  readonly version: ExchangeVersion;
  /** What the daemon under test is configured with. */
  readonly ami: AmiLogin & { readonly dialler: Omit<AmiLogin, "host" | "port"> };
  /** "PJSIP/trunk", as in the daemon's configuration `pbx.trunks`. */
  readonly trunk: string;
  /** Dial pattern of the employees' telephones: `pbx.extensions`. */
  readonly extensions: readonly string[];
  /** Numbers outside that are employees' too: keys of `users`. */
  readonly mobiles: readonly string[];
  /** The folder where MixMonitor writes, as Asterisk and this host name it: `recordings.path`. */
  readonly recordings: string;
  /** The folder of the mailboxes. */
  readonly voiceMessages: string;
  /** cel.csv as Asterisk wrote it. */
  readonly cel: string;
  telephone(office: Office, seat: Seat): Phone;
  /** A client with a number that no other client of this lab has. */
  client(): Phone;
  /** Dials as a CRM does: first the employee's telephone, then the number. */
  originate(extension: string, number: string): Promise<void>;
  /** Any action, as another AMI client that may do everything. */
  operate(action: string, fields: Readonly<Record<string, string>>): Promise<string>;
  /** The channel of the number's running call by the trunk, as Asterisk names it. */
  channelOf(number: string): Promise<string>;
  /** "now": `core restart now`. "kill": SIGKILL, and a start. Telephones are registered again. */
  restartAsterisk(how: "now" | "kill"): Promise<void>;
  /** The lab's own listener: all that AMI said, a buffer for each connection. */
  readonly recorder: AmiRecorder;
  readonly notes: readonly Note[];
  complaints(): Promise<string>;
  stop(): Promise<void>;
};

// A conference adds voices up, and what exceeds 16 bits is cut: from 40 on (5,900 of 32,767) four fit.
const EMPLOYEES_FROM = 40;
const CLIENTS_FROM = 60;
const VOICES = 125;

/** @throws a sentence that says what to do, where root or the built Asterisk is missing */
export async function startLab(version: ExchangeVersion = "22"): Promise<Lab> {
  const root = builtSystem(version);
  const notes: Note[] = [];
  const note = (who: string, what: string): void => {
    notes.push({ at: Date.now(), who, what });
  };
  let exchange: Exchange | undefined;
  const address = () => exchange?.sip ?? { host: "127.0.0.1", port: 9 };

  const provider = await Provider.connect({ exchange: address, note });
  const telephones = new Map<string, Telephone>();
  const closers: (() => Promise<void>)[] = [() => provider.stop()];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };

  try {
    const running = await startExchange(root, provider.address);
    exchange = running;
    closers.push(() => running.stop());
    const login = { host: "127.0.0.1", port: running.amiPort, secret: AMI_SECRET };
    const asUser = (username: string) => ({ ...login, username });
    let operator = await AmiTap.open(asUser("operator"));
    await operator.messageWith("Event: FullyBooted");
    const recorder = await AmiRecorder.start(asUser("asterisk-kommo"));
    closers.push(() => recorder.stop());
    const dialler = await AmiTap.open(asUser("asterisk-kommo-dialler"));
    let dial = dialler;
    closers.push(async () => {
      await operator.close();
      await dial.close();
    });

    const extensions = OFFICES.flatMap((office) => DESKS.map((seat) => extensionOf(office, seat)));
    for (const [index, extension] of extensions.entries()) {
      const telephone = await Telephone.connect({
        extension,
        password: passwordOf(extension),
        voice: EMPLOYEES_FROM + index,
        exchange: address,
        note: (what) => note(extension, what),
      });
      telephones.set(extension, telephone);
      closers.push(() => telephone.stop());
      await telephone.register();
    }
    const phones = new Map<string, Phone>(telephones);
    for (const office of OFFICES) {
      const mobile = extensionOf(office, MOBILE);
      phones.set(mobile, provider.client(mobile, EMPLOYEES_FROM + extensions.length + office));
    }

    let clients = 0;
    return {
      version,
      ami: {
        ...asUser("asterisk-kommo"),
        dialler: { username: "asterisk-kommo-dialler", secret: AMI_SECRET },
      },
      trunk: "PJSIP/trunk",
      extensions: ["_1[0-2][1-5]"],
      mobiles: [MOBILES],
      recordings: running.recordings,
      voiceMessages: running.voiceMessages,
      cel: running.cel,
      telephone: (office, seat) => {
        const found = phones.get(extensionOf(office, seat));
        if (!found) throw new Error(`seat ${seat} has no telephone that is registered`);
        return found;
      },
      client: () => {
        clients += 1;
        const number = `79160${String(clients).padStart(6, "0")}`;
        return provider.client(number, CLIENTS_FROM + (clients % (VOICES - CLIENTS_FROM)));
      },
      originate: async (extension, number) => {
        note("crm", `dials ${number} for ${extension}`);
        await dial.send("Originate", {
          Channel: `PJSIP/${extension}`,
          Context: "from-internal",
          Exten: number,
          Priority: "1",
          CallerID: `"${number}" <${number}>`,
          Timeout: "4000",
          Async: "true",
        });
      },
      operate: async (action, fields) => await operator.send(action, fields),
      channelOf: async (number) => {
        const Command = "core show channels concise";
        const channels = (await operator.send("Command", { Command }))
          .split("\r\n")
          .map((line) => line.replace(/^Output: /, "").split("!"));
        const found = channels.find(
          ([name = "", ...rest]) => name.startsWith("PJSIP/trunk-") && rest.includes(number),
        );
        if (found?.[0] === undefined) throw new Error(`${number} has no channel at the exchange`);
        return found[0];
      },
      restartAsterisk: async (how) => {
        note("asterisk", how === "now" ? "core restart now" : "is killed");
        const wasClosed = operator.closed();
        if (how === "now")
          void operator.send("Command", { Command: "core restart now" }).catch(() => undefined);
        else await running.kill();
        await wasClosed;
        if (how === "kill") running.start();
        operator = await AmiTap.open(asUser("operator"));
        await operator.messageWith("Event: FullyBooted");
        dial = await AmiTap.open(asUser("asterisk-kommo-dialler"));
        note("asterisk", "is up again");
        for (const telephone of telephones.values()) await telephone.register();
      },
      recorder,
      notes,
      complaints: () => running.complaints(),
      stop,
    };
  } catch (failure) {
    const said = exchange ? await exchange.complaints() : "";
    await stop();
    throw new Error(`The lab did not start. Asterisk's log:\n${said}`, { cause: failure });
  }
}
