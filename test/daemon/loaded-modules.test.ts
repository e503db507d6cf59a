// What a service never needs is not loaded: it would cost memory and time at each start.
import { execFileSync } from "node:child_process";
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

test("the daemon loads no database drivers, no terminal colours, no simulator, and no appointments where there are none", () => {
  const run = join(ROOT, "dist/cli/run.js");

  const out = execFileSync(process.execPath, ["--input-type=module", "--eval", PROGRAM, run]);

  const { loaded } = JSON.parse(String(out)) as { readonly loaded: readonly string[] };
  const unwanted =
    /node_modules\/(mysql2|pg|pino-pretty)\/|dist\/simulator\/|dist\/altegio\/engine/;
  expect(loaded.filter((url) => unwanted.test(url))).toEqual([]);
  expect(loaded.some((url) => url.endsWith("dist/main.js"))).toBe(true);
});
