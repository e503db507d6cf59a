import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { callSchema } from "../../src/calls/archive.ts";
import { createAcceptance, type Acceptance } from "../../src/cli/acceptance.ts";
import { epochMs } from "../../src/lib/clock.ts";
import { openSqliteStore } from "../../src/store/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { answeredCall, settings } from "../registration/made-up-call.ts";

let folder: string;
let store: Store;
let accepted: string[];
let acceptance: Acceptance;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-acceptance-"));
  const opened = await openSqliteStore({
    path: join(folder, "store.db"),
    migrations: [callSchema],
  });
  if (!opened.ok) throw new Error(opened.failure.reason);
  store = opened.value;
  accepted = [];
  acceptance = createAcceptance({
    settings,
    store,
    keep: (statements) => store.write(statements),
    now: () => epochMs(1_795_261_800_000),
    statementsFor: () => [],
    onAccepted: (_, { id }) => accepted.push(id),
  });
});

afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

test("a call that is told twice is accepted once, though its start is known only so well", async () => {
  const call = answeredCall();

  const first = await acceptance.accept(call);
  const again = await acceptance.accept({ ...call, startedAt: epochMs(call.startedAt + 2_000) });

  expect([first, again]).toEqual(["accepted", "known"]);
  expect(accepted).toEqual(["1795261714.0"]);
});

test("an id that Asterisk gives again on another day is another call", async () => {
  const call = answeredCall();
  const later = { ...call, startedAt: epochMs(call.startedAt + 86_400_000) };

  await acceptance.accept(call);
  const other = await acceptance.accept(later);
  const otherAgain = await acceptance.accept(later);

  expect([other, otherAgain]).toEqual(["accepted", "known"]);
  expect(accepted).toEqual(["1795261714.0", "1795261714.0-1795348114"]);
});
