// What a service never needs is not loaded: it would cost memory and time at each start.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "@jest/globals";
import { PLAIN_ENVIRONMENT } from "../cli/spawned.ts";

const ROOT = join(import.meta.dirname, "../..");
const COMMAND = join(ROOT, "bin/asterisk-kommo");

const WATCH = `
import { writeSync } from "node:fs";
import { registerHooks } from "node:module";
const files = [];
registerHooks({ load(url, context, next) { files.push(url); return next(url, context); } });
process.on("exit", () => writeSync(1, JSON.stringify({ files, own: process.moduleLoadList })));
`;

/** Of a daemon that ends as soon as it reads its configuration: all its code is loaded by then. */
type Loaded = {
  readonly files: readonly string[];
  /** Node's own. */
  readonly own: readonly string[];
};
let loaded: Loaded;

beforeAll(() => {
  const { stdout } = spawnSync(COMMAND, ["run", "--config", "/nowhere/config.json"], {
    env: {
      ...PLAIN_ENVIRONMENT,
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(WATCH)}`,
    },
  });
  loaded = JSON.parse(String(stdout)) as Loaded;
});

/** The built daemon is one file of many modules: above each stands where it came from. */
const modulesIn = (url: string): readonly string[] =>
  url.startsWith("file:")
    ? [
        ...readFileSync(new URL(url), "utf8").matchAll(
          /^(?:\/\/ | {2}")((?:src|node_modules)\/\S+?)"?(?:\(|$)/gm,
        ),
      ].map(([, name]) => name ?? "")
    : [];

test("the daemon loads no database drivers, no terminal colours, no compilers, no simulator, and no appointments where there are none", () => {
  const all = [...loaded.files, ...loaded.files.flatMap(modulesIn)];

  const unwanted =
    /node_modules\/(mysql2|pg|pino-pretty|ajv)\/|fast-json-stringify\/index|(dist|src)\/simulator\/|(dist|src)\/altegio\/engine/;
  expect(all.filter((name) => unwanted.test(name))).toEqual([]);
  expect(all).toContain("src/main.ts");
  expect(all.some((name) => name.startsWith("node_modules/fastify/"))).toBe(true);
});

test("the daemon loads no other way to ask over HTTP than the one it uses, and no list of file types", () => {
  const unwanted = /undici|http2|webcrypto|webstreams/;
  expect(loaded.own.filter((name) => unwanted.test(name))).toEqual([]);
  expect(loaded.own.some((name) => name.endsWith(" https"))).toBe(true);
  expect(loaded.files.flatMap(modulesIn).filter((name) => /mime-db/.test(name))).toEqual([]);
});

test("the daemon is loaded from few files: its rooms are read one by one only by other commands", () => {
  const files = loaded.files.filter((url) => url.startsWith("file:"));

  const ours = files.filter((url) => !url.includes("jsonc-parser"));
  expect(ours.length).toBeLessThan(20);
  expect(ours.filter((url) => url.includes("dist/config/"))).toEqual([]);
  // Of what has a state in common with the entry of the program there is one.
  expect(files.some((url) => url.endsWith("dist/lib/known-secrets.js"))).toBe(true);
  expect(files.some((url) => url.endsWith("dist/cli/chosen-account.js"))).toBe(true);
});

test("the daemon's code has one byte a character, so that it takes half the memory", () => {
  const files = loaded.files.filter((url) => url.includes("/dist/run/"));

  expect(files).not.toEqual([]);
  for (const file of files)
    expect(readFileSync(new URL(file)).every((byte) => byte < 128)).toBe(true);
});

test("a daemon for one account of several is refused where there is no account of that name", () => {
  const folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-"));
  writeFileSync(join(folder, "acme.json"), "{}");
  const config = join(folder, "main.conf");
  writeFileSync(config, JSON.stringify({ include: folder }), { mode: 0o600 });

  const { status, stderr } = spawnSync(COMMAND, ["run", "--config", config, "--account", "gamma"], {
    env: PLAIN_ENVIRONMENT,
    timeout: 60_000,
  });

  rmSync(folder, { recursive: true });
  expect(String(stderr)).toContain("--account names no account; write one of acme");
  expect(status).toBe(1);
});
