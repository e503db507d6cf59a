// The dialplan files that are shipped, in a real Asterisk, asking the real daemon: the caller comes to
// the telephone of whoever is responsible, also when Kommo is gone.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { systemClock } from "../../src/lib/clock.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { startDaemonProcess, writeConfig, type DaemonProcess } from "../daemon/daemon-process.ts";
import { freePort } from "../http/free-port.ts";
import { startLab, type Lab } from "./lab.ts";
import type { Phone } from "./sip/phone.ts";

const SHIPPED = join(import.meta.dirname, "../../config/dialplan");
const OFFICE = 0;
const userOf = (extension: string): number => 9_100_000 + Number(extension);

let lab: Lab;
let kommo: KommoSimulator;
let daemon: DaemonProcess;
let folder: string;
let ports: { readonly http: number; readonly fastagi: number };
const clients = { ofTwo: undefined as Phone | undefined, ofFive: undefined as Phone | undefined };

/** Seats 1 to 4 of office 0 are 101 to 104; 105 is never registered. */
beforeAll(async () => {
  lab = await startLab(process.env["LAB_ASTERISK"] === "16" ? "16" : "22");
  folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-distribution-"));
  const extensions = ["101", "102", "103", "104", "105"];
  const users = extensions.map((number) => ({ id: userOf(number), name: number, isAdmin: true }));
  kommo = await startKommoSimulator({ account: { users } });
  const [two, five] = [lab.client(), lab.client()];
  const contact = kommo.seed.contact({ name: 'Ivan "Vanya" Petrov, roofs', phones: [two.number] });
  kommo.seed.lead({ contactId: contact.id, responsibleUserId: userOf("102") });
  kommo.seed.contact({ phones: [five.number], responsibleUserId: userOf("105"), name: "Olga" });
  Object.assign(clients, { ofTwo: two, ofFive: five });
  ports = { http: await freePort(), fastagi: await freePort() };
  const { host, port, username, secret } = lab.ami;
  daemon = startDaemonProcess(
    await writeConfig(folder, {
      ami: { host, port, username, secret },
      pbx: { extensions: lab.extensions, trunks: [lab.trunk] },
      kommo: { account_url: kommo.url, access_token: kommo.token },
      users: Object.fromEntries(extensions.map((number) => [number, userOf(number)])),
      store: { path: join(folder, "store.db") },
    }),
    {
      ASTERISK_KOMMO_HTTP_PORT: String(ports.http),
      ASTERISK_KOMMO_FASTAGI_PORT: String(ports.fastagi),
      ASTERISK_KOMMO_PUBLIC_HTTP_PORT: "0",
    },
  );
  await daemon.said('"connected to the exchange"');
  await daemon.said("directory filled");
  await addDialplan();
}, 300_000);

afterAll(async () => {
  await daemon?.end("SIGTERM");
  await kommo?.close();
  await lab?.stop();
  await rm(folder, { recursive: true, force: true });
});

const LINES = { fastagi: "94", curl: "95", freepbx: "96" } as const;
type Line = keyof typeof LINES;

/** The shipped files as they are, but for the ports, and lines that use them. */
async function addDialplan(): Promise<void> {
  const ported = async (file: string): Promise<string> =>
    (await readFile(join(SHIPPED, file), "utf8"))
      .replaceAll(":4573/", `:${String(ports.fastagi)}/`)
      .replaceAll(":8077/", `:${String(ports.http)}/`);
  const freepbx = (await ported("freepbx.conf")).replace("[kommo-responsible]", "[kommo-freepbx]");
  const line = (name: Line, context: string): string =>
    [
      `exten => ${LINES[name]},1,Gosub(${context},s,1(\${EXTEN}))`,
      " same => n,Dial(PJSIP/101,8)",
      " same => n,Hangup()",
    ].join("\n");
  await writeFile(
    join(dirname(dirname(lab.recordings)), "etc/added.conf"),
    [
      await ported("asterisk.conf"),
      freepbx,
      "[from-queue]\nexten => _1XX,1,Dial(PJSIP/${EXTEN},8)",
      "[line]",
      line("fastagi", "kommo-responsible"),
      line("curl", "kommo-responsible-curl"),
      line("freepbx", "kommo-freepbx"),
      "",
    ].join("\n"),
  );
  await lab.operate("Command", { Command: "dialplan reload" });
}

type Rang = { readonly extension: string; readonly name: string };

/** Calls, and hangs up as soon as a telephone rings. */
async function whoRings(client: Phone, line: Line): Promise<Rang> {
  const telephones = ([1, 2, 3, 4] as const).map((seat) => lab.telephone(OFFICE, seat));
  for (const telephone of telephones) await telephone.forget();
  const call = await client.call(`7495100${String(OFFICE)}0${LINES[line]}`);
  try {
    for (const end = performance.now() + 60_000; performance.now() < end;) {
      for (const { number, legs } of telephones) {
        const [leg] = legs;
        if (leg?.story.ringAt !== undefined) return { extension: number, name: leg.story.name };
      }
      await systemClock.sleep(20);
    }
    throw new Error(`nobody was rung\n${await lab.complaints()}\n${daemon.output()}`);
  } finally {
    await call.hangUp();
    await Promise.all(telephones.flatMap(({ legs }) => legs.map((leg) => leg.whenOver())));
  }
}

const LINE_NAMES = Object.keys(LINES) as readonly Line[];
const ofTwo = (): Phone => clients.ofTwo ?? lab.client();
const ofFive = (): Phone => clients.ofFive ?? lab.client();

test.each(LINE_NAMES)("by %s a caller comes to who is responsible, with the name", async (line) => {
  expect(await whoRings(ofTwo(), line)).toEqual({ extension: "102", name: "Ivan Vanya Petrov ro" });
});

test.each(LINE_NAMES)("by %s a stranger goes on through the dialplan", async (line) => {
  expect((await whoRings(lab.client(), line)).extension).toBe("101");
});

test.each(LINE_NAMES)("by %s nobody waits for a telephone that is not registered", async (line) => {
  expect(await whoRings(ofFive(), line)).toEqual({ extension: "101", name: "Olga" });
});

test.each(LINE_NAMES)("by %s it works with Kommo dead", async (line) => {
  await kommo.close();

  expect(await whoRings(ofTwo(), line)).toEqual({ extension: "102", name: "Ivan Vanya Petrov ro" });
  expect((await whoRings(lab.client(), line)).extension).toBe("101");
});

test.each(LINE_NAMES)("by %s a caller goes on when the daemon is gone", async (line) => {
  await daemon.end("SIGKILL");

  expect((await whoRings(ofTwo(), line)).extension).toBe("101");
});
