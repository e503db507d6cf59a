// The real daemon, killed between a script's answer and Kommo's confirmation: what Kommo has is the
// stored answer, once, and the script was asked once.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { HookName } from "../../src/customization/contract/hooks.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator, type PbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace } from "../../src/simulator/pbx/trace.ts";
import { endDaemons, startDaemonProcess, writeConfig } from "../daemon/daemon-process.ts";
import { until } from "./scripts-in.ts";

const RECORDINGS = join(import.meta.dirname, "../../src/simulator/recordings");
const CLIENT = "79161234567";

let folder: string;
let pbx: PbxSimulator;
let kommo: KommoSimulator;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-killed-"));
  mkdirSync(join(folder, "scripts"));
  pbx = await startPbxSimulator({ users: [{ ...DEFAULT_USER, secret: "of-the-listener" }] });
  kommo = await startKommoSimulator({ switches: { requestsPerSecond: 0 } });
});

afterEach(async () => {
  await endDaemons();
  await Promise.all([pbx.stop(), kommo.close()]);
  rmSync(folder, { recursive: true, force: true });
});

const config = (): object => ({
  ami: { port: pbx.port, username: "asterisk-kommo", secret: "of-the-listener" },
  pbx: { extensions: ["_10X"] },
  kommo: { account_url: kommo.url, access_token: kommo.token },
  users: { "101": 9100001, "102": 9100002, "103": 9100003 },
  store: { path: join(folder, "store.db") },
  outbox: { believe_absence_after_seconds: 2 },
  customizations: { path: join(folder, "scripts"), timeout_ms: 60_000 },
  http: { port: 0 },
  public_http: { port: 0 },
  fastagi: { port: 0 },
});

/** Answers another value each time it is asked. */
function counting(name: HookName, field: string): void {
  const file = JSON.stringify(join(folder, "asked"));
  writeFileSync(
    join(folder, "scripts", `${name}.js`),
    `import { appendFileSync, readFileSync } from "node:fs";
export default ({ call_full, ...params }) => {
  appendFileSync(${file}, "x");
  const n = readFileSync(${file}, "utf8").length;
  return { data: { ...params, ${field}: "answer " + n }, state: "success" };
};\n`,
  );
}

async function play(recording: string): Promise<void> {
  const trace = await readTrace(join(RECORDINGS, recording));
  if (!trace.ok) throw new Error(trace.failure.hint);
  await pbx.play(trace.value, { maxPauseMs: 400 }).finished;
}

/** What Kommo has not confirmed; the call itself is one until it is accepted. */
function openSteps(): number {
  // A daemon that comes back from a kill has the file for itself for a moment.
  const db = new DatabaseSync(join(folder, "store.db"), { readOnly: true, timeout: 30_000 });
  try {
    const [row] = db
      .prepare("SELECT count(*) AS steps, sum(state <> 'done') AS open FROM step")
      .all();
    return Number(row?.["steps"]) === 0 ? 1 : Number(row?.["open"]);
  } finally {
    db.close();
  }
}

/** Processes of this test's scripts, and the one that runs them. */
const ofScripts = (): string[] =>
  readdirSync("/proc").filter((entry) => {
    try {
      return readFileSync(`/proc/${entry}/cmdline`, "latin1").includes(join(folder, "scripts"));
    } catch {
      return false;
    }
  });

const HOOKS = [
  ["process_call_params", "call_result", "/api/v4/calls"],
  ["process_task_creation_params", "text", "/api/v4/tasks"],
] as const;
const CASES = HOOKS.flatMap(([name, field, path]) =>
  (["nothing", "all"] as const).map((saved) => ({ name, field, path, saved })),
);

test.each(CASES)(
  "$name, killed while Kommo has done $saved of it: the stored answer stands there once",
  async ({ name, field, path, saved }) => {
    kommo.seed.contact({ phones: [CLIENT] });
    counting(name, field);
    kommo.fail({ kind: "silence", saved, method: "POST", path: `^${path}$` });
    const posted = () =>
      kommo.journal.entries().filter((entry) => entry.method === "POST" && entry.path === path);
    const file = await writeConfig(folder, config());
    const first = startDaemonProcess(file);
    await first.said('"connected to the exchange"');
    await play("in-no-answer");
    await until(posted, (entries) => entries.length > 0);
    await first.end("SIGKILL");
    const orphans = await until(ofScripts, (pids) => pids.length === 0);

    const second = startDaemonProcess(file);

    await until(openSteps, (count) => count === 0);
    await second.end("SIGTERM");

    const { calls, tasks } = kommo.journal;
    expect(orphans).toEqual([]);
    expect([calls().length, tasks().length]).toEqual([1, 1]);
    expect(name === "process_call_params" ? calls() : tasks()).toMatchObject([
      { [field]: "answer 1" },
    ]);
    expect(readFileSync(join(folder, "asked"), "utf8")).toBe("x");
    for (const { body } of posted()) expect(body).toMatchObject([{ [field]: "answer 1" }]);
  },
);
