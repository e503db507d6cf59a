// What a service never needs is not loaded: it would cost memory and time at each start.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";

const ROOT = join(import.meta.dirname, "../..");

const PROGRAM = `
import { registerHooks } from "node:module";
const loaded = [];
registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
await import(process.argv[1]);
process.stdout.write(JSON.stringify({ loaded }));
process.exit();
`;

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
  const run = join(ROOT, "dist/cli/run.js");

  const out = execFileSync(process.execPath, ["--input-type=module", "--eval", PROGRAM, run]);

  const { loaded } = JSON.parse(String(out)) as { readonly loaded: readonly string[] };
  const all = [...loaded, ...loaded.flatMap(modulesIn)];
  const unwanted =
    /node_modules\/(mysql2|pg|pino-pretty|ajv)\/|fast-json-stringify\/index|(dist|src)\/simulator\/|(dist|src)\/altegio\/engine/;
  expect(all.filter((name) => unwanted.test(name))).toEqual([]);
  expect(all).toContain("src/main.ts");
  expect(all.some((name) => name.startsWith("node_modules/fastify/"))).toBe(true);
});

test("the daemon is loaded from few files: its rooms are read one by one only by other commands", () => {
  const run = join(ROOT, "dist/cli/run.js");

  const out = execFileSync(process.execPath, ["--input-type=module", "--eval", PROGRAM, run]);

  const { loaded } = JSON.parse(String(out)) as { readonly loaded: readonly string[] };
  const files = loaded.filter((url) => url.startsWith("file:") && !url.includes("jsonc-parser"));
  expect(files.length).toBeLessThan(10);
  // Of what has a state in common with the entry of the program there is one.
  expect(files.some((url) => url.endsWith("dist/lib/known-secrets.js"))).toBe(true);
});
