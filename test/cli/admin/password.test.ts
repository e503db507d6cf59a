// `setup --admin-password`: the way to a password that only somebody on the host can take.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { adminPasswordAnswer } from "../../../src/cli/admin/password-answer.ts";
import { serveCommands } from "../../../src/cli/command-requests.ts";
import { storeMigrations } from "../../../src/cli/daemon/store-migrations.ts";
import { runSetup } from "../../../src/cli/setup.ts";
import { setAdminPassword } from "../../../src/cli/setup/admin-password.ts";
import { hashPassword, isPassword } from "../../../src/http/admin/password.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { silentLogger } from "../../../src/lib/log.ts";
import { listAdminUsers, removeAdminUser } from "../../../src/cli/setup/admin-users.ts";
import type { PageUser } from "../../../src/http/admin/schema.ts";
import { openSqliteStore } from "../../../src/store/sqlite-store.ts";
import { sql, type Store } from "../../../src/store/store.ts";

let folder: string;
let config: string;
let storePath: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-password-"));
  storePath = join(folder, "store.db");
  config = join(folder, "config.json");
  await writeFile(config, JSON.stringify({ store: { path: storePath } }), { mode: 0o600 });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const ADMIN: PageUser = { who: "admin", role: "administrator" };

async function setTo(given: string, user = ADMIN) {
  const said = { out: "", err: "" };
  const code = await setAdminPassword(config, {
    user,
    input: Readable.from([given]),
    out: { write: (text) => (said.out += text) },
    err: { write: (text) => (said.err += text) },
  });
  return { code, ...said };
}

async function openStore(): Promise<Store> {
  const opened = await openSqliteStore({ path: storePath, migrations: storeMigrations });
  if (!opened.ok) throw new Error(opened.failure.reason);
  return opened.value;
}

async function keptHash(store: Store): Promise<string> {
  const rows = await store.read(sql("SELECT hash FROM admin_password"));
  return String(rows[0]?.["hash"] ?? "");
}

test("without a daemon the command writes the hash itself, and says where the page is", async () => {
  const { code, out, err } = await setTo("a good password\nand more\n");

  const store = await openStore();
  const hash = await keptHash(store);
  await store.close();
  expect([code, err]).toEqual([0, ""]);
  expect(out).toContain("http://127.0.0.1:8077/admin/");
  expect(await isPassword("a good password", hash)).toBe(true);
});

test("beside a daemon it asks the daemon, which gets the hash and never the password", async () => {
  const store = await openStore();
  const heard: string[] = [];
  const answer = adminPasswordAnswer({
    keep: (statements) => store.write(statements),
    now: () => Date.now(),
  });
  const commands = serveCommands({
    ...{ storePath, clock: systemClock, logger: silentLogger },
    handlers: {
      "admin-password": (asked) => {
        heard.push(JSON.stringify(asked));
        return answer(asked);
      },
    },
  });

  const { code } = await setTo("a good password");
  const hash = await keptHash(store);
  await commands.stop();
  await store.close();

  expect(code).toBe(0);
  expect(heard.join()).not.toContain("good password");
  expect(await isPassword("a good password", hash)).toBe(true);
});

test.each([
  ["seven letters", "seven77", "at least 8"],
  ["nothing", "", "at least 8"],
  ["two hundred and one letters", "x".repeat(201), "at most 200"],
])("a password of %s is refused, and nothing is changed", async (_what, given, why) => {
  const { code, err } = await setTo(given);

  expect(code).toBe(1);
  expect(err).toContain(why);
});

test.each(["eight888", "x".repeat(200)])("one of %s is taken", async (given) => {
  const { code } = await setTo(given);

  expect(code).toBe(0);
});

test.each([undefined, {}, { hash: 5 }, { hash: "not a hash" }])(
  "the daemon takes no password that is no hash: %j",
  async (asked) => {
    const kept: unknown[] = [];
    const answer = adminPasswordAnswer({
      keep: (statements) => Promise.resolve(kept.push(statements)),
      now: () => 0,
    });

    expect(await answer(asked)).toMatchObject({ ok: false });
    expect(kept).toEqual([]);
  },
);

async function run(
  work: (terminal: {
    out: { write(text: string): unknown };
    err: { write(text: string): unknown };
  }) => Promise<number>,
) {
  const said = { out: "", err: "" };
  const code = await work({
    out: { write: (text) => (said.out += text) },
    err: { write: (text) => (said.err += text) },
  });
  return { code, ...said };
}

test("further users have a role, are listed, and are taken away again; admin stays", async () => {
  await setTo("a good password");
  await setTo("of the observer", { who: "olga", role: "observer" });

  const listed = await run((terminal) => listAdminUsers(config, terminal));
  const removed = await run((terminal) => removeAdminUser(config, { name: "Olga", ...terminal }));
  const again = await run((terminal) => removeAdminUser(config, { name: "olga", ...terminal }));
  const admin = await run((terminal) => removeAdminUser(config, { name: "admin", ...terminal }));
  const left = await run((terminal) => listAdminUsers(config, terminal));

  expect(listed.out).toMatch(/^admin +administrator\nolga +observer\n$/);
  expect(removed).toMatchObject({ code: 0, out: "olga is removed, and logged out.\n" });
  expect([again.code, admin.code]).toEqual([1, 1]);
  expect(left.out).toMatch(/^admin +administrator\n$/);
});

test.each([
  [["--admin-password", "--admin-name", "olga"], "give olga a role"],
  [["--admin-password", "--admin-name", "olga", "--admin-role", "boss"], "takes one of"],
  [["--admin-password", "--admin-role", "observer"], "admin is an administrator always"],
  [["--admin-password", "--admin-name", "Ольга", "--admin-role", "observer"], "letters a to z"],
])("setup %j is wrong usage", async (args, why) => {
  const write = jest.spyOn(process.stderr, "write").mockReturnValue(true);

  const code = await runSetup([...args, "--config", config]);
  const said = write.mock.calls.join();
  write.mockRestore();

  expect([code, said]).toEqual([2, expect.stringContaining(why)]);
});

test.each([
  { hash: await hashPassword("a good password"), who: "admin", role: "observer" },
  { hash: await hashPassword("a good password"), who: "olga", role: "boss" },
  { hash: await hashPassword("a good password"), who: "Olga'; --", role: "observer" },
])("the daemon makes no user $who with the role $role", async (asked) => {
  const kept: unknown[] = [];
  const answer = adminPasswordAnswer({
    keep: (statements) => Promise.resolve(kept.push(statements)),
    now: () => 0,
  });

  expect(await answer(asked)).toMatchObject({ ok: false });
  expect(kept).toEqual([]);
});
