/**
 * The simulator of Altegio's API: locations with their appointments behind an HTTP server on loopback,
 * with the spellings, limits and faults that the reference names. Exports `startAltegioSimulator`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock, type Clock } from "../../lib/clock.ts";
import { createFaults, type Fault, type Faults } from "../kommo/faults.ts";
import { readBody } from "../kommo/wire/read-body.ts";
import { sendAnswer } from "../kommo/wire/send-answer.ts";
import type { Actor } from "./changes.ts";
import { createAltegioControl } from "./control.ts";
import { createAltegioDesk } from "./desk.ts";
import { refused } from "./exchange.ts";
import { createAltegioJournal, type AltegioJournal } from "./journal.ts";
import { createReception, type Reception } from "./reception.ts";
import { createAltegio, type SimAltegio } from "./state.ts";
import { createAltegioSwitches, type AltegioSwitches } from "./switches.ts";
import { createAltegioWebhooks, type AltegioWebhooks } from "./webhooks.ts";

export type AltegioSimulatorOptions = {
  /** 0, the default, takes any free one. */
  readonly port?: number;
  readonly partnerToken?: string;
  readonly userToken?: string;
  readonly switches?: Partial<AltegioSwitches>;
  readonly clock?: Clock;
};

export type AltegioSimulator = {
  /** What `altegio.api_url` is set to. */
  readonly url: string;
  readonly altegio: SimAltegio;
  readonly switches: AltegioSwitches;
  /** What people do in Altegio itself. */
  readonly reception: Reception;
  readonly journal: AltegioJournal;
  readonly faults: Faults;
  readonly fail: (...faults: readonly Fault[]) => void;
  readonly webhooks: AltegioWebhooks;
  /** The user changes the password: the token is another one. @returns the new one */
  rotateUserToken(): string;
  close(): Promise<void>;
};

export const DEFAULT_PARTNER_TOKEN = "simulator-partner";
export const DEFAULT_USER_TOKEN = "simulator-user";

/** Listens at once. Rejects when the port is taken. */
export async function startAltegioSimulator(
  options: AltegioSimulatorOptions = {},
): Promise<AltegioSimulator> {
  const clock = options.clock ?? systemClock;
  const altegio = createAltegio({
    partner: options.partnerToken ?? DEFAULT_PARTNER_TOKEN,
    user: options.userToken ?? DEFAULT_USER_TOKEN,
  });
  const switches = createAltegioSwitches(options.switches);
  const journal = createAltegioJournal();
  const faults = createFaults();
  const webhooks = createAltegioWebhooks({
    switches,
    clock,
    addresses: () => [...altegio.locations.values()].flatMap(({ hooks }) => hooks.urls),
  });
  const desk = createAltegioDesk({
    altegio,
    switches,
    emit: webhooks.emit,
    onUnknownRoute: (method, path) => journal.unknownRoutes.push(`${method} ${path}`),
  });
  const actor = (): Actor => ({
    altegio,
    nowMs: clock.now(),
    isApi: false,
    recordIds: switches.recordIds,
    emit: webhooks.emit,
  });
  const closing = new AbortController();
  let rotations = 0;

  const converse = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const signal = AbortSignal.any([closing.signal, gone.signal]);
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const method = request.method ?? "GET";
    const body = await readBody(request);
    if (body === "gone") return;
    if (body === "too-large") {
      await sendAnswer(response, refused(413, "Too large."), { fault: undefined, clock, signal });
      return;
    }
    if (url.pathname.startsWith("/__sim/")) {
      const answer = control({ method, path: url.pathname, body: body.parsed });
      await sendAnswer(response, answer, { fault: undefined, clock, signal });
      return;
    }
    const fault = faults.take(method, url.pathname);
    if (fault?.kind === "slow-save") await clock.sleep(fault.ms, closing.signal);
    const nowMs = clock.now();
    const entry = journal.open({
      at: nowMs,
      method,
      path: url.pathname,
      query: url.search,
      body: body.parsed ?? body.text,
      fault: fault?.kind ?? null,
    });
    const before = paymentsIn(altegio);
    const answer = desk({ method, url, headers: request.headers, body, nowMs }, fault);
    entry.payments = paymentsIn(altegio) - before;
    const hasLeft = await sendAnswer(response, answer, { fault, clock, signal });
    entry.status = hasLeft || fault?.kind === "garble" ? answer.status : null;
  };

  const server = createServer((request, response) => {
    converse(request, response).catch((bug: unknown) => {
      response.destroy();
      queueMicrotask(() => {
        throw bug as Error;
      });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;

  const simulator: AltegioSimulator = {
    url: `http://127.0.0.1:${String(port)}`,
    altegio,
    switches,
    reception: createReception(actor),
    journal,
    faults,
    fail: faults.add,
    webhooks,
    rotateUserToken() {
      rotations += 1;
      altegio.userToken = `${options.userToken ?? DEFAULT_USER_TOKEN}-${String(rotations)}`;
      return altegio.userToken;
    },
    async close() {
      closing.abort();
      webhooks.stop();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  const control = createAltegioControl(simulator);
  return simulator;
}

const paymentsIn = ({ locations }: SimAltegio): number =>
  locations.values().reduce((sum, { transactions }) => sum + transactions.size, 0);
