// The room that is kept beside the store: given up in pieces, made again where there is room.
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createReserve, reserveFile } from "../../src/store/reserve.ts";

const MB = 1 << 20;
const never = new AbortController().signal;
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-reserve-"));
  path = join(folder, "store.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const kept = (): number => statSync(reserveFile(path), { throwIfNoEntry: false })?.size ?? 0;

test("a reserve takes its room on the disk, and only its owner may read it", async () => {
  const reserve = createReserve(path, 3 * MB + 1);

  await reserve.remake(never);

  const { blocks, mode, size } = statSync(reserveFile(path));
  expect(size).toBe(3 * MB + 1);
  expect(blocks * 512).toBeGreaterThanOrEqual(size);
  expect(mode & 0o777).toBe(0o600);
  expect(reserve.isWhole()).toBe(true);
});

test("it is given up in four pieces, and then nothing is left to give", async () => {
  const reserve = createReserve(path, 4 * MB);
  await reserve.remake(never);

  const given = [1, 2, 3, 4, 5].map(() => [reserve.giveUp(), kept()]);

  expect(given).toEqual([
    [true, 3 * MB],
    [true, 2 * MB],
    [true, MB],
    [true, 0],
    [false, 0],
  ]);
});

test("what was given up is made again, and only that", async () => {
  const reserve = createReserve(path, 4 * MB);
  await reserve.remake(never);
  reserve.giveUp();

  await reserve.remake(never);

  expect(kept()).toBe(4 * MB);
});

test("a disk that has no room for it keeps what it has", async () => {
  const tooLarge = createReserve(path, 2 ** 52);
  writeFileSync(reserveFile(path), "begun");

  await tooLarge.remake(never);

  expect(kept()).toBe(5);
  expect(tooLarge.isWhole()).toBe(false);
});

test("a daemon that stops does not wait for it", async () => {
  const reserve = createReserve(path, 8 * MB);

  await reserve.remake(AbortSignal.abort());

  expect(kept()).toBe(0);
});

test("without a reserve in the configuration one of before is removed", () => {
  writeFileSync(reserveFile(path), "of before");

  const reserve = createReserve(path, 0);

  expect(kept()).toBe(0);
  expect(reserve.giveUp()).toBe(false);
  expect(reserve.isWhole()).toBe(true);
});
