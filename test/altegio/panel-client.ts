// The panel's routes over HTTP, against the salon's two simulators.
import { createHash } from "node:crypto";
import { createAltegioClient } from "../../src/altegio/api/client.ts";
import { createAltegioDesk } from "../../src/cli/altegio/panel-desk.ts";
import { altegioPanelRoutes } from "../../src/http/altegio-panel.ts";
import { forBrowsers } from "../../src/http/browser-access.ts";
import { startHttp } from "../../src/http/start-http.ts";
import { createCardReader } from "../../src/kommo/card-reader.ts";
import { createKommoClient } from "../../src/kommo/client.ts";
import { createExchanger } from "../../src/kommo/exchange.ts";
import { createLimiter } from "../../src/kommo/limiter.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { accountUrl } from "../kommo/scripted-server.ts";
import type { Salon } from "./salon.ts";

const KEY = "a-key-of-a-program";
export const ANNA = { name: "Anna", phone: "+79151234567" };
const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export async function openPanel(salon: Salon) {
  const limiter = createLimiter({ requestsPerSecond: 100, clock: systemClock, intervalMs: 5 });
  const client = createKommoClient({
    accountUrl: accountUrl(salon.kommo.url),
    accessToken: () => salon.kommo.token,
    ...{ limiter, clock: systemClock, log: quiet, userAgent: "test" },
  });
  const exchanger = createExchanger(salon.altegio.url);
  const { altegio } = salon.altegio;
  const desk = createAltegioDesk({
    engine: salon.engine,
    crm: createCardReader(client),
    altegio: createAltegioClient({
      ...{ apiUrl: salon.altegio.url, exchanger, limiter },
      ...{ partnerToken: altegio.partnerToken, userToken: () => altegio.userToken },
      ...{ clock: systemClock, log: quiet, userAgent: "test" },
    }),
    locations: ["4564"],
    booking: () => salon.settings.booking,
    store: salon.store,
    clock: salon.clock,
    signal: new AbortController().signal,
  });
  const sha256 = createHash("sha256").update(KEY).digest("hex");
  const callers = {
    readToken: () => undefined,
    isAccountKnown: () => true,
    useToken: () => false,
    findTicket: () => undefined,
    apiKeys: [{ name: "program", sha256, users: [9_100_001] }],
    isActive: () => true,
  };
  const http = await startHttp({
    listeners: [
      {
        ...{ name: "public_http", host: "127.0.0.1", port: 0 },
        routes: forBrowsers({ origins: [], names: [] }, altegioPanelRoutes(callers, desk)),
      },
    ],
    clock: systemClock,
    log: quiet,
  });
  const root = `${http.address("public_http") ?? ""}/v1/widget/altegio`;
  async function ask(path: string, body?: object, headers: Record<string, string> = {}) {
    const answer = await fetch(root + path, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const told = (await answer.json()) as Record<string, unknown>;
    return { status: answer.status, told };
  }
  return {
    ask,
    async [Symbol.asyncDispose]() {
      await http.stop();
      for (const one of [limiter, client, exchanger]) one.close();
    },
  };
}

export async function withLead(salon: Salon) {
  const record = salon.altegio.reception.book({ client: ANNA });
  await salon.settled();
  const leadId = salon.leadsOf(record.id)[0]?.id ?? 0;
  return { record, leadId, at: { location_id: "4564", record_id: String(record.id) } };
}
