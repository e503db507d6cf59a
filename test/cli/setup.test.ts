// The set-up as an administrator runs it: a process of its own, answered on a terminal or by flags,
// against a simulated exchange and account.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { loadConfig } from "../../src/config/load-config.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { startPbxSimulator, type PbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace } from "../../src/simulator/pbx/trace.ts";
import { newFolder, removeFolders } from "../config/written-config.ts";
import { PLAIN_ENVIRONMENT, runProgram, type Outcome } from "./spawned.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  removeFolders();
});

type Scene = {
  readonly folder: string;
  readonly config: string;
  readonly pbx: PbxSimulator;
  readonly kommo: KommoSimulator;
  readonly flags: readonly string[];
};

const SECRET = "pbx-secret-canary";

async function newScene(): Promise<Scene> {
  const pbx = await startPbxSimulator({
    users: [
      {
        name: "kommo",
        secret: SECRET,
        read: ["system", "call", "agent", "dialplan", "cdr", "reporting"],
        write: ["reporting"],
      },
    ],
  });
  const kommo = await startKommoSimulator();
  closers.push(
    () => pbx.stop(),
    () => kommo.close(),
  );
  const folder = newFolder();
  const config = join(folder, "etc/config.json");
  writeFileSync(join(folder, "secret"), `${SECRET}\n`);
  writeFileSync(join(folder, "token"), `${kommo.token}\n`);
  const flags = [
    ...["--config", config, "--store", join(folder, "store.db"), "--no-start"],
    ...["--asterisk", join(folder, "no-asterisk"), "--asterisk-config", join(folder, "none")],
  ];
  return { folder, config, pbx, kommo, flags };
}

const AMI = ({ pbx, folder }: Scene): string[] => [
  ...["--ami-port", String(pbx.port), "--ami-user", "kommo"],
  ...["--ami-secret-file", join(folder, "secret")],
];
const KOMMO = ({ kommo, folder }: Scene): string[] => [
  ...["--account-url", kommo.url, "--token-file", join(folder, "token")],
];

const setup = (scene: Scene, ...more: readonly string[]): Promise<Outcome> =>
  runProgram(["setup", ...scene.flags, ...more]);

const read = ({ config }: Scene) =>
  loadConfig({
    ...{ file: config, env: {}, credentialsDirectory: undefined },
    needs: ["ami", "pbx", "kommo"],
  });

test("with --yes and flags it asks nothing, and what it writes is a good configuration", async () => {
  const scene = await newScene();

  const done = await setup(scene, "--yes", ...AMI(scene), ...KOMMO(scene), "--user", "101=9100002");

  expect(done).toMatchObject({ code: 0, err: "" });
  expect(done.out).toContain('account "Acme Phones"');
  expect(done.out).toMatch(/101.* → Sam Sales/);
  expect(done.out + done.err).not.toContain(SECRET);
  const loaded = read(scene);
  expect(loaded.ok && loaded.value.config.users.get("101")).toEqual([9100002]);
  expect(loaded.ok && loaded.value.config.pbx.extensions).toEqual(["_1XX"]);
  expect(loaded.ok && loaded.value.warnings).toEqual([]);
  expect(statSync(scene.config).mode & 0o007).toBe(0);
});

test("a dry run shows what it would write, without secrets, and writes nothing", async () => {
  const scene = await newScene();

  const done = await setup(scene, "--yes", "--dry-run", ...AMI(scene), ...KOMMO(scene));

  expect(done.code).toBe(0);
  expect(done.out).toContain(`Would write ${scene.config}`);
  expect(done.out).toContain('"account_url"');
  expect(done.out).toContain("Nothing was written");
  expect(done.out).not.toContain(SECRET);
  expect(done.out).not.toContain(scene.kommo.token);
  expect(existsSync(scene.config)).toBe(false);
});

