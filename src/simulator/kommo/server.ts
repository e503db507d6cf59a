/**
 * The simulator of Kommo's API: a stateful account behind an HTTP server on loopback, as strict as
 * kommo-api says Kommo is, with switches for what is not known and faults for bad days.
 */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "../../lib/clock.ts";
import type { Clock } from "../../lib/clock.ts";
import { createControl } from "./control.ts";
import { createFaults } from "./faults.ts";
import type { Fault, Faults } from "./faults.ts";
import { createJournal } from "./journal.ts";
import type { Journal } from "./journal.ts";
import { createRateLimit } from "./rate-limit.ts";
import { createDesk } from "./desk.ts";
import { ADMIN_ID, createAccount } from "./state/new-account.ts";
import type { Account, Change } from "./state/account.ts";
import type { AccountOptions } from "./state/new-account.ts";
import { createBrowser } from "./state/browser.ts";
import type { Browser } from "./state/browser.ts";
import { createOneTimeTokens } from "./state/one-time-tokens.ts";
import type { Author } from "./state/card-write.ts";
import { createSeeder } from "./state/seed.ts";
import type { Seeder } from "./state/seed.ts";
import { createTokens } from "./state/tokens.ts";
import type { Integration, Tokens } from "./state/tokens.ts";
import { createSwitches } from "./switches.ts";
import type { Switches } from "./switches.ts";
import { problem } from "./wire/answer.ts";
import { readBody } from "./wire/read-body.ts";
import { sendAnswer } from "./wire/send-answer.ts";
import { createWebhookDelivery } from "./webhook-delivery.ts";
import type { Delivery } from "./webhook-delivery.ts";

export type KommoSimulatorOptions = {
  /** 0, the default, takes any free one. */
  readonly port?: number;
  /** Always a loopback address. */
  readonly host?: "127.0.0.1" | "::1";
  /** A long-lived token of the administrator with all scopes. */
  readonly token?: string;
  readonly account?: AccountOptions;
  readonly switches?: Partial<Switches>;
  readonly integration?: Integration;
  readonly clock?: Clock;
};

export type KommoSimulator = {
  /** What `kommo.account_url` is set to. */
  readonly url: string;
  readonly token: string;
  readonly account: Account;
  readonly switches: Switches;
  readonly tokens: Tokens;
  readonly integration: Integration;
  /** What the page in the browser sends along for a user who clicks. */
  readonly oneTimeToken: (userId: number) => string;
  readonly seed: Seeder;
  /** What people do while the daemon works. */
  readonly browser: Browser;
  readonly journal: Journal;
  readonly faults: Faults;
  /** Programs faults for the next fitting requests. */
  readonly fail: (...faults: readonly Fault[]) => void;
  /** Ends the 403 block, as Kommo's support does. */
  readonly liftBlock: () => void;
  readonly webhookDeliveries: () => readonly Delivery[];
  /** Resolves when all connections are closed. */
  close(): Promise<void>;
};

export const DEFAULT_TOKEN = "simulator-token";
const DEFAULT_INTEGRATION: Integration = {
  client_id: "7d3a0000-0000-4000-8000-00000000abcd",
  client_secret: "simulator-secret",
  redirect_uri: "http://127.0.0.1/oauth/callback",
};

