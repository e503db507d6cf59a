/**
 * `asterisk-kommo demo --altegio`: a salon's day in a simulated Altegio, followed into a simulated Kommo
 * account and, with a checkout, back. Exports `runSalonDay`.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../../config/load-config.ts";
import { altegioWebhookPath } from "../../http/altegio-webhook.ts";
import { systemClock } from "../../lib/clock.ts";
import { createLog } from "../../lib/log.ts";
import { startDaemon, type Daemon } from "../../main.ts";
import { startAltegioSimulator, type AltegioSimulator } from "../../simulator/altegio/server.ts";
import type { SimRecord } from "../../simulator/altegio/state.ts";
import { startKommoSimulator, type KommoSimulator } from "../../simulator/kommo/server.ts";
import type { Lead } from "../../simulator/kommo/state/account.ts";
import {
  addCustomField,
  FIRST_STATUS_ID,
  MAIN_PIPELINE_ID,
} from "../../simulator/kommo/state/new-account.ts";
import { tellProblems } from "../open-config.ts";
import { userAgent } from "../version.ts";

type Output = { write(text: string): unknown };

const WITHIN_MS = 60_000;
const LOOK_MS = 50;
const WON = 142;
const BUSY = FIRST_STATUS_ID + 1;
const FIELDS = {
  record_id: ["Altegio Record ID", "text"],
  services: ["Services", "text"],
  attendance: ["Attendance", "text"],
  payment_status: ["Payment", "text"],
  paid: ["Paid", "numeric"],
} as const;

const GUESTS = [
  ["Anna", "+79151234567", true],
  ["Boris", "+79150000002", false],
  ["Clara", "+4915112345678", true],
  ["David", "89150000004", false],
  ["Eva", "+351912000111", false],
  ["Anna", "+79151234567", true],
] as const;

/** @returns the exit code: 0 all is right on both accounts, 1 something differs */
export async function runSalonDay(output: Output): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-demo-"));
  const kommo = await startKommoSimulator();
  const altegio = await startAltegioSimulator();
  const say = (line: string): void => void output.write(`${line}\n`);
  try {
    const secret = randomBytes(24).toString("base64url");
    const daemon = await start({ kommo, altegio, folder, secret });
    try {
      const hook = `${daemon.address("public_http") ?? ""}${altegioWebhookPath(secret)}`;
      const location = altegio.reception.location();
      const told = { active: 1, record: 1, finances_operation: 1, client: 1 };
      location.hooks = { ...location.hooks, urls: [hook], ...told };
      return await play({ kommo, altegio, say });
    } finally {
      await daemon.stop();
    }
  } finally {
    await Promise.all([kommo.close(), altegio.close()]);
    await rm(folder, { recursive: true, force: true });
  }
}

type Salon = {
  readonly kommo: KommoSimulator;
  readonly altegio: AltegioSimulator;
  readonly say: (line: string) => void;
};

async function start(given: {
  kommo: KommoSimulator;
  altegio: AltegioSimulator;
  folder: string;
  secret: string;
}): Promise<Daemon> {
  const { kommo, altegio, folder, secret } = given;
  const fields = Object.fromEntries(
    Object.entries(FIELDS).map(([as, [name, type]]) => [
      as,
      addCustomField(kommo.account, "leads", { name, type }).id,
    ]),
  );
  const stage = (statusId: number) => ({ pipeline_id: MAIN_PIPELINE_ID, status_id: statusId });
  const loaded = loadConfig({
    file: undefined,
    credentialsDirectory: undefined,
    needs: ["kommo"],
    env: {
      ASTERISK_KOMMO_KOMMO_ACCOUNT_URL: kommo.url,
      ASTERISK_KOMMO_KOMMO_ACCESS_TOKEN: kommo.token,
      ASTERISK_KOMMO_STORE_PATH: join(folder, "store.db"),
      ASTERISK_KOMMO_HTTP_PORT: "0",
      ASTERISK_KOMMO_PUBLIC_HTTP_PORT: "0",
      ASTERISK_KOMMO_FASTAGI_PORT: "0",
      ASTERISK_KOMMO_DIRECTORY_POLL_SECONDS: "10",
      ASTERISK_KOMMO_ALTEGIO_LOCATIONS: "[4564]",
      ASTERISK_KOMMO_ALTEGIO_API_URL: altegio.url,
      ASTERISK_KOMMO_ALTEGIO_PARTNER_TOKEN: altegio.altegio.partnerToken,
      ASTERISK_KOMMO_ALTEGIO_USER_TOKEN: altegio.altegio.userToken,
      ASTERISK_KOMMO_ALTEGIO_WEBHOOK_SECRET: secret,
      ASTERISK_KOMMO_ALTEGIO_FIELDS: JSON.stringify(fields),
      ASTERISK_KOMMO_ALTEGIO_STAGES: JSON.stringify([
        { deleted: true, stage: null },
        { attendance: 1, paid_full: true, stage: stage(WON) },
      ]),
      ASTERISK_KOMMO_ALTEGIO_CHECKOUT_BY_STAGE: JSON.stringify([
        { ...stage(BUSY), method: "cashless" },
      ]),
    },
  });
  if (!loaded.ok) throw new Error(tellProblems(loaded.failure));
  const config = loaded.value.config as Parameters<typeof startDaemon>[0]["config"];
  const started = await startDaemon({
    // There is no exchange.
    config: {
      ...config,
      ami: { ...config.ami, username: "", secret: "" },
      pbx: { ...config.pbx, extensions: [] },
    },
    logger: createLog({ level: "error", secrets: [], output: process.stderr }).logger,
    clock: systemClock,
    userAgent: userAgent(),
    onFatal: (error) => {
      throw error;
    },
  });
  if (!started.ok) throw new Error(`${started.failure.reason}; ${started.failure.hint}`);
  return started.value;
}

