// What the doctor packs for support: enough to help, and nothing secret.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, expect, test } from "@jest/globals";
import { tarGz } from "../../src/cli/doctor/tar-gz.ts";
import { sql } from "../../src/store/store.ts";
import { openSqliteStore } from "../../src/store/sqlite-store.ts";
import { storeMigrations } from "../../src/cli/daemon/store-migrations.ts";
import { newFolder, removeFolders, write } from "../config/written-config.ts";
import { runProgram } from "./spawned.ts";

afterAll(removeFolders);

const SECRETS = [
  "ami-canary",
  "dial-canary",
  "token-canary-1",
  "cel-canary",
  "hook-canary-0123456789",
];
const PHONES = [
  "79161234567",
  "9161234567",
  "+7 916 123-45-67",
  "74951000101",
  "81234567",
  "491715550001",
];

/** A journal as systemd's would be, with what an unlucky line may hold. */
function journalIn(folder: string): string {
  const program = join(folder, "journalctl");
  const lines = [
    '{"level":"info","call":"1795261714.0","client_phone":"79161234567","msg":"call accepted"}',
    '{"level":"debug","text":"CallerIDNum: 491715550001","secret":"ami-canary"}',
    "started with token-canary-1 for +7 916 123-45-67",
  ];
  writeFileSync(program, `#!/bin/sh\ncat <<'E'\n${lines.join("\n")}\nE\n`);
  chmodSync(program, 0o755);
  return folder;
}

async function examine(file: string): Promise<Awaited<ReturnType<typeof runProgram>>> {
  const folder = newFolder();
  const path = join(folder, "store.db");
  const store = await openSqliteStore({ path, migrations: storeMigrations });
  if (!store.ok) throw new Error(store.failure.reason);
  await store.value.write([
    sql(
      `INSERT INTO step (turn, origin, key, kind, payload, state, due_at, created_at, reason, hint)
       VALUES (1, 'x', '9161234567', 'register-call', '{}', 'set-aside', 1, 1, ?, 'look')`,
      "refused for 79161234567",
    ),
  ]);
  await store.value.close();
  const config = write(
    JSON.stringify({
      ami: {
        ...{ username: "asterisk-kommo", secret: "ami-canary", port: 1 },
        dialler: { username: "dial", secret: "dial-canary" },
      },
      pbx: { extensions: ["_1XX"] },
      cel: { type: "mysql", user: "cel", password: "cel-canary" },
      kommo: {
        account_url: "http://127.0.0.1:1",
        access_token: "token-canary-1",
        webhook_secret: "hook-canary-0123456789",
      },
      users: { "101": 9100001, "79161234567": 9100002 },
      employees: [{ user: 9100001, numbers: ["74951000101", "81234567"] }],
      register: { clients: { except: ["491715550001"] } },
      store: { path },
    }),
  );
  const scripts = journalIn(newFolder());
  return runProgram(["doctor", "--config", config, "--bundle", file], {
    PATH: `${scripts}:${process.env["PATH"] ?? ""}`,
  });
}

test("a bundle holds findings, configuration, counts and log, and no secret and no number", async () => {
  const file = join(newFolder(), "bundle.tar.gz");

  const done = await examine(file);

  expect(done.code).toBe(1); // nothing answers at the ports
  expect(done.out).toContain(`For support: ${file}`);
  const text = gunzipSync(readFileSync(file)).toString();
  const names = execFileSync("tar", ["tzf", file], { encoding: "utf8" }).trim().split("\n");
  expect(names.map((name) => name.split("/")[1])).toEqual([
    "doctor.txt",
    "doctor.json",
    "host.json",
    "log.txt",
    "configuration.json",
    "store.json",
    "files.txt",
  ]);
  expect(statSync(file).mode & 0o077).toBe(0);
  for (const secret of [...SECRETS, ...PHONES]) expect(text).not.toContain(secret);
  expect(text).toContain('"call":"1795261714.0"');
  expect(text).toContain("9100001");
  expect(text).toContain('"kommo.account_url"');
  expect(text).toMatch(/"set-?aside": ?1|"setAside": 1/i);
});

test("a bundle replaces no file", async () => {
  const file = join(newFolder(), "bundle.tar.gz");
  writeFileSync(file, "mine");

  const done = await examine(file);

  expect(done.code).toBe(1);
  expect(done.err).toContain("is there already");
  expect(readFileSync(file, "utf8")).toBe("mine");
});

test("tar reads what is packed, also empty files and texts of exactly one block", () => {
  const folder = newFolder();
  const entries = [0, 511, 512, 513].map((length) => ({
    name: `in/${length}.txt`,
    text: "é".repeat(Math.floor(length / 2)) + "x".repeat(length % 2),
  }));
  const file = join(folder, "some.tar.gz");
  mkdirSync(join(folder, "out"));
  writeFileSync(file, tarGz(entries, new Date(0)));

  execFileSync("tar", ["xzf", file, "-C", join(folder, "out")]);

  for (const { name, text } of entries)
    expect(readFileSync(join(folder, "out", name), "utf8")).toBe(text);
  expect(() => tarGz([{ name: "x".repeat(101), text: "" }], new Date(0))).toThrow(RangeError);
});
