/**
 * A company with several sites: as many simulated exchanges, all with the same extensions, and one
 * account of Kommo. Exports `openExchanges`; calls are played with equal ids at all of them.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BookedCall } from "../../src/simulator/kommo/journal.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import type { Play, PlayOptions } from "../../src/simulator/pbx/player.ts";
import { startPbxSimulator, type PbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace, type Trace } from "../../src/simulator/pbx/trace.ts";

const RECORDINGS = join(import.meta.dirname, "../../src/simulator/recordings");
export const RECORDED_CLIENT = "79161234567";
const EXTENSIONS = ["101", "102", "103", "104", "106"];

export type Site = {
  readonly name: string;
  readonly pbx: PbxSimulator;
  /** Its employee at this extension: another one at each exchange. */
  readonly user: (extension: string) => number;
};

export type ExchangesOffice = {
  readonly sites: readonly Site[];
  readonly kommo: KommoSimulator;
  readonly folder: string;
  readonly config: { readonly exchanges: readonly object[]; readonly [section: string]: object };
  /**
   * One recording at all exchanges at once, with equal ids.
   * @param clientOf the client at each; undefined: nobody calls there
   */
  play(
    recording: string,
    clientOf: (site: number) => string | undefined,
    options?: Pick<PlayOptions, "speed">,
  ): Promise<readonly Play[]>;
  bookedFor(client: string): readonly BookedCall[];
  [Symbol.asyncDispose](): Promise<void>;
};

export async function openExchanges(count: number): Promise<ExchangesOffice> {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-exchanges-"));
  const clicked = await readTrace(join(RECORDINGS, "click-answered"));
  const clickTraces = clicked.ok ? [clicked.value] : [];
  const sites = await Promise.all(
    Array.from({ length: count }, async (_, index): Promise<Site> => ({
      name: `site-${index}`,
      pbx: await startPbxSimulator({
        users: [{ ...DEFAULT_USER, secret: `secret-${index}` }],
        clickTraces,
        clickSpeed: 20,
      }),
      user: (extension) => 9_100_000 + index * 1_000 + Number(extension),
    })),
  );
  const users = sites.flatMap((site) =>
    EXTENSIONS.map((extension) => site.user(extension)).map((id) => ({
      ...{ id, name: `User ${id}`, isAdmin: true },
    })),
  );
  const kommo = await startKommoSimulator({ account: { users } });
  const traces = new Map<string, Trace>();

  async function traceOf(recording: string): Promise<Trace> {
    const known = traces.get(recording);
    if (known !== undefined) return known;
    const trace = await readTrace(join(RECORDINGS, recording));
    if (!trace.ok) throw new Error(trace.failure.hint);
    traces.set(recording, trace.value);
    return trace.value;
  }

  return {
    ...{ sites, kommo, folder },
    config: {
      exchanges: sites.map(({ name, pbx, user }, index) => ({
        name,
        ami: { port: pbx.port, username: DEFAULT_USER.name, secret: `secret-${index}` },
        pbx: { extensions: ["_10X"], trunks: ["PJSIP/trunk"] },
        users: Object.fromEntries(EXTENSIONS.map((extension) => [extension, user(extension)])),
      })),
      ...{ kommo: { account_url: kommo.url, access_token: kommo.token } },
      store: { path: join(folder, "store.db") },
      outbox: { believe_absence_after_seconds: 1 },
      ...{ http: { port: 0 }, fastagi: { port: 0 } },
    },
    async play(recording, clientOf, options) {
      const trace = await traceOf(recording);
      const plays: Play[] = [];
      for (const [index, { pbx }] of sites.entries()) {
        const client = clientOf(index);
        if (client === undefined) continue;
        const phones = new Map([[RECORDED_CLIENT, client]]);
        const chosenUniqueids = plays[0]?.mapping.uniqueids ?? new Map<string, string>();
        plays.push(pbx.play(trace, { ...options, phones, chosenUniqueids, gaps: "ignore" }));
      }
      return plays;
    },
    bookedFor: (client) =>
      kommo.journal.calls().filter(({ phone }) => phone.endsWith(client.slice(-10))),
    async [Symbol.asyncDispose]() {
      await Promise.all([...sites.map(({ pbx }) => pbx.stop()), kommo.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Waits for a condition, a minute at most. */
export async function until(isTrue: () => boolean, what: () => string): Promise<void> {
  for (let tries = 0; tries < 1_200; tries++) {
    if (isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(what());
}
