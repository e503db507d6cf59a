/** A lead card with the panel of appointments: the real daemon between both simulated accounts. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext, Locator, Page } from "playwright-core";
import { epochMs, systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/log.ts";
import { startDaemon, type Daemon } from "../../src/main.ts";
import {
  startAltegioSimulator,
  type AltegioSimulator,
} from "../../src/simulator/altegio/server.ts";
import {
  addLocation,
  type SimRecord,
  type SimTransaction,
} from "../../src/simulator/altegio/state.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { addCustomField } from "../../src/simulator/kommo/state/new-account.ts";
import { load, removeFolders } from "../config/written-config.ts";
import { freePort } from "../http/free-port.ts";
import type { Chromium } from "./chromium.ts";
import { startKommoFrame, type KommoFrame } from "./kommo-frame.ts";
import { openWidget, packedWidget } from "./widget-page.ts";

export const PHONE = "+79161234567";
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

const ANNA = 9_100_002;
const PEOPLE = [{ id: ANNA, name: "Anna", isAdmin: true }];
const FIRST = 4_564;
const SECOND = 4_565;

type Booking = Parameters<AltegioSimulator["reception"]["book"]>[0];

export type House = {
  readonly kommo: KommoSimulator;
  readonly altegio: AltegioSimulator;
  readonly frame: KommoFrame;
  readonly context: BrowserContext;
  readonly recordField: number;
  /** The lead of Ana Costa, whose card is open. */
  readonly leadId: number;
  /** Nothing is taken up by itself: what happens is what the panel does. */
  start(changes?: object): Promise<void>;
  open(options?: { lang?: "en" | "es" | "pt" | "ru"; theme?: "light" | "dark" }): Promise<Page>;
  book(booking?: Booking, location?: number): SimRecord;
  /** The record ID on a lead. */
  onLead(id?: number): unknown;
  payments(): readonly SimTransaction[];
  stop(): Promise<void>;
};

export async function openHouse(chromium: Chromium): Promise<House> {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-panel-"));
  const kommo = await startKommoSimulator({
    account: { users: PEOPLE },
    switches: { requestsPerSecond: 0 },
  });
  // What is booked there before was booked yesterday: the daemon takes up nothing of it by itself.
  const altegio = await startAltegioSimulator({
    clock: { ...systemClock, now: () => epochMs(systemClock.now() - DAY) },
    switches: { requestsPerSecond: 0, requestsPerMinute: 0 },
  });
  addLocation(altegio.altegio, { id: SECOND, title: "Riverside", offsetMinutes: 300 });
  const recordField = addCustomField(kommo.account, "leads", { name: "Record", type: "text" }).id;
  const contact = kommo.seed.contact({ name: "Ana Costa", phones: ["8 916 123-45-67"] });
  const leadId = kommo.seed.lead({ name: "A cut", contactId: contact.id }).id;
  const port = await freePort();
  const frame = await startKommoFrame({
    ...{ archive: await packedWidget(), account: kommo.account.id },
    managers: PEOPLE.map(({ id, name }) => ({ id, title: name })),
    oneTimeToken: kommo.oneTimeToken,
    api: kommo,
  });
  frame.settings.backend_url = `http://127.0.0.1:${String(port)}`;
  const context = await chromium.context();
  let daemon: Daemon | undefined;

  return {
    ...{ kommo, altegio, frame, context, recordField, leadId },
    async start(changes = {}) {
      const { client_id, client_secret, redirect_uri } = kommo.integration;
      const loaded = load({
        // There is no exchange.
        ami: { port: await freePort(), username: "nobody", secret: "nothing" },
        pbx: { extensions: ["_1XX"] },
        kommo: {
          account_url: kommo.url,
          access_token: kommo.token,
          widget: { client_id, client_secret, audience: new URL(redirect_uri).origin },
        },
        users: { "101": ANNA },
        store: { path: join(folder, "store.db") },
        http: { port: 0 },
        fastagi: { port: 0 },
        public_http: { port, origins: [frame.origin] },
        outbox: { believe_absence_after_seconds: 1 },
        altegio: {
          locations: [FIRST, SECOND],
          api_url: altegio.url,
          partner_token: altegio.altegio.partnerToken,
          user_token: altegio.altegio.userToken,
          poll_seconds: 3_600,
          fill_from: "never",
          fields: { record_id: recordField },
        },
        ...changes,
      });
      if (!loaded.ok) throw new Error(JSON.stringify(loaded.failure));
      const started = await startDaemon({
        config: loaded.value.config,
        logger: silentLogger,
        clock: systemClock,
        userAgent: "asterisk-kommo/test",
        onFatal: (error) => {
          throw error;
        },
      });
      if (!started.ok) throw new Error(started.failure.reason);
      daemon = started.value;
    },
    open: (options = {}) =>
      openWidget(context, frame, {
        ...{ user: ANNA, path: `/leads/detail/${String(leadId)}` },
        ...options,
      }),
    book: (booking = {}, location = FIRST) =>
      altegio.reception.book(
        { client: { name: "Ana", phone: PHONE }, startsAt: Date.now() + DAY, ...booking },
        location,
      ),
    onLead: (id = leadId) =>
      kommo.account.cards.leads.get(id)?.fields.find(({ field }) => field.id === recordField)
        ?.values[0]?.value,
    payments: () => [...(altegio.altegio.locations.get(FIRST)?.transactions.values() ?? [])],
    async stop() {
      await context.close();
      await daemon?.stop();
      await Promise.all([kommo.close(), altegio.close(), frame.stop()]);
      await rm(folder, { recursive: true, force: true });
      removeFolders();
    },
  };
}

export const panelOf = (page: Page): Locator =>
  page.locator(".panel", { hasText: "Appointments (Altegio)" });

export const cardOf = (page: Page, { id }: SimRecord): Locator =>
  page.locator(`.visit[data-record="${String(id)}"]`);

export const button = (place: Page | Locator, name: string): Locator =>
  place.getByRole("button", { name, exact: true });
