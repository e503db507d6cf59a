/**
 * Distribution with a million contacts: 200 questions a second, evenly over 20 connections, as a ratio
 * to a bare node:http answer in the same process and run. In CI with a fifth of the contacts.
 */
import { anyDialPattern } from "../src/lib/dial-pattern.ts";
import { createServer } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDeviceStates } from "../src/ami/device-states.ts";
import { notConnected } from "../src/ami/ami-failure.ts";
import { callSchema } from "../src/calls/archive.ts";
import { createDistributionService } from "../src/cli/distribution/distribution-service.ts";
import { createDirectory } from "../src/directory/directory.ts";
import { directoryMigrations } from "../src/directory/schema.ts";
import { localOnly } from "../src/http/local-only.ts";
import { startHttp } from "../src/http/start-http.ts";
import { systemClock } from "../src/lib/clock.ts";
import { failed } from "../src/lib/failure.ts";
import { silentLogger } from "../src/lib/log.ts";
import { PLAIN_SETTINGS } from "../src/registration/plain-settings.ts";
import { openGlance } from "../src/store/sqlite-glance.ts";
import { openSqliteStore } from "../src/store/sqlite-store.ts";
import { CONTACTS, page, PAGE, phoneOf } from "./directory.ts";
import { askEvenly } from "./even-client.ts";

export type DistributionBench = {
  readonly contacts: number;
  /** Milliseconds at 99 %, of ours and of a bare answer; the median of the runs. */
  readonly p99: number;
  readonly bareP99: number;
  /** Of ours to bare, each in the same run; the median. */
  readonly ratio: number;
  readonly half: number;
  readonly bareHalf: number;
};

const [PER_SECOND, CONNECTIONS, SECONDS, RUNS] = [200, 20, 5, 5];
const USERS = 40;

export async function benchDistribution(): Promise<DistributionBench> {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-bench-"));
  const file = {
    path: join(folder, "store.db"),
    migrations: [callSchema, ...directoryMigrations],
  };
  const own = await openSqliteStore(file);
  const glance = openGlance(file.path);
  if (!own.ok) throw new Error("the bench could not open its store");
  for (let first = 0; first < CONTACTS; first += PAGE) await own.value.write(page(first));
  const users = new Map(
    Array.from({ length: USERS }, (_, user) => [String(100 + user), [9_100_000 + user]] as const),
  );
  const clock = systemClock;
  const service = createDistributionService({
    config: {
      distribution: {
        ...{ limit_ms: 800, working_hours: undefined, employees: [] },
        ...{ skip_busy: false, last_talk_days: 365 },
      },
    },
    openAgi: () => Promise.reject(new Error("FastAGI is not asked here")),
    settings: { ...PLAIN_SETTINGS, users },
    directory: createDirectory({
      ...{ glance, clock, keep: () => Promise.resolve() },
    }),
    telephones: createDeviceStates(() => Promise.resolve(failed(notConnected))),
    customizations: { has: () => false, run: () => Promise.resolve({ kind: "none", ms: 0 }) },
    ...{ glance, clock, logger: silentLogger },
    exchanges: () => [{ name: undefined, host: "127.0.0.1" }],
    isTelephone: anyDialPattern(["_1XX"]),
    isDirectoryWhole: () => true,
    askKommo: () => Promise.resolve(undefined),
  });
  const listener = { name: "http", host: "127.0.0.1", port: 0, guard: localOnly([]) };
  const http = await startHttp({
    listeners: [{ ...listener, routes: service.routes }],
    ...{ clock, log: silentLogger },
  });
  const bare = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/plain; charset=utf-8" }).end("101");
  });
  await new Promise<void>((resolve) => bare.listen(0, "127.0.0.1", resolve));
  const bareAddress = bare.address();
  const ports = {
    ours: Number(new URL(http.address("http") ?? "").port),
    bare: typeof bareAddress === "object" && bareAddress !== null ? bareAddress.port : 0,
  };
  try {
    const runs: { ours: Times; bare: Times }[] = [];
    for (let run = -1; run < RUNS; run++) {
      const asked = Array.from({ length: PER_SECOND * SECONDS }, (_, turn) => {
        const index = ((turn + (run + 1) * 1_000_003) * 104_729) % CONTACTS;
        return { index, path: pathOf(index) };
      });
      const paths = asked.map(({ path }) => path);
      const evenly = { paths, perSecond: PER_SECOND, connections: CONNECTIONS };
      const plain = await askEvenly({ ...evenly, port: ports.bare });
      const answers = await askEvenly({ ...evenly, port: ports.ours });
      const wrong = asked.findIndex(
        ({ index }, turn) => answers.texts[turn] !== String(100 + (index % USERS)),
      );
      if (wrong >= 0)
        throw new Error(`the wrong telephone was named: ${answers.texts[wrong] ?? ""}`);
      if (run >= 0) runs.push({ ours: timesOf(answers.ms), bare: timesOf(plain.ms) });
    }
    return {
      contacts: CONTACTS,
      p99: medianOf(runs.map(({ ours }) => ours.p99)),
      bareP99: medianOf(runs.map((run) => run.bare.p99)),
      ratio: medianOf(runs.map((run) => run.ours.p99 / run.bare.p99)),
      half: medianOf(runs.map(({ ours }) => ours.half)),
      bareHalf: medianOf(runs.map((run) => run.bare.half)),
    };
  } finally {
    await http.stop();
    bare.close();
    bare.closeAllConnections();
    glance.close();
    await own.value.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const pathOf = (index: number): string => {
  const from = encodeURIComponent(phoneOf(index));
  return `/v1/autodistribution?from=${from}&trunk=PJSIP%2Ftrunk&did=74951000101`;
};

type Times = { readonly half: number; readonly p99: number };

function timesOf(ms: readonly number[]): Times {
  const sorted = ms.toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? NaN;
  return { half: at(0.5), p99: at(0.99) };
}

const medianOf = (numbers: readonly number[]): number =>
  numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? NaN;
