import { expect, test } from "@jest/globals";
import { openConfig } from "../../src/cli/open-config.ts";
import { tellFault } from "../../src/cli/main.ts";
import { runProgram } from "./spawned.ts";
import { GOOD, removeFolders, write } from "../config/written-config.ts";

test("a fault of the program is one line with what to do, and shows where only if asked", () => {
  const fault = new Error("cannot read properties of undefined\nsecond line");

  const line = tellFault(fault, false);
  const all = tellFault(fault, true);

  expect(line).toBe(
    "asterisk-kommo: a fault of the program, cannot read properties of undefined; run it again with --verbose and report what it says\n",
  );
  expect(all).toContain("fault.test.ts");
});

test("a process that may open no more files is no fault of the program: the sentence says what to raise", () => {
  const missed = new Error("EMFILE: too many open files, open '/usr/lib/asterisk-kommo/chunk.js'");

  expect(tellFault(missed, false)).toBe(
    "asterisk-kommo: no more files can be opened: EMFILE: too many open files, open '/usr/lib/asterisk-kommo/chunk.js'; raise LimitNOFILE of the service (ulimit -n), and start it again\n",
  );
});

test("a fault shows neither a client's number nor a secret of the configuration", () => {
  openConfig({ file: write(JSON.stringify(GOOD)), needs: ["ami"], env: {} });
  removeFolders();

  const told = tellFault(new Error("79161234567 refused with ami-secret and kommo-token"), true);

  expect(told).not.toMatch(/79161234567|ami-secret|kommo-token/);
});

/** A command of which something is awaited that nobody does any more: a thread that ended, say. */
const WAITING_FOR_EVER = `
import { registerHooks } from "node:module";
const source = "export const help = ''; export const runReplay = () => new Promise(() => {});";
registerHooks({
  load: (url, context, next) =>
    url.endsWith("/cli/replay.ts")
      ? { format: "module", source, shortCircuit: true }
      : next(url, context),
});`;

test("a command that ends without being done says so, and has failed", async () => {
  const env = {
    NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(WAITING_FOR_EVER)}`,
  };

  const { code, out, err } = await runProgram(["replay", "somewhere"], env);

  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain("a fault of the program, it ended before it was done");
});