test("run again it keeps what is there, asks nothing anew and leaves a copy of what it changes", async () => {
  const scene = await newScene();
  await setup(scene, "--yes", ...AMI(scene), ...KOMMO(scene));

  const same = await setup(scene, "--yes");
  const changed = await setup(scene, "--yes", "--user", "102=9100003");

  expect(same.code).toBe(0);
  expect(same.out).toContain("is as it was");
  expect(changed.out).toMatch(/wrote .*config\.json \(before: .*config\.json\.bak-/);
  const loaded = read(scene);
  expect(loaded.ok && loaded.value.config.users.get("102")).toEqual([9100003]);
});

test.each([
  ["no AMI user", KOMMO, /give --ami-user/],
  ["no account", AMI, /give --account-url/],
])("with --yes and %s it says what to give", async (_what, given, told) => {
  const scene = await newScene();

  const done = await setup(scene, "--yes", ...given(scene));

  expect(done.code).toBe(1);
  expect(done.err).toMatch(told);
  expect(existsSync(scene.config)).toBe(false);
});

test("a token that Kommo refuses stops it before anything is written", async () => {
  const scene = await newScene();
  writeFileSync(join(scene.folder, "token"), "another-token-canary");

  const done = await setup(scene, "--yes", ...AMI(scene), ...KOMMO(scene));

  expect(done.code).toBe(1);
  expect(done.err).toMatch(/Kommo: .*; /);
  expect(done.out + done.err).not.toContain("canary");
  expect(existsSync(scene.config)).toBe(false);
});

test.each([
  [["--user", "101"], "--user takes"],
  [["--ami-port", "70000"], "--ami-port takes"],
  [["--test-call", "soon"], "--test-call takes"],
  [["--token", "x", "--token-file", "/y"], "not both"],
  [["--token-file", "/nowhere/token"], "cannot be read"],
])("wrong usage %j is told", async (args, told) => {
  const done = await runProgram(["setup", "--yes", ...args]);

  expect(done.code).toBe(2);
  expect(done.err).toContain(told);
});

/** Answers given on a real pseudo terminal, each when its question stands there. */
function onTerminal(
  args: readonly string[],
  answers: readonly (readonly [question: string, answer: string])[],
): Promise<Outcome> {
  const main = join(import.meta.dirname, "../../src/cli/main.ts");
  const command = [process.execPath, "--disable-warning=ExperimentalWarning", main, ...args];
  const quoted = command.map((word) => `'${word}'`).join(" ");
  return new Promise((resolve, reject) => {
    const child = spawn("script", ["-qefc", quoted, "/dev/null"], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...PLAIN_ENVIRONMENT, TERM: "xterm" },
    });
    let out = "";
    let from = 0;
    const left = [...answers];
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
      const [next] = left;
      const at = next === undefined ? -1 : out.indexOf(next[0], from);
      if (next === undefined || at === -1) return;
      left.shift();
      from = at + next[0].length;
      child.stdin.write(`${next[1]}\n`);
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err: "" }));
  });
}

test("on a terminal it asks, tries each answer, shows no secret and watches a call", async () => {
  const scene = await newScene();
  const trace = await readTrace(
    join(import.meta.dirname, "../../src/simulator/recordings/in-answered-101"),
  );
  if (!trace.ok) throw new Error(trace.failure.hint);
  const watcher = setInterval(() => {
    if (!isWatching()) return;
    clearInterval(watcher);
    scene.pbx.play(trace.value, { speed: 5 });
  }, 100);
  closers.push(() => Promise.resolve(clearInterval(watcher)));
  const isWatching = (): boolean =>
    existsSync(scene.config) && scene.pbx.clients().some(({ user }) => user !== undefined);

  const done = await onTerminal(
    ["setup", ...scene.flags],
    [
      ["Host of the exchange", ""],
      ["Port of AMI", String(scene.pbx.port)],
      ["AMI user", "kommo"],
      ["Its secret", "wrong"],
      ["Host of the exchange", ""],
      ["Port of AMI", String(scene.pbx.port)],
      ["AMI user", "kommo"],
      ["Its secret", SECRET],
      ["Address of the Kommo account", "https://example.com"],
      ["Address of the Kommo account", scene.kommo.url],
      ["Long-lived token", scene.kommo.token],
      ["Enter if this is right", "101=9100003"],
      ["Enter if this is right", "nonsense"],
      ["Enter if this is right", ""],
      ["as dial patterns", "_1XX"],
      ["Folder of Asterisk's recordings", ""],
      ["Public address", ""],
      ["Watch a test call?", "y"],
    ],
  );

  expect(done.code).toBe(0);
  expect(done.out).not.toContain(SECRET);
  expect(done.out).not.toContain(scene.kommo.token);
  expect(done.out).toContain("no login:");
  expect(done.out).toContain("accounts live at NAME.kommo.com");
  expect(done.out).toContain("write it as 101=9100001");
  expect(done.out).toContain("inbound call: 101 rings");
  expect(done.out).toContain("understood: inbound, answered by 101");
  const loaded = read(scene);
  expect(loaded.ok && loaded.value.config.users.get("101")).toEqual([9100003]);
  expect(readFileSync(scene.config, "utf8")).toContain(SECRET);
});

test("an input that ends leaves everything as it was", async () => {
  const scene = await newScene();

  const done = await setup(scene, ...AMI(scene));

  expect(done.code).toBe(1);
  expect(done.err).toContain("the input ended before all was answered");
  expect(existsSync(scene.config)).toBe(false);
});
