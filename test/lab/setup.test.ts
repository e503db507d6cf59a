// The first ten minutes on a real Asterisk: `setup --yes` makes its AMI users, finds the telephones,
// writes a configuration, and with it a call between telephones is booked on the simulated account.
import { spawn } from "node:child_process";
import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { runProgram, type Outcome } from "../cli/spawned.ts";
import { builtSystem } from "./exchange.ts";
import { startLab, type Lab } from "./lab.ts";

const version = process.env["LAB_ASTERISK"] === "16" ? "16" : "22";
const MAIN = join(import.meta.dirname, "../../src/cli/main.ts");
const PATIENCE_MS = 60_000;

let lab: Lab | undefined;
let kommo: KommoSimulator | undefined;
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-setup-"));
  lab = await startLab(version);
  kommo = await startKommoSimulator({
    account: {
      users: [
        { id: 9_100_001, name: "Rita Admin", isAdmin: true },
        { id: 9_100_002, name: "Sam Sales", phone: "101" },
        { id: 9_100_003, name: "Olga (102)" },
      ],
    },
  });
  await writeFile(join(folder, "token"), kommo.token);
  await withoutOurUsers(etcOf(lab));
}, 180_000);

afterAll(async () => {
  await kommo?.close();
  await lab?.stop();
  await rm(folder, { recursive: true, force: true });
});

const exchangeFolder = ({ recordings }: Lab): string => dirname(dirname(recordings));
const etcOf = (running: Lab): string => join(exchangeFolder(running), "etc");

/** The lab has the users that the README asks for; here the set-up makes them. */
async function withoutOurUsers(etc: string): Promise<void> {
  const conf = join(etc, "manager.conf");
  const text = await readFile(conf, "utf8");
  const sections = text.split(/^(?=\[)/m);
  await writeFile(conf, sections.filter((part) => !part.startsWith("[asterisk-kommo")).join(""));
}

/** `asterisk` as it is called on the host: the same program, in the lab's folder. */
async function asteriskOf(running: Lab): Promise<string> {
  const program = join(folder, "asterisk");
  const inside = exchangeFolder(running);
  const script = `#!/bin/sh
exec unshare --mount sh -e -c '
mount -t tmpfs tmpfs "$1/tmp"
mkdir -p "$1$2"
mount --bind "$2" "$1$2"
root=$1; etc=$2/etc/asterisk.conf; shift 2
exec chroot "$root" /usr/sbin/asterisk -C "$etc" "$@"' sh '${builtSystem(version)}' '${inside}' "$@"
`;
  await writeFile(program, script);
  await chmod(program, 0o755);
  return program;
}

function running(): { lab: Lab; kommo: KommoSimulator } {
  if (lab === undefined || kommo === undefined) throw new Error("the lab does not run");
  return { lab, kommo };
}

async function setup(...more: readonly string[]): Promise<Outcome> {
  const { lab: exchange, kommo: account } = running();
  return runProgram([
    ...["setup", "--yes", "--no-start", "--config", join(folder, "config.json")],
    ...["--asterisk", await asteriskOf(exchange), "--asterisk-config", etcOf(exchange)],
    ...["--account-url", account.url, "--token-file", join(folder, "token")],
    ...["--store", join(folder, "store.db"), ...more],
  ]);
}

test("a dry run on a real exchange finds its telephones and changes nothing", async () => {
  const before = await readdir(etcOf(running().lab));

  const done = await setup("--dry-run");

  expect(done).toMatchObject({ code: 0, err: "" });
  expect(done.out).toContain(`Asterisk: ${version}.`);
  expect(done.out).toContain(`${TELEPHONES} telephones at the exchange`);
  expect(await readdir(etcOf(running().lab))).toEqual(before);
});

/** Three offices of five seats, one of which never registers. */
const TELEPHONES = 15;

test("set up with --yes, a call is booked for the employee who was proposed", async () => {
  const { lab: exchange, kommo: account } = running();

  const done = await setup();

  expect(done).toMatchObject({ code: 0, err: "" });
  expect(done.out).toContain("logged in to Asterisk as asterisk-kommo");
  expect(done.out).toMatch(/101 .*→ Sam Sales \(the extension is/);
  const etc = etcOf(exchange);
  const users = join(etc, "manager_asterisk_kommo.conf");
  const { mode } = await stat(users);
  const [shared, own] = [mode & 0o007, (await stat(join(folder, "config.json"))).mode & 0o007];
  expect([shared, own]).toEqual([0, 0]);
  expect(await readFile(join(etc, "manager.conf"), "utf8")).toContain(
    "#include manager_asterisk_kommo.conf",
  );
  expect((await readdir(etc)).some((name) => name.startsWith("manager.conf.bak-"))).toBe(true);

  const daemon = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", MAIN, "run", "--config", join(folder, "config.json")],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  try {
    let log = "";
    daemon.stdout.on("data", (chunk: Buffer) => (log += chunk.toString()));
    await until(
      () => log.includes('"connected to the exchange"'),
      () => log,
    );
    const client = exchange.client();
    account.seed.contact({ phones: [client.number] });
    const call = await client.call("74951000001");
    await exchange.telephone(0, 1).answer(600);
    await call.whenAnswered();
    await call.hangUp();
    await until(
      () => account.journal.calls().length > 0,
      () => log,
    );
    expect(account.journal.calls()).toMatchObject([
      { direction: "inbound", call_responsible: 9_100_002 },
    ]);
  } finally {
    daemon.kill("SIGTERM");
  }
}, 300_000);

async function until(isSo: () => boolean, told: () => string): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !isSo();) {
    if (Date.now() > end) throw new Error(`it never came: ${told()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
