// A salon's days with the daemon killed at random moments and both accounts misbehaving meanwhile. What came
// of it is judged from both journals. Exports `killSalon`.
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  startAltegioSimulator,
  type AltegioSimulator,
} from "../../src/simulator/altegio/server.ts";
import type { AltegioSwitches } from "../../src/simulator/altegio/switches.ts";
import type { Fault } from "../../src/simulator/kommo/faults.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { addCustomField } from "../../src/simulator/kommo/state/new-account.ts";
import { startDaemonProcess, writeConfig } from "../daemon/daemon-process.ts";

export type SalonReport = {
  readonly seed: number;
  readonly kills: number;
  readonly booked: number;
  /** Leads that somebody moved to the stage that pays, and visits that were paid. */
  readonly ordered: number;
  readonly paid: number;
  /** How many requests each fault struck. */
  readonly struck: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
};

const WITHIN_MS = 300_000;
/** Longer than the daemon waits before it believes that a lost payment was none. */
const QUIET_MS = 12_000;
const CLIENTS = 20;
const PRICE = 4_000;
const PIPELINE = 8_123_001;
const SECOND = 71_200_011;

/** What may strike at any moment. Nothing that Altegio would refuse for good: that is another test. */
const FAULTS: readonly (readonly ["kommo" | "altegio", Fault])[] = [
  ["kommo", { kind: "reset", saved: "all", method: "POST", path: "/api/v4/leads" }],
  ["kommo", { kind: "drop", saved: "nothing", method: "POST", path: "/api/v4/leads" }],
  ["kommo", { kind: "silence", saved: "all", method: "POST", path: "/api/v4/leads" }],
  ["kommo", { kind: "status", status: 504, saved: "half", method: "POST" }],
  ["kommo", { kind: "status", status: 500, saved: "all", method: "PATCH" }],
  ["kommo", { kind: "status", status: 429, times: 3 }],
  ["kommo", { kind: "garble", as: "truncated", method: "POST" }],
  ["altegio", { kind: "reset", saved: "all", method: "PUT" }],
  ["altegio", { kind: "reset", saved: "nothing", method: "PUT" }],
  ["altegio", { kind: "silence", saved: "all", method: "PUT" }],
  ["altegio", { kind: "drop", saved: "all", method: "PUT" }],
  ["altegio", { kind: "status", status: 504, saved: "all", method: "PUT" }],
  ["altegio", { kind: "garble", as: "truncated", method: "PUT" }],
  ["altegio", { kind: "slow-save", ms: 3_000, method: "PUT" }],
  ["altegio", { kind: "slow-answer", ms: 3_000, method: "PUT" }],
  ["altegio", { kind: "status", status: 429, retryAfterSeconds: 1, times: 2 }],
  ["altegio", { kind: "status", status: 401, times: 2 }],
  ["altegio", { kind: "status", status: 502, html: true, times: 2 }],
  ["altegio", { kind: "status", status: 500, times: 2 }],
  ["altegio", { kind: "garble", as: "invalid-json", times: 2 }],
  ["altegio", { kind: "garble", as: "html", times: 2 }],
  ["altegio", { kind: "garble", as: "empty", times: 2 }],
  ["altegio", { kind: "slow-loris", times: 2 }],
];

const SPELLINGS: readonly Partial<AltegioSwitches>[] = [
  { phones: "number", flags: "numbers", offsets: "colon" },
  { phones: "text", flags: "booleans", offsets: "millis", emptyFields: "object" },
  { flags: "mixed", offsets: "plain", emptyFields: "list", deletedRecord: "404" },
  { webhookCopies: 3, webhookBody: "array" },
  { webhookCopies: 1, webhookDelayMs: 2_000, webhookBody: "object" },
  { webhooksLost: 5, webhookDelayMs: 0 },
];

