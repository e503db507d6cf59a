// The other ways onto a host: the archive with its script, for hosts that take no .deb, and npm.
import { execFile } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { bareDebian, builtPackage, openHost, type Host } from "./host.ts";

const LIMIT_MS = 300_000;
const run = promisify(execFile);
let host: Host;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-npm-"));
  host = await openHost({ base: bareDebian("12") });
}, LIMIT_MS);

afterAll(async () => {
  await host.close();
  await rm(folder, { recursive: true, force: true });
}, LIMIT_MS);

const isThere = (name: string): Promise<boolean> =>
  stat(host.path(name)).then(
    () => true,
    () => false,
  );

test("the archive installs by its script, without a network, and again over itself", async () => {
  const archive = await builtPackage("-linux-x64.tar.gz");
  await run("tar", ["-xzf", archive, "-C", host.path("root")]);
  const script = `/root/${basename(archive, ".tar.gz")}/install.sh`;

  const first = await host.run([script], { isOffline: true });
  const again = await host.run([script], { isOffline: true });

  expect(first).toMatchObject({ code: 0 });
  expect(first.out).toContain("Next, as root: asterisk-kommo setup");
  expect(again).toMatchObject({ code: 0, err: "" });
  expect((await host.run(["systemctl", "is-enabled", "asterisk-kommo"])).out).toBe("enabled\n");
  const replayed = await host.run([
    ...["env", 'ASTERISK_KOMMO_PBX_EXTENSIONS=["_10X"]', "asterisk-kommo", "replay", "--json"],
    "/usr/lib/asterisk-kommo/src/simulator/recordings/in-answered-101",
  ]);
  expect(JSON.parse(replayed.out)).toMatchObject({ calls: [{ answered_by: "101" }] });

  const removed = await host.run([script, "--remove"], { isOffline: true });
  const kept = await isThere("etc/asterisk-kommo");
  const purged = await host.run([script, "--purge"], { isOffline: true });

  expect([removed.code, purged.code]).toEqual([0, 0]);
  expect(kept).toBe(true);
  const left = await host.run([
    ...["find", "/etc", "/usr", "/var", "-xdev", "-name", "*asterisk-kommo*"],
  ]);
  expect(left.out).toBe("");
}, 300_000);

test("npm installs the package for all users of a machine", async () => {
  const packed = await builtPackage(".tgz");
  const npm = ["install", "--global", "--silent", "--prefer-offline", "--prefix", folder, packed];
  await run("npm", npm, { cwd: folder });
  const command = join(folder, "bin/asterisk-kommo");
  const env = { PATH: "/usr/bin:/bin", ASTERISK_KOMMO_PBX_EXTENSIONS: '["_10X"]' };

  const { stdout } = await run(
    command,
    [
      ...["replay", "--json"],
      join(folder, "lib/node_modules/asterisk-kommo/src/simulator/recordings/in-answered-101"),
    ],
    { env },
  );

  expect(JSON.parse(stdout)).toMatchObject({ calls: [{ answered_by: "101" }] });
}, 300_000);
