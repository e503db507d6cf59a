/** `asterisk-kommo demo`: an office day of recorded calls, booked on a simulated account. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadConfig } from "../config/load-config.ts";
import { systemClock } from "../lib/clock.ts";
import { createLog } from "../lib/log.ts";
import { startDaemon, type Daemon } from "../main.ts";
import { startKommoSimulator, type KommoSimulator } from "../simulator/kommo/server.ts";
import { DEFAULT_USER } from "../simulator/pbx/access.ts";
import { startPbxSimulator, type PbxSimulator } from "../simulator/pbx/server.ts";
import { readTrace } from "../simulator/pbx/trace.ts";
import { makeAdminPassword, tellAdminPage } from "./demo/admin-door.ts";
import { planDay, type Day } from "./demo/office-day.ts";
import { createScreen, type Output, type Screen } from "./demo/screen.ts";
import { findDifferences } from "./demo/truth.ts";
import { tellProblems } from "./open-config.ts";
import { userAgent } from "./version.ts";

export const help = `Usage: asterisk-kommo demo [--keep]
       asterisk-kommo demo --altegio

Starts a simulated exchange, a simulated Kommo account and the daemon in a temporary folder, plays an
office day made of recorded calls, and shows what each call was and what was booked for it. Then holds
the account against what the telephones really did.

  --keep     leaves everything running until Ctrl-C, and says where
  --altegio  a salon's day in a simulated Altegio in place of the calls

Exit code: 0 all is right on the account, 1 something differs.
`;

const SECRET = "demo";
const USERS: ReadonlyMap<string, number> = new Map([
  ["101", 9100001],
  ["102", 9100002],
  ["103", 9100003],
  ["104", 9100004],
  ["106", 9100006],
]);
/** The last call has ended; what is then not booked soon will not be. */
const BOOKED_WITHIN_MS = 15_000;
const SETTLED_MS = 300;
const PROGRESS_MS = 200;

export async function runDemo(args: string[], output: Output = process.stdout): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      keep: { type: "boolean", default: false },
      altegio: { type: "boolean", default: false },
    },
  });
  if (values.altegio) return (await import("./demo/salon-day.ts")).runSalonDay(output);
  const day = await planDay();
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-demo-"));
  const screen = createScreen(output);
  const stopped = Promise.withResolvers<"stopped">();
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.once(signal, () => stopped.resolve("stopped"));

  const pbx = await startPbxSimulator({ users: [{ ...DEFAULT_USER, secret: SECRET }] });
  const kommo = await startKommoSimulator({ account: { users: simulatedUsers() } });
  for (const phone of day.knownClients) kommo.seed.contact({ name: "Client", phones: [phone] });
  const log = createLog({ level: "warn", secrets: [], output: process.stderr });
  const office: Office = { pbx, kommo, folder, day, screen, ended: 0 };
  try {
    const daemon = await start(office, log.logger);
    try {
      const end = await Promise.race([play(office, daemon), stopped.promise]);
      if (end === "stopped") return 1;
      const exitCode = judge(office);
      if (values.keep) {
        screen.say(keepsRunning(office));
        await stopped.promise;
      }
      return exitCode;
    } finally {
      await daemon.stop();
    }
  } finally {
    screen.close();
    await Promise.all([pbx.stop(), kommo.close()]);
    await rm(folder, { recursive: true, force: true });
  }
}

type Office = {
  readonly pbx: PbxSimulator;
  readonly kommo: KommoSimulator;
  readonly folder: string;
  readonly day: Day;
  readonly screen: Screen;
  /** Calls accepted so far. */
  ended: number;
};

const simulatedUsers = (): { id: number; name: string; isAdmin: boolean }[] =>
  [...USERS].map(([extension, id], index) => ({
    id,
    name: `Extension ${extension}`,
    isAdmin: index === 0,
  }));

