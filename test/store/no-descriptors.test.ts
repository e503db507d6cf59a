// F08: a process that may open no more files. Its store's second thread, which needs some, is refused
// with a sentence; the first goes on.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { storeFolder } from "./store-folder.ts";

test("F08: a second look at the store that can open no file is refused, and the first goes on", async () => {
  await using place = storeFolder();

  const told = execFileSync(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      join(import.meta.dirname, "starved-process.ts"),
      place.path,
    ],
    { encoding: "utf8" },
  );

  expect(JSON.parse(told)).toMatchObject({
    second: {
      ok: false,
      failure: { kind: "unusable", hint: expect.stringContaining("LimitNOFILE") },
    },
    notes: 1,
  });
});