/** Listens at once. Rejects when the port is taken. */
export async function startKommoSimulator(
  options: KommoSimulatorOptions = {},
): Promise<KommoSimulator> {
  const clock = options.clock ?? systemClock;
  const account = createAccount(options.account);
  const switches = createSwitches(options.switches);
  const integration = options.integration ?? DEFAULT_INTEGRATION;
  const tokens = createTokens(account, {
    integration,
    accessSeconds: () => switches.accessTokenSeconds,
  });
  const owner = account.users.has(ADMIN_ID) ? ADMIN_ID : ([...account.users.keys()][0] ?? 0);
  const token = options.token ?? DEFAULT_TOKEN;
  tokens.addLongLived(token, { userId: owner });
  const author = (): Author => {
    const nowMs = clock.now();
    return { account, switches, user: { id: owner }, nowMs, now: Math.floor(nowMs / 1_000) };
  };
  const seed = createSeeder(author);
  const journal = createJournal(account);
  const faults = createFaults();
  const limit = createRateLimit(switches);
  let url = "";
  const webhooks = createWebhookDelivery(account, { switches, base: () => url });
  const desk = createDesk({ account, switches, tokens, integration, limit, base: () => url });
  const closing = new AbortController();

  /** Takes what changed and tells the subscribers of webhooks. */
  const publish = (): readonly Change[] => {
    const { changes } = account;
    account.changes = [];
    webhooks.tell(changes);
    return changes;
  };
  const browser = createBrowser(author, publish);
  const oneTimeTokens = createOneTimeTokens({
    ...{ account, integration, switches, base: () => url, nowMs: () => clock.now() },
  });

  const converse = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const signal = AbortSignal.any([closing.signal, goneSignal(response)]);
    const target = new URL(request.url ?? "/", url);
    const method = request.method ?? "GET";
    const body = await readBody(request);
    if (body === "gone") return;
    if (body === "too-large") {
      await sendAnswer(response, problem(413, "Request is too large"), {
        fault: undefined,
        clock,
        signal,
      });
      return;
    }
    if (target.pathname.startsWith("/_simulator/")) {
      const answer = control({ method, path: target.pathname, query: target.searchParams, body });
      publish();
      await sendAnswer(response, answer, { fault: undefined, clock, signal });
      return;
    }
    await travel();
    const fault = faults.take(method, target.pathname);
    if (fault?.kind === "slow-save") await clock.sleep(fault.ms, closing.signal);
    const nowMs = clock.now();
    const entry = journal.open({
      at: nowMs,
      method,
      path: target.pathname,
      query: target.search,
      body: body.parsed ?? body.text,
      token: fingerprint(request.headers.authorization),
      fault: fault?.kind ?? null,
    });
    const answer = desk({ method, url: target, headers: request.headers, body, nowMs }, fault);
    entry.answer = method === "GET" ? null : (answer.body ?? null);
    entry.changes = publish();
    await travel();
    const hasLeft = await sendAnswer(response, answer, { fault, clock, signal });
    entry.status = hasLeft || fault?.kind === "garble" ? answer.status : null;
  };
  /** Half of the way, so that jitter also moves the moment of arrival. */
  const travel = async (): Promise<void> => {
    const ms = (switches.delayMs + Math.random() * switches.jitterMs) / 2;
    if (ms > 0) await clock.sleep(ms, closing.signal);
  };

  const server = createServer((request, response) => {
    converse(request, response).catch((bug: unknown) => {
      response.destroy();
      queueMicrotask(() => {
        throw bug as Error;
      });
    });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  url = await listen(server, options);

  const simulator: KommoSimulator = {
    url,
    token,
    account,
    switches,
    tokens,
    integration,
    oneTimeToken: oneTimeTokens.issue,
    seed,
    browser,
    journal,
    faults,
    fail: faults.add,
    liftBlock: limit.lift,
    webhookDeliveries: webhooks.deliveries,
    async close() {
      closing.abort();
      webhooks.stop();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  const control = createControl(simulator);
  return simulator;
}

const KEEP_ALIVE_MS = 30_000;

const fingerprint = (authorization: string | undefined): string | null =>
  authorization === undefined
    ? null
    : createHash("sha256").update(authorization).digest("hex").slice(0, 12);

function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  return gone.signal;
}

async function listen(
  server: ReturnType<typeof createServer>,
  { port = 0, host = "127.0.0.1" }: KommoSimulatorOptions,
): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  return `http://${host === "::1" ? "[::1]" : host}:${address.port}`;
}