async function start(
  office: Office,
  logger: ReturnType<typeof createLog>["logger"],
): Promise<Daemon> {
  const { pbx, kommo, folder, screen } = office;
  const loaded = loadConfig({
    file: undefined,
    credentialsDirectory: undefined,
    needs: ["ami", "pbx", "kommo"],
    env: {
      ASTERISK_KOMMO_AMI_PORT: String(pbx.port),
      ASTERISK_KOMMO_AMI_USERNAME: "asterisk-kommo",
      ASTERISK_KOMMO_AMI_SECRET: SECRET,
      ASTERISK_KOMMO_PBX_EXTENSIONS: '["_10X"]',
      ASTERISK_KOMMO_KOMMO_ACCOUNT_URL: kommo.url,
      ASTERISK_KOMMO_KOMMO_ACCESS_TOKEN: kommo.token,
      ASTERISK_KOMMO_USERS: JSON.stringify(Object.fromEntries(USERS)),
      ASTERISK_KOMMO_STORE_PATH: join(folder, "store.db"),
      ASTERISK_KOMMO_PUBLIC_HTTP_PORT: "0", // beside a daemon that may be running here
      ASTERISK_KOMMO_HTTP_PORT: "0",
      ASTERISK_KOMMO_FASTAGI_PORT: "0",
    },
  });
  if (!loaded.ok) throw new Error(tellProblems(loaded.failure));
  const connected = Promise.withResolvers<void>();
  const { config, secrets } = loaded.value;
  const password = await makeAdminPassword(config.store);
  const started = await startDaemon({
    ...{ config, secrets, origin: { file: undefined, loaded: loaded.value } },
    logger,
    clock: systemClock,
    userAgent: userAgent(),
    onFatal: (error) => connected.reject(error),
    observer: {
      onStage: (stage) => screen.stage(stage),
      onAccepted: (call) => {
        if (call.direction !== "internal") office.ended += 1;
        screen.ended(call);
      },
      onStep: ({ origin, step }, answer) => screen.booked(origin, step, answer),
      onAmi: ({ kind }) => {
        if (kind === "connected") connected.resolve();
      },
    },
  });
  if (!started.ok) throw new Error(`${started.failure.reason}; ${started.failure.hint}`);
  await connected.promise;
  screen.say(tellAdminPage(started.value.address("http") ?? "", password));
  return started.value;
}

/** Resolves when the day is over and everything is booked, or is not going to be. */
async function play(office: Office, daemon: Daemon): Promise<"played"> {
  const { pbx, day, screen } = office;
  const traces = await Promise.all(
    day.entries.map(async ({ path }) => {
      const trace = await readTrace(path);
      if (!trace.ok) throw new Error(trace.failure.hint);
      return trace.value;
    }),
  );
  const expected = day.entries.flatMap(({ calls }) => calls).length;
  const tell = setInterval(() => {
    const live = pbx.live().channels.length;
    screen.progress({ live, ended: office.ended, expected });
  }, PROGRESS_MS);
  try {
    const plays = day.entries.map(({ afterMs, phones }, index) => {
      const trace = traces[index];
      if (trace === undefined) throw new Error("a recording is missing");
      return pbx.play(trace, { afterMs, phones, gaps: "ignore" }).finished;
    });
    await Promise.all(plays);
    // The settling of the last call, then all that is queued.
    await systemClock.sleep(SETTLED_MS);
    await Promise.race([daemon.outbox.drained(), systemClock.sleep(BOOKED_WITHIN_MS)]);
  } finally {
    clearInterval(tell);
  }
  return "played";
}

function judge({ kommo, day, screen }: Office): number {
  screen.close();
  const calls = day.entries.flatMap((entry) => entry.calls);
  const differences = findDifferences(
    { calls, knownClients: new Set(day.knownClients), users: USERS },
    kommo.journal,
  );
  const { journal } = kommo;
  const requests = journal.entries().length;
  const booked = journal.calls().length;
  screen.say("");
  screen.say(`${calls.length} calls with clients were made, ${booked} stand in Kommo:`);
  screen.say(
    `${journal.unsorted().length} incoming leads, ${journal.tasks().length} tasks, ` +
      `${requests} requests (${(requests / Math.max(1, calls.length)).toFixed(2)} a call), ` +
      `never more than ${journal.mostRequestsInASecond()} in a second.`,
  );
  for (const difference of differences) screen.say(`✗ ${difference}`);
  screen.say(
    differences.length === 0
      ? "✓ Every call stands on the right card, for the right employee, once."
      : `✗ ${differences.length} differences from what the telephones really did.`,
  );
  return differences.length === 0 ? 0 : 1;
}

const keepsRunning = ({ pbx, kommo, folder }: Office): string =>
  [
    "",
    "Everything keeps running; Ctrl-C ends it.",
    `  the exchange's AMI: 127.0.0.1:${pbx.port}, user asterisk-kommo, secret ${SECRET}`,
    `  the Kommo account:  ${kommo.url} (token ${kommo.token}); what it was asked: ${kommo.url}/_simulator/journal`,
    `  the daemon's store: ${join(folder, "store.db")}`,
  ].join("\n");
