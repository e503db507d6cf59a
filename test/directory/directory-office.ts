// The directory as the daemon joins it, on a real store and a simulated account, at a quick pace.
import { createPatience } from "../../src/directory/patience.ts";
import { directoryMigrations } from "../../src/directory/schema.ts";
import { openDirectoryService, type DirectoryService } from "../../src/cli/directory-service.ts";
import type { FoundFacts } from "../../src/directory/account-facts.ts";
import { parseAccountUrl } from "../../src/kommo/account-url.ts";
import { createKommoClient } from "../../src/kommo/client.ts";
import { createLimiter } from "../../src/kommo/limiter.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createLog } from "../../src/lib/log.ts";
import { outboxMigrations } from "../../src/outbox/schema.ts";
import type { KommoSimulator } from "../../src/simulator/kommo/server.ts";
import type { Statement, Store } from "../../src/store/store.ts";
import { Writable } from "node:stream";

export type OfficeOptions = {
  readonly kommo: KommoSimulator;
  readonly store: Store;
  readonly fill?: "on" | "off" | "auto";
  readonly pollSeconds?: number;
  readonly webhookSecret?: string;
  /** "": none. */
  readonly publicUrl?: string;
  readonly timeZone?: string;
};

export type DirectoryOffice = {
  readonly service: DirectoryService;
  readonly found: FoundFacts;
  readonly endedFor: string[];
  readonly log: () => string;
  /** Ends it as a kill would: nothing more is written. */
  stop(): Promise<void>;
};

export const migrations = [...outboxMigrations, ...directoryMigrations];

export async function openDirectoryOffice(options: OfficeOptions): Promise<DirectoryOffice> {
  const { kommo, store } = options;
  const accountUrl = parseAccountUrl(kommo.url);
  if (!accountUrl.ok) throw new Error("the simulator has no address");
  const limiter = createLimiter({ requestsPerSecond: 200, clock: systemClock, intervalMs: 5 });
  const output: string[] = [];
  const { logger } = createLog({
    level: "debug",
    secrets: [],
    isReadable: false,
    output: new Writable({
      write(chunk: Buffer, _encoding, done) {
        output.push(chunk.toString());
        done();
      },
    }),
  });
  const client = createKommoClient({
    accountUrl: accountUrl.value,
    accessToken: () => kommo.token,
    limiter,
    clock: systemClock,
    log: logger,
    userAgent: "asterisk-kommo/test",
  });
  const found: FoundFacts = {};
  const endedFor: string[] = [];
  const service = await openDirectoryService({
    config: {
      directory: { fill: options.fill ?? "on", poll_seconds: options.pollSeconds ?? 3_600 },
      kommo: { webhook_secret: options.webhookSecret } as never,
      recordings: { public_url: options.publicUrl || undefined },
      time_zone: options.timeZone,
    },
    found,
    client,
    patience: createPatience(systemClock),
    store,
    glance: store,
    keep: (statements: readonly Statement[]) => store.write(statements),
    endWaiting: (key) => Promise.resolve(void endedFor.push(key)),
    clock: systemClock,
    logger,
    onFatal: (error) => {
      throw error;
    },
  });
  service.start();
  return {
    service,
    found,
    endedFor,
    log: () => output.join(""),
    async stop() {
      await service.stop();
      limiter.close();
      client.close();
    },
  };
}

/** Looks again and again, for as long as a busy machine may need. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 4_000; tries++) {
    if (await isTrue()) return;
    await systemClock.sleep(25);
  }
  throw new Error("it did not come to be so");
}
