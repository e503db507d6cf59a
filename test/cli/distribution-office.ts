// Distribution as the daemon joins it: a real store and directory, real HTTP and FastAGI, telephones
// that tell their states as AMI does, and a simulated Kommo account.
import { ownName } from "../../src/lib/exchange-names.ts";
import { anyDialPattern } from "../../src/lib/dial-pattern.ts";
import { connect } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDeviceStates } from "../../src/ami/device-states.ts";
import { notConnected } from "../../src/ami/ami-failure.ts";
import type { AmiText } from "../../src/ami/framer.ts";
import { acceptCall, callSchema } from "../../src/calls/archive.ts";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { createAskKommo } from "../../src/cli/distribution/ask-kommo.ts";
import { createDistributionService } from "../../src/cli/distribution/distribution-service.ts";
import type { Config } from "../../src/config/keys.ts";
import { createDirectory } from "../../src/directory/directory.ts";
import { createPatience } from "../../src/directory/patience.ts";
import { keepCard } from "../../src/directory/rows.ts";
import { directoryMigrations } from "../../src/directory/schema.ts";
import { localOnly } from "../../src/http/local-only.ts";
import { startFastAgi } from "../../src/http/start-fastagi.ts";
import { startHttp } from "../../src/http/start-http.ts";
import type { ListedCard } from "../../src/kommo/list-cards.ts";
import { parseAccountUrl } from "../../src/kommo/account-url.ts";
import { createKommoClient } from "../../src/kommo/client.ts";
import { createLimiter } from "../../src/kommo/limiter.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { failed } from "../../src/lib/failure.ts";
import { silentLogger } from "../../src/lib/log.ts";
import { phoneKey } from "../../src/lib/phone.ts";
import type { RegistrationSettings } from "../../src/registration/settings.ts";
import { openSqliteStore } from "../../src/store/sqlite-store.ts";
import type { Customizations } from "../../src/customization/customizations.ts";
import { freePort } from "../http/free-port.ts";
import { settings as plain } from "../registration/made-up-call.ts";

export type DistributionOffice = AsyncDisposable & {
  know(...cards: readonly ListedCard[]): Promise<void>;
  accept(call: FinishedCall): Promise<void>;
  /** As AMI tells it: "101", "NOT_INUSE". */
  telephone(extension: string, state: string): void;
  ask(query: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** A whole FastAGI session. @returns the variables that were set */
  agi(fields: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>>;
  counts(): object;
};

export type DistributionOptions = {
  readonly kommoUrl?: string;
  readonly token?: string;
  readonly isDirectoryWhole?: boolean;
  readonly distribution?: Partial<Config["distribution"]>;
  readonly settings?: Partial<RegistrationSettings>;
  readonly customizations?: Pick<Customizations, "has" | "run">;
  readonly exchanges?: readonly { readonly name: string | undefined; readonly host: string }[];
};

const NO_SCRIPTS: Pick<Customizations, "has" | "run"> = {
  has: () => false,
  run: () => Promise.resolve({ kind: "none", ms: 0 }),
};

export async function openDistributionOffice(
  options: DistributionOptions = {},
): Promise<DistributionOffice> {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-distribution-"));
  const opened = await openSqliteStore({
    path: join(folder, "store.db"),
    migrations: [callSchema, ...directoryMigrations],
  });
  if (!opened.ok) throw new Error(opened.failure.reason);
  const store = opened.value;
  const keep = store.write.bind(store);
  const accountUrl = parseAccountUrl(options.kommoUrl ?? "http://127.0.0.1:9");
  if (!accountUrl.ok) throw new Error("that is no address");
  const clock = systemClock;
  const limiter = createLimiter({ requestsPerSecond: 200, clock, intervalMs: 5 });
  const client = createKommoClient({
    ...{ accountUrl: accountUrl.value, limiter, clock, log: silentLogger },
    ...{ accessToken: () => options.token ?? "token", userAgent: "asterisk-kommo/test" },
  });
  const directory = createDirectory({ glance: store, keep, clock });
  const telephones = createDeviceStates(() => Promise.resolve(failed(notConnected)));
  const stopping = new AbortController();
  const port = await freePort();
  const service = createDistributionService({
    config: {
      distribution: {
        ...{ limit_ms: 10_000, employees: [], skip_busy: false, last_talk_days: 365 },
        ...{ working_hours: undefined, ...options.distribution },
      },
    },
    openAgi: (handle) =>
      startFastAgi({ host: "127.0.0.1", port, clock, log: silentLogger, handle }),
    settings: { ...plain, ...options.settings },
    ...{ directory, glance: store, telephones, clock, logger: silentLogger },
    exchanges: () => options.exchanges ?? [{ name: undefined, host: "127.0.0.1" }],
    isTelephone: (name) => anyDialPattern(["_1XX"])(ownName(name)),
    isDirectoryWhole: () => options.isDirectoryWhole ?? true,
    customizations: options.customizations ?? NO_SCRIPTS,
    askKommo: createAskKommo({
      ...{ client, patience: createPatience(clock), directory, keep, clock },
      signal: stopping.signal,
    }),
  });
  await service.start();
  const http = await startHttp({
    listeners: [
      { name: "http", host: "127.0.0.1", port: 0, routes: service.routes, guard: localOnly([]) },
    ],
    ...{ clock, log: silentLogger },
  });
  let calls = 0;

  return {
    know: async (...cards) => void (await keep(cards.flatMap(keepCard))),
    async accept(call) {
      const clientKey = phoneKey(call.clientPhone ?? "");
      calls += 1;
      await keep([
        acceptCall({ id: String(calls), call, clientKey, decisions: [], acceptedAt: clock.now() }),
      ]);
    },
    telephone: (extension, state) =>
      telephones.message(
        `Event: DeviceStateChange\r\nPrivilege: call,all\r\nDevice: PJSIP/${extension}\r\nState: ${state}` as AmiText,
      ),
    ask: (query, headers = {}) =>
      fetch(`${http.address("http") ?? ""}/v1/autodistribution${query}`, { headers }),
    agi: (fields) => session(port, fields),
    counts: () => service.counts(),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await service.stop();
      await http.stop();
      limiter.close();
      client.close();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function session(
  port: number,
  fields: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  return new Promise((resolve, reject) => {
    const variables: Record<string, string> = {};
    const socket = connect(port, "127.0.0.1");
    socket.setEncoding("utf8").on("data", (text: string) => {
      for (const [, name = "", value = ""] of text.matchAll(/^SET VARIABLE (\w+) "(.*)"$/gm)) {
        variables[name] = value;
        socket.write("200 result=1\n");
      }
    });
    socket.on("error", reject).on("close", () => resolve(variables));
    const lines = Object.entries({ network: "yes", ...fields });
    socket.write(`${lines.map(([name, value]) => `agi_${name}: ${value}\n`).join("")}\n`);
  });
}
