/**
 * The first fill of appointments by the whole daemon, without an exchange: how many requests each costs
 * both accounts, how long it takes at their paces, and whether a restart in its middle goes on where it was.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig, type LoadedConfig } from "../src/config/load-config.ts";
import { systemClock } from "../src/lib/clock.ts";
import { silentLogger } from "../src/lib/log.ts";
import { startDaemon, type Daemon } from "../src/main.ts";
import { startAltegioSimulator } from "../src/simulator/altegio/server.ts";
import { startKommoSimulator, type KommoSimulator } from "../src/simulator/kommo/server.ts";
import { addCustomField } from "../src/simulator/kommo/state/new-account.ts";

export type AltegioBench = {
  readonly appointments: number;
  readonly leads: number;
  readonly doubled: number;
  readonly seconds: number;
  readonly kommoRequestsEach: number;
  readonly altegioRequestsEach: number;
  readonly mostKommoRequestsInASecond: number;
  readonly refused: number;
};

/** Every third client comes again; every fifth is known to Kommo with an open lead. */
const AGAIN = 3;
const KNOWN = 5;
const LIMIT_MS = 45 * 60_000;
const DAY_MS = 86_400_000;

export async function benchAltegio(
  appointments: number,
  onProgress: (done: number) => void = () => undefined,
): Promise<AltegioBench> {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-bench-"));
  const kommo = await startKommoSimulator({ switches: { blockAfter429s: 0 } });
  const altegio = await startAltegioSimulator();
  const field = addCustomField(kommo.account, "leads", { name: "Altegio Record ID", type: "text" });
  let clientId = 0;
  for (let index = 0; index < appointments; index++) {
    if (index % AGAIN !== AGAIN - 1) {
      const phone = `+7915${String(index).padStart(7, "0")}`;
      clientId = altegio.reception.client({ name: `Client ${String(index)}`, phone }).id;
      if (index % KNOWN === 0) {
        const contact = kommo.seed.contact({ name: `Client ${String(index)}`, phones: [phone] });
        kommo.seed.lead({ name: "Asked", contactId: contact.id });
      }
    }
    altegio.reception.book({ clientId, startsAt: Date.now() + DAY_MS + index * 1_800_000 });
  }
  const config = configFor({ kommo, altegioUrl: altegio.url, folder });
  const start = async (): Promise<Daemon> => {
    const started = await startDaemon({
      config,
      logger: silentLogger,
      clock: systemClock,
      userAgent: "asterisk-kommo/bench",
      onFatal: (error) => {
        throw error;
      },
    });
    if (!started.ok) throw new Error(`${started.failure.reason}; ${started.failure.hint}`);
    return started.value;
  };
  const recordIds = (): string[] =>
    [...kommo.account.cards.leads.values()].flatMap(
      ({ fields }) => fields.find((one) => one.field.id === field.id)?.values[0]?.value ?? [],
    ) as string[];
  const startedAt = systemClock.monotonicMs();
  let daemon = await start();
  let hasRestarted = false;
  try {
    for (;;) {
      const done = new Set(recordIds()).size;
      onProgress(done);
      if (done >= appointments) break;
      if (!hasRestarted && done > appointments / 3) {
        hasRestarted = true;
        await daemon.stop();
        daemon = await start();
      }
      if (systemClock.monotonicMs() - startedAt > LIMIT_MS)
        throw new Error("the fill does not end");
      await systemClock.sleep(200);
    }
    await daemon.outbox.drained();
    const ids = recordIds();
    const seconds = (systemClock.monotonicMs() - startedAt) / 1_000;
    const asked = altegio.journal.entries();
    return {
      appointments,
      leads: ids.length,
      doubled: ids.length - new Set(ids).size,
      seconds,
      kommoRequestsEach: kommo.journal.entries().length / appointments,
      altegioRequestsEach: asked.length / appointments,
      mostKommoRequestsInASecond: kommo.journal.mostRequestsInASecond(),
      refused:
        asked.filter(({ status }) => status === 429).length +
        kommo.journal.entries().filter(({ status }) => status === 429).length,
    };
  } finally {
    await daemon.stop();
    await Promise.all([kommo.close(), altegio.close()]);
    await rm(folder, { recursive: true, force: true });
  }
}

function configFor(given: {
  kommo: KommoSimulator;
  altegioUrl: string;
  folder: string;
}): LoadedConfig["config"] {
  const loaded = loadConfig({
    file: undefined,
    credentialsDirectory: undefined,
    needs: ["ami", "pbx", "kommo"],
    env: {
      ASTERISK_KOMMO_AMI_USERNAME: "none",
      ASTERISK_KOMMO_AMI_SECRET: "none",
      ASTERISK_KOMMO_PBX_EXTENSIONS: '["_1XX"]',
      ASTERISK_KOMMO_KOMMO_ACCOUNT_URL: given.kommo.url,
      ASTERISK_KOMMO_KOMMO_ACCESS_TOKEN: given.kommo.token,
      ASTERISK_KOMMO_DIRECTORY_FILL: "off",
      ASTERISK_KOMMO_STORE_PATH: join(given.folder, "store.db"),
      ASTERISK_KOMMO_PUBLIC_HTTP_PORT: "0",
      ASTERISK_KOMMO_HTTP_PORT: "0",
      ASTERISK_KOMMO_FASTAGI_PORT: "0",
      ASTERISK_KOMMO_ALTEGIO_LOCATIONS: "[4564]",
      ASTERISK_KOMMO_ALTEGIO_API_URL: given.altegioUrl,
      ASTERISK_KOMMO_ALTEGIO_PARTNER_TOKEN: "simulator-partner",
      ASTERISK_KOMMO_ALTEGIO_USER_TOKEN: "simulator-user",
      ASTERISK_KOMMO_ALTEGIO_NOTES: "[]",
    },
  });
  if (!loaded.ok) throw new Error(loaded.failure.map(({ key, wrong }) => `${key} ${wrong}`).join());
  const { config } = loaded.value;
  return { ...config, ami: { ...config.ami, username: "" } };
}
