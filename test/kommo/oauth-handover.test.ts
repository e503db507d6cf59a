import { chmodSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { readHandover, writeHandover } from "../../src/kommo/oauth/handover.ts";
import { epochMs } from "../../src/lib/clock.ts";
import { newFolder, removeFolders } from "../config/written-config.ts";

afterAll(removeFolders);

const PAIR = {
  accessToken: "eyJ.a.b",
  refreshToken: "def50200",
  expiresInSeconds: 86_400,
  clientId: "7d3a",
  issuedAt: epochMs(1_795_261_714_000),
};

const newFile = (): string => join(newFolder(), "store.db.new-token");

test("what is handed over comes back whole, each time under a new id, readable by nobody else", async () => {
  const file = newFile();

  await writeHandover(file, PAIR);
  const first = await readHandover(file);
  await writeHandover(file, PAIR);
  const second = await readHandover(file);

  expect(first).toMatchObject({ ok: true, value: PAIR });
  expect(first.ok && second.ok && first.value?.grantId === second.value?.grantId).toBe(false);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(dirname(file))).toHaveLength(1);
});

test("nothing handed over is no failure", async () => {
  expect(await readHandover(newFile())).toEqual({ ok: true, value: undefined });
});

test.each([
  ["nothing", ""],
  ["half of it", '{"grant_id":"x","client_id'],
  ["a list", "[]"],
  ["null", "null"],
  ["another program's JSON", '{"name":"x"}'],
  [
    "a date beyond all dates",
    '{"grant_id":"x","client_id":"y","access_token":"a","refresh_token":"b","expires_in":1,"issued_at":1e18}',
  ],
  [
    "a token with a line break",
    '{"grant_id":"x","client_id":"y","access_token":"a\\nb","refresh_token":"b","expires_in":1,"issued_at":1}',
  ],
])("a file that holds %s is told with what to do", async (_, text) => {
  const file = newFile();
  writeFileSync(file, text);

  const read = await readHandover(file);

  expect(read).toMatchObject({ ok: false, failure: { hint: expect.stringContaining("auth url") } });
});

test("a file that cannot be read is told with what to do", async () => {
  const file = newFile();
  mkdirSync(file);

  const read = await readHandover(file);

  expect(read).toMatchObject({ ok: false, failure: { hint: expect.stringContaining("chown") } });
});

test("a folder that is not there leaves nothing behind and is told by its code", async () => {
  const folder = newFolder();
  chmodSync(folder, 0o700);

  const writing = writeHandover(join(folder, "gone", "store.db.new-token"), PAIR);

  await expect(writing).rejects.toMatchObject({ code: "ENOENT" });
  expect(readdirSync(folder)).toEqual([]);
});

test("an unfinished file of a writer that was killed is not taken for an authorisation", async () => {
  const file = newFile();
  await writeHandover(file, PAIR);
  writeFileSync(`${file}.0b7a`, readFileSync(file, "utf8").slice(0, 20));

  expect(await readHandover(file)).toMatchObject({ ok: true, value: PAIR });
});
