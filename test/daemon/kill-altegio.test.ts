// The promise for appointments, tried on the real process without an exchange: whenever it is killed, and
// whatever Altegio's answers come to, no second lead is made and no visit is paid twice.
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { startAltegioSimulator } from "../../src/simulator/altegio/server.ts";
import { startKommoSimulator } from "../../src/simulator/kommo/server.ts";
import { addCustomField } from "../../src/simulator/kommo/state/new-account.ts";
import { endDaemons, startDaemonProcess, writeConfig } from "./daemon-process.ts";

const KILLS = 12;
const WITHIN_MS = 300_000;
const PIPELINE = 8_123_001;
const SECOND = 71_200_011;
const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);

afterAll(endDaemons);

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

test("a daemon killed at random moments makes one lead an appointment and pays each visit once", async () => {
  process.stdout.write(`seed ${String(seed)}\n`);
  const random = randomFrom(seed);
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-altegio-"));
  const kommo = await startKommoSimulator({
    switches: { lateSearchMs: 2_000, requestsPerSecond: 0, blockAfter429s: 0 },
  });
  const altegio = await startAltegioSimulator({
    switches: { requestsPerSecond: 0, requestsPerMinute: 0 },
  });
  const recordField = addCustomField(kommo.account, "leads", {
    name: "Altegio Record ID",
    type: "text",
  });
  const paidField = addCustomField(kommo.account, "leads", { name: "Paid", type: "numeric" });
  const port = await freePort();
  const config = await writeConfig(folder, {
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
      fields: { record_id: recordField.id, paid: paidField.id },
      checkout_by_stage: [{ pipeline_id: PIPELINE, status_id: SECOND, method: "cash" }],
    },
  });
  const records: ReturnType<typeof altegio.reception.book>[] = [];
  const leadsOf = (id: number) =>
    [...kommo.account.cards.leads.values()].filter((lead) =>
      lead.fields.some(
        ({ field, values }) => field.id === recordField.id && values[0]?.value === String(id),
      ),
    );
  const faults = [
    () => kommo.fail({ kind: "reset", saved: "all", method: "POST", path: "/api/v4/leads" }),
    () => kommo.fail({ kind: "status", status: 504, saved: "half", method: "POST" }),
    () => altegio.fail({ kind: "reset", saved: "all", method: "PUT" }),
    () => altegio.fail({ kind: "silence", saved: "all", method: "PUT" }),
    () => altegio.fail({ kind: "status", status: 502, html: true, times: 2 }),
    () => altegio.fail({ kind: "garble", as: "truncated", times: 2 }),
    () => undefined,
  ];
  const ordered = new Set<number>();

  try {
    for (let kill = 0; kill < KILLS; kill++) {
      const daemon = startDaemonProcess(config);
      await daemon.said("ready");
      for (let booked = 0; booked < 3; booked++)
        records.push(
          altegio.reception.book({
            client: {
              name: `Client ${String(records.length)}`,
              phone: `+7915${String(records.length % 20).padStart(7, "0")}`,
            },
          }),
        );
      const some = records[Math.floor(random() * records.length)];
      if (some !== undefined && random() < 0.5)
        altegio.reception.change(some, { comment: `change ${String(kill)}` });
      faults[Math.floor(random() * faults.length)]?.();
      const leads = records.flatMap(({ id }) => leadsOf(id)).filter(({ id }) => !ordered.has(id));
      const lead = leads[Math.floor(random() * leads.length)];
      if (lead !== undefined) {
        ordered.add(lead.id);
        kommo.browser.changeLead(lead.id, { status_id: SECOND });
      }
      await pause(500 + random() * 7_500);
      await daemon.end("SIGKILL");
    }
    kommo.faults.clear();
    altegio.faults.clear();
    const last = startDaemonProcess(config);
    await last.said("ready");
    const end = Date.now() + WITHIN_MS;
    const isDone = (): boolean => records.every(({ id }) => leadsOf(id).length === 1);
    while (!isDone() && Date.now() < end) await pause(200);
    // One at least is ordered while nobody kills.
    const unordered = records.flatMap(({ id }) => leadsOf(id)).find(({ id }) => !ordered.has(id));
    if (unordered !== undefined) kommo.browser.changeLead(unordered.id, { status_id: SECOND });
    ordered.add(unordered?.id ?? 0);
    // Whatever was ordered and not answered is looked up after some seconds.
    const isPaid = (): boolean => altegio.reception.location().transactions.size >= ordered.size;
    while (!isPaid() && Date.now() < end) await pause(200);
    await pause(12_000);
    await last.end("SIGTERM");

    const doubled = records.filter(({ id }) => leadsOf(id).length !== 1).map(({ id }) => id);
    const location = altegio.reception.location();
    const overpaid = records.filter((record) => altegio.reception.paid(record) > 4_000);
    const payments = Map.groupBy(location.transactions.values(), ({ visitId }) => visitId);
    const contacts = [...kommo.account.cards.contacts.values()];
    process.stdout.write(`${String(records.length)} booked, ${String(payments.size)} paid\n`);
    expect(doubled).toEqual([]);
    expect(payments.size).toBeGreaterThan(0);
    expect(overpaid).toEqual([]);
    expect([...payments.values()].filter(({ length }) => length > 1)).toEqual([]);
    expect(contacts).toHaveLength(20);
    expect(altegio.journal.unknownRoutes).toEqual([]);
  } finally {
    await Promise.all([kommo.close(), altegio.close()]);
    await rm(folder, { recursive: true, force: true });
  }
}, 900_000);