/** Numbers from 0 to 1, the same for one seed. */
function randomFrom(start: number): () => number {
  let state = start + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function killSalon({
  seed,
  kills,
}: {
  readonly seed: number;
  readonly kills: number;
}): Promise<SalonReport> {
  const random = randomFrom(seed);
  const oneOf = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-altegio-"));
  const kommo = await startKommoSimulator({
    switches: { lateSearchMs: 2_000, requestsPerSecond: 0, blockAfter429s: 0 },
  });
  const altegio = await startAltegioSimulator({
    switches: { requestsPerSecond: 0, requestsPerMinute: 0 },
  });
  const recordFieldId = addCustomField(kommo.account, "leads", {
    name: "Altegio Record ID",
    type: "text",
  }).id;
  const config = await configFor({ kommo, altegio, folder, recordFieldId });
  const records: ReturnType<typeof altegio.reception.book>[] = [];
  const ordered = new Set<number>();
  const leadsOf = (id: number) => leadsWith(kommo, recordFieldId, id);
  const isPlaced = (): boolean => records.every(({ id }) => leadsOf(id).length > 0);
  const order = (): void => {
    const lead = oneOf(
      records.flatMap(({ id }) => leadsOf(id)).filter(({ id }) => !ordered.has(id)),
    );
    if (lead === undefined) return;
    ordered.add(lead.id);
    kommo.browser.changeLead(lead.id, { status_id: SECOND });
  };

  try {
    for (let kill = 0; kill < kills; kill++) {
      const daemon = startDaemonProcess(config);
      await daemon.said("ready");
      for (let booked = 0; booked < 3; booked++) {
        const phone = `+7915${String(records.length % CLIENTS).padStart(7, "0")}`;
        const client = { name: `Client ${String(records.length)}`, phone };
        records.push(altegio.reception.book({ client }));
      }
      const some = oneOf(records);
      if (some !== undefined && random() < 0.5)
        altegio.reception.change(some, { comment: `change ${String(kill)}` });
      Object.assign(altegio.switches, oneOf(SPELLINGS));
      // Every other time none, and none is left over: with nothing but faults little would be written.
      kommo.faults.clear();
      altegio.faults.clear();
      const most = random() < 0.5 ? 0 : 1 + random() * 3;
      for (let faults = Math.floor(most); faults > 0; faults--) {
        const [whose, fault] = oneOf(FAULTS) ?? [];
        if (fault !== undefined) (whose === "kommo" ? kommo : altegio).fail(fault);
      }
      order();
      await pause(500 + random() * 7_500);
      await daemon.end("SIGKILL");
    }
    kommo.faults.clear();
    altegio.faults.clear();
    const last = startDaemonProcess(config);
    await last.said("ready");
    const end = Date.now() + WITHIN_MS;
    while (!isPlaced() && Date.now() < end) await pause(200);
    // One at least is ordered while nobody kills.
    order();
    const { transactions } = altegio.reception.location();
    while (transactions.size < ordered.size && Date.now() < end) await pause(200);
    await pause(QUIET_MS);
    await last.end("SIGTERM");
    const booked = records.map(({ id }) => id);
    return {
      ...{ seed, kills, booked: booked.length, ordered: ordered.size, paid: transactions.size },
      struck: struckBy(kommo, altegio),
      problems: [...problemsOfLeads(kommo, recordFieldId, booked), ...problemsOfMoney(altegio)],
    };
  } finally {
    await Promise.all([kommo.close(), altegio.close()]);
    await rm(folder, { recursive: true, force: true });
  }
}

async function configFor(given: {
  readonly kommo: KommoSimulator;
  readonly altegio: AltegioSimulator;
  readonly folder: string;
  readonly recordFieldId: number;
}): Promise<string> {
  const { kommo, altegio, folder, recordFieldId } = given;
  const paid = addCustomField(kommo.account, "leads", { name: "Paid", type: "numeric" });
  const port = await freePort();
  return writeConfig(folder, {
    kommo: { account_url: kommo.url, access_token: kommo.token, timeout_ms: 2_000 },
    directory: { fill: "off", poll_seconds: 10 },
    store: { path: join(folder, "store.db") },
    public_http: { port },
    recordings: { path: folder, public_url: `http://127.0.0.1:${String(port)}` },
    outbox: { believe_absence_after_seconds: 4 },
    altegio: {
      locations: [4564],
      api_url: altegio.url,
      partner_token: altegio.altegio.partnerToken,
      user_token: altegio.altegio.userToken,
      poll_seconds: 10,
      fields: { record_id: recordFieldId, paid: paid.id },
      checkout_by_stage: [{ pipeline_id: PIPELINE, status_id: SECOND, method: "cash" }],
    },
  });
}

const leadsWith = (kommo: KommoSimulator, fieldId: number, recordId: number) =>
  [...kommo.account.cards.leads.values()].filter(({ fields }) =>
    fields.some(
      ({ field, values }) => field.id === fieldId && values[0]?.value === String(recordId),
    ),
  );

/** What Kommo's journal says was made: one lead for each appointment, one contact for each client. */
function problemsOfLeads(
  kommo: KommoSimulator,
  fieldId: number,
  booked: readonly number[],
): readonly string[] {
  const [leads, contacts] = [kommo.journal.leads(), kommo.journal.contacts()];
  const clients = Math.min(CLIENTS, booked.length);
  return [
    ...booked
      .map((id) => [id, leadsWith(kommo, fieldId, id).length] as const)
      .filter(([, count]) => count !== 1)
      .map(([id, count]) => `appointment ${String(id)} has ${String(count)} leads`),
    ...(leads.length === booked.length ? [] : [`${String(leads.length)} leads were made`]),
    ...(contacts.length === clients ? [] : [`${String(contacts.length)} contacts were made`]),
  ];
}

/** What Altegio's journal says was paid, and what stands in its till. */
function problemsOfMoney({ journal, reception }: AltegioSimulator): readonly string[] {
  const paying = Map.groupBy(
    journal.entries().filter(({ payments }) => payments > 0),
    ({ path }) => path.split("/").at(-2),
  );
  const payments = [...reception.location().transactions.values()];
  const byVisit = Map.groupBy(payments, ({ visitId }) => visitId);
  const sum = (some: typeof payments): number => some.reduce((all, { amount }) => all + amount, 0);
  return [
    ...[...paying]
      .filter(([, entries]) => entries.length > 1)
      .map(([visit, entries]) => `visit ${String(visit)} was paid ${String(entries.length)} times`),
    ...[...byVisit]
      .filter(([, some]) => some.length > 1 || sum(some) !== PRICE)
      .map(([visit, some]) => `for visit ${String(visit)} stand ${String(sum(some))}`),
    ...journal.unknownRoutes.map((route) => `Altegio has no ${route}`),
  ];
}

function struckBy(kommo: KommoSimulator, altegio: AltegioSimulator): Record<string, number> {
  const names = [
    ...kommo.journal.entries().flatMap(({ fault }) => (fault === null ? [] : [`kommo ${fault}`])),
    ...altegio.journal
      .entries()
      .flatMap(({ fault }) => (fault === null ? [] : [`altegio ${fault}`])),
  ];
  return Object.fromEntries(
    [...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length]),
  );
}
