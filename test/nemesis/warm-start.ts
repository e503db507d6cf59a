/**
 * What makes hundreds of starts of the daemon cheap, and changes nothing in it: preload.ts without its
 * types, so that no start loads a compiler, and code that was compiled before. Exports `warmStart`.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const COMMAND = join(import.meta.dirname, "../../bin/asterisk-kommo");

let prepared: Readonly<Record<string, string>> | undefined;

/** @returns the environment of a daemon; made at the first call */
export const warmStart = (): Readonly<Record<string, string>> => (prepared ??= prepare());

function prepare(): Readonly<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-warm-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const preload = join(folder, "preload.mjs");
  const text = readFileSync(join(import.meta.dirname, "preload.ts"), "utf8");
  writeFileSync(preload, stripTypeScriptTypes(text));
  const environment = {
    NODE_OPTIONS: `--import=${preload} --disable-warning=ExperimentalWarning`,
    NODE_COMPILE_CACHE: join(folder, "compiled"),
  };
  // A daemon that is killed leaves nothing to those after it.
  execFileSync(COMMAND, ["run", "--help"], {
    stdio: "ignore",
    env: { PATH: process.env["PATH"] ?? "", ...environment },
  });
  return environment;
}
