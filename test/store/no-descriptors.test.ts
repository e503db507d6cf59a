// F08: a process that may open no more files. Its store's second thread, which needs some, is refused
// with a sentence; the first goes on.
import { execFile, execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { storeFolder } from "./store-folder.ts";

test("F08: a second look at the store that can open no file is refused, and the first goes on, at last with all of it", async () => {
  await using place = storeFolder();

  const program = join(import.meta.dirname, "starved-process.ts");
  const starved = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", program, place.path],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let told = "";
  for await (const line of createInterface({ input: starved.stdout })) {
    if (line !== "waits") told = line;
    else execFileSync("prlimit", ["--pid", String(starved.pid), "--nofile=4096:4096"]);
  }

  expect(JSON.parse(told)).toMatchObject({
    second: {
      ok: false,
      failure: { kind: "unusable", hint: expect.stringContaining("LimitNOFILE") },
    },
    notes: 1,
    waited: expect.arrayContaining(["SQLITE_CANTOPEN"]),
    changed: 500,
  });
});

test("F08: whichever file of a store is the first that cannot be opened, the sentence names the limit, not the rights", async () => {
  await using place = storeFolder();

  const program = join(import.meta.dirname, "crowded-process.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...["--disable-warning=ExperimentalWarning", program, place.folder],
  ]);
  const told = stdout.trim().split("\n");
  const refusals = told.slice(0, -1).map((line) => JSON.parse(line) as { readonly hint: string });

  expect(told.at(-1)).toBe('{"ok":true}');
  expect(refusals.filter(({ hint }) => !hint.includes("LimitNOFILE"))).toEqual([]);
  expect(stdout).toContain("for the store");
  expect(stdout).toContain("SQLITE_CANTOPEN");
});
