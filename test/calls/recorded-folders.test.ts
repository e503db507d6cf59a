// Every folder that somebody recorded with `asterisk-kommo record` and accepted with
// `record --test --accept`: its calls stay what they were found to be.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { ACCEPTED_CALLS, settingsOf } from "../../src/cli/record/accept.ts";
import { traceAsJson } from "../../src/cli/replay-json.ts";
import { replayPath } from "../../src/cli/replay-trace.ts";

const recorded = join(import.meta.dirname, "../fixtures/recorded");
const folders = readdirSync(recorded).filter((name) =>
  existsSync(join(recorded, name, ACCEPTED_CALLS)),
);

test.each(folders)("%s: the calls are those that were accepted", async (name) => {
  const folder = join(recorded, name);
  const accepted: unknown = JSON.parse(readFileSync(join(folder, ACCEPTED_CALLS), "utf8"));
  const settings = await settingsOf(folder, undefined);
  if (typeof settings === "string") throw new Error(settings);

  const replayed = await replayPath(folder, settings);

  if (!replayed.ok) throw new Error(replayed.failure.hint);
  expect(traceAsJson(replayed.value)).toMatchObject({
    calls: (accepted as { calls: unknown }).calls,
  });
});
