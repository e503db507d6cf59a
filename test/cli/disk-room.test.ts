// From when on the store's disk is short, so that recordings wait and calls do not.
import { expect, test } from "@jest/globals";
import { createDiskRoom, SHORT_BYTES } from "../../src/cli/recordings/disk-room.ts";
import { handClock } from "../outbox/hand-clock.ts";

function diskWith(free: { bytes: number }) {
  const told: string[] = [];
  const tell = (_: unknown, text?: string): number => told.push(text ?? "");
  const room = createDiskRoom({
    ...{ folder: "/var/lib/asterisk-kommo", clock: handClock() },
    log: { error: tell, warn: tell } as never,
    freeBytes: () => Promise.resolve(free.bytes),
  });
  return { room, told };
}

test.each([
  [SHORT_BYTES - 1, true],
  [SHORT_BYTES, false],
  [SHORT_BYTES + 1, false],
])("with %d bytes free the disk is short: %s", async (bytes, isShort) => {
  const { room } = diskWith({ bytes });

  await room.look();

  expect(room.isShort()).toBe(isShort);
});

test("F07: that recordings wait, and that they go on, is told once each", async () => {
  const free = { bytes: SHORT_BYTES - 1 };
  const { room, told } = diskWith(free);

  await room.look();
  await room.look();
  free.bytes = SHORT_BYTES + 1; // a little more is not enough to begin again
  await room.look();
  const stillShort = room.isShort();
  free.bytes = SHORT_BYTES * 2;
  await room.look();

  expect(stillShort).toBe(true);
  expect(told).toEqual([
    "the disk is short, recordings wait",
    "the disk has room again, recordings are converted",
  ]);
});
