// Access by OAuth to a simulated account: a real store, a real client, and what `auth` hands over.
import { join } from "node:path";
import { createKommoClient, type KommoClient } from "../../src/kommo/client.ts";
import { createLimiter } from "../../src/kommo/limiter.ts";
import { createPairSource } from "../../src/kommo/oauth/ask-for-pair.ts";
import { createHandover, writeHandover } from "../../src/kommo/oauth/handover.ts";
import { kommoMigrations, parsePair, readPair } from "../../src/kommo/oauth/token-rows.ts";
import type { KeptPair } from "../../src/kommo/oauth/token-rows.ts";
import { createTokens, type Tokens } from "../../src/kommo/oauth/tokens.ts";
import { epochMs, systemClock, type Clock } from "../../src/lib/clock.ts";
import type { Statement, Store } from "../../src/store/store.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import type { Switches } from "../../src/simulator/kommo/switches.ts";
import { storeFolder } from "../store/store-folder.ts";
import { accountUrl, never } from "./scripted-server.ts";

export type OAuthAccount = {
  readonly kommo: KommoSimulator;
  readonly store: Store;
  readonly tokens: Tokens;
  readonly client: KommoClient;
  readonly handoverFile: string;
  /** Lines of error level, for the administrator. */
  readonly alarms: string[];
  readonly logged: string[];
  /** How often there was a token again. */
  readonly renewals: () => number;
  readonly refreshes: () => number;
  readonly askAccount: () => Promise<number | string>;
  readonly keptPair: () => Promise<KeptPair | undefined>;
  /** As `auth` does after a consent. */
  readonly authorise: (changed?: Partial<KeptPair>) => Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

export type OAuthOptions = {
  readonly switches?: Partial<Switches>;
  readonly clock?: Clock;
  readonly clientId?: string;
  /** In place of the store's own write. */
  readonly keepBy?: (store: Store) => (statements: readonly Statement[]) => Promise<unknown>;
  /** Whether the access was allowed before the start. Default true. */
  readonly isAuthorised?: boolean;
};

export async function oauthAccount(options: OAuthOptions = {}): Promise<OAuthAccount> {
  const { clock = systemClock } = options;
  const kommo = await startKommoSimulator({
    switches: { requestsPerSecond: 0, ...options.switches },
  });
  const folder = storeFolder();
  const store = await folder.open({ migrations: kommoMigrations });
  const handoverFile = join(folder.folder, "store.db.new-token");
  const { client_id, client_secret, redirect_uri } = kommo.integration;
  const oauth = { clientId: client_id, clientSecret: client_secret, redirectUri: redirect_uri };
  const url = accountUrl(kommo.url);
  const [alarms, logged]: [string[], string[]] = [[], []];
  const tell = (fields: object, message: string): void => {
    logged.push(`${message} ${JSON.stringify(fields)}`);
  };
  const log = {
    debug: tell,
    warn: tell,
    error: (fields: object, message: string) => {
      alarms.push(`${message} ${JSON.stringify(fields)}`);
    },
  };
  let renewals = 0;
  const limiter = createLimiter({ requestsPerSecond: 100, clock: systemClock, intervalMs: 5 });
  const tokens = createTokens({
    store,
    keep: options.keepBy?.(store) ?? ((statements) => store.write(statements)),
    clock,
    clientId: options.clientId ?? oauth.clientId,
    source: createPairSource({ accountUrl: url, oauth, clock, userAgent: "test", limiter }),
    handover: createHandover(handoverFile),
    log,
    onRenewed: () => (renewals += 1),
    onFatal: (error) => {
      throw error;
    },
    watchMs: 20,
  });
  const client = createKommoClient({
    accountUrl: url,
    accessToken: () => tokens.current(),
    renewal: tokens,
    limiter,
    clock,
    log,
    userAgent: "test",
  });

  const authorise = async (changed: Partial<KeptPair> = {}): Promise<void> => {
    const pair = consentAt(kommo);
    await writeHandover(handoverFile, { ...pair, clientId: oauth.clientId, ...changed });
  };
  if (options.isAuthorised ?? true) await authorise();
  await tokens.restore();

  return {
    kommo,
    store,
    tokens,
    client,
    handoverFile,
    alarms,
    logged,
    renewals: () => renewals,
    refreshes: () =>
      kommo.journal.entries().filter(({ path }) => path === "/oauth2/access_token").length,
    askAccount: async () => {
      const answer = await client.request({
        method: "GET",
        path: "/api/v4/account",
        purpose: "call",
        signal: never,
      });
      return answer.ok ? answer.value.status : answer.failure.kind;
    },
    keptPair: async () => {
      const [row] = await store.read(readPair);
      return row === undefined ? undefined : parsePair(row);
    },
    authorise,
    [Symbol.asyncDispose]: async () => {
      limiter.close();
      await tokens.stop();
      client.close();
      await folder[Symbol.asyncDispose]();
      await kommo.close();
    },
  };
}

/** The administrator allows the access, and the code is exchanged; not in the journal. */
export function consentAt(kommo: KommoSimulator): Omit<KeptPair, "grantId" | "clientId"> {
  const now = Date.now();
  const issued = kommo.tokens.exchangeCode(kommo.tokens.issueCode(9_100_001, now), now);
  if (issued === undefined) throw new Error("the simulator did not take its own code");
  return {
    accessToken: issued.access_token,
    refreshToken: issued.refresh_token,
    expiresInSeconds: issued.expires_in,
    issuedAt: epochMs(now),
  };
}

/** Resolves once `isSo`, looked at every few milliseconds; rejects when that never comes. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let look = 0; !(await isSo()); look++) {
    if (look > MOST_LOOKS) throw new Error(`it never came to be: ${isSo.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const MOST_LOOKS = 3_000;