async function play({ kommo, altegio, say }: Salon): Promise<number> {
  const { reception } = altegio;
  const value = (lead: Lead | undefined, name: keyof typeof FIELDS): string =>
    String(
      lead?.fields.find(({ field }) => field.name === FIELDS[name][0])?.values[0]?.value ?? "",
    );
  const leadsOf = ({ id }: SimRecord): Lead[] =>
    [...kommo.account.cards.leads.values()].filter(
      (lead) => value(lead, "record_id") === String(id),
    );
  const wrong: string[] = [];
  async function until(what: string, isSo: () => boolean): Promise<void> {
    const end = systemClock.monotonicMs() + WITHIN_MS;
    while (!isSo() && systemClock.monotonicMs() < end) await systemClock.sleep(LOOK_MS);
    say(`  ${isSo() ? "✓" : "✗"} ${what}`);
    if (!isSo()) wrong.push(what);
  }
  const known = new Set<string>();
  for (const [name, phone, isKnown] of GUESTS) {
    if (!isKnown || known.has(phone)) continue;
    known.add(phone);
    const contact = kommo.seed.contact({ name, phones: [phone] });
    kommo.seed.lead({ name: `${name} asked for a cut`, contactId: contact.id });
  }

  say("Altegio: six appointments are booked, two of them for Anna.");
  const clients = new Map<string, number>();
  const records = GUESTS.map(([name, phone], index) => {
    const clientId = clients.get(phone) ?? reception.client({ name, phone }).id;
    clients.set(phone, clientId);
    return reception.book({ clientId, startsAt: Date.now() + (index + 1) * 3_600_000 });
  });
  await until(
    "each has one lead; Anna's and Clara's first ones took the leads that were there",
    () => records.every((record) => leadsOf(record).length === 1),
  );
  for (const record of records) {
    const [lead] = leadsOf(record);
    say(`    appointment ${String(record.id)} → lead ${String(lead?.id)} "${lead?.name ?? ""}"`);
  }

  const [anna, boris, clara, david] = records;
  if (anna === undefined || boris === undefined || clara === undefined || david === undefined)
    return 1;
  await systemClock.sleep(1_100); // Altegio tells changes apart by the second
  say("Altegio: Anna comes and pays in cash, David cancels.");
  reception.pay(anna);
  reception.remove(david);
  await until("Anna's lead is won and shows the payment", () => {
    const [lead] = leadsOf(anna);
    return lead?.status_id === WON && value(lead, "payment_status") === "paid_full";
  });
  await until("David's lead stays, and says that it was cancelled", () =>
    [...kommo.account.notes.values()].some(
      ({ entity_id: id, params }) =>
        id === leadsOf(david)[0]?.id && String(params["text"]).includes("cancelled"),
    ),
  );

  say("Kommo: Clara's lead is moved to the stage of the checkout.");
  kommo.browser.changeLead(leadsOf(clara)[0]?.id ?? 0, { status_id: BUSY });
  await until("Altegio shows her visit as paid, once, and the lead is won", () => {
    const payments = [...reception.location().transactions.values()].filter(
      ({ visitId }) => visitId === clara.visitId,
    );
    return payments.length === 1 && leadsOf(clara)[0]?.status_id === WON;
  });
  const requests = kommo.journal.entries().length;
  say("");
  say(
    `${String(records.length)} appointments, ${String(requests)} requests to Kommo, ` +
      `${String(altegio.journal.entries().length)} to Altegio.`,
  );
  say(
    wrong.length === 0
      ? "✓ Every appointment has one lead, and every visit was paid once."
      : `✗ ${String(wrong.length)} things are not as they should be.`,
  );
  return wrong.length === 0 ? 0 : 1;
}
