// A daemon of nothing but a store and the access to Kommo, which renews it once.
// Arguments: store, account url, hand-over file, and "work", "hang-before-save" or "hang-after-save".
import { createKommoClient } from "../../src/kommo/client.ts";
import { createLimiter } from "../../src/kommo/limiter.ts";
import { createPairSource } from "../../src/kommo/oauth/ask-for-pair.ts";
import { createHandover } from "../../src/kommo/oauth/handover.ts";
import { kommoMigrations } from "../../src/kommo/oauth/token-rows.ts";
import { createTokens } from "../../src/kommo/oauth/tokens.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { openSqliteStore } from "../../src/store/sqlite-store.ts";
import { OAUTH } from "./oauth-simulated-integration.ts";
import { accountUrl, never } from "./scripted-server.ts";

const [path = "", url = "", file = "", manner = "work"] = process.argv.slice(2);
const say = (word: string): boolean => process.stdout.write(`${word}\n`);

async function hang(): Promise<never> {
  say("hanging");
  setInterval(() => {}, 1_000);
  return new Promise<never>(() => {});
}

const opened = await openSqliteStore({ path, migrations: kommoMigrations });
if (!opened.ok) throw new Error(opened.failure.reason);
const store = opened.value;
const log = { debug: () => {}, warn: () => {}, error: () => {} };
const limiter = createLimiter({ requestsPerSecond: 7, clock: systemClock, intervalMs: 5 });
const shared = { accountUrl: accountUrl(url), clock: systemClock, limiter, userAgent: "test", log };
let isStarted = false;
const tokens = createTokens({
  ...shared,
  store,
  clientId: OAUTH.clientId,
  source: createPairSource({ ...shared, oauth: OAUTH }),
  handover: createHandover(file),
  keep: async (statements) => {
    if (isStarted && manner === "hang-before-save") await hang();
    await store.write(statements);
    if (isStarted && manner === "hang-after-save") await hang();
  },
  onRenewed: () => {},
  onFatal: (error) => {
    throw error;
  },
});
await tokens.restore();
isStarted = true;
const client = createKommoClient({
  ...shared,
  accessToken: () => tokens.current(),
  renewal: tokens,
});
const why = await tokens.renew(tokens.current(), never);
const answer = await client.request({
  method: "GET",
  path: "/api/v4/account",
  purpose: "call",
  signal: never,
});
say(
  `renewed: ${why?.kind ?? "yes"}, asked: ${answer.ok ? answer.value.status : answer.failure.kind}.`,
);
process.exit(0);
