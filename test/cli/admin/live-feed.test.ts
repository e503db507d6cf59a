// Live calls as they are told to those who watch: all at once, then what changes, and nothing unwatched.
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { extension, linkedId } from "../../../src/ami/ids.ts";
import type { LiveView } from "../../../src/calls/live-view.ts";
import { createLiveFeed } from "../../../src/cli/admin/live-feed.ts";
import type { LiveBatch } from "../../../src/http/admin/contract.ts";
import { epochMs } from "../../../src/lib/clock.ts";
import { NOON } from "./call-archive.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const rings = (id: string, changes: Partial<LiveView> = {}): LiveView => ({
  linkedId: linkedId(id),
  direction: "inbound",
  startedAt: epochMs(NOON),
  clientPhone: "79165551001",
  ...{ did: "74951000101", trunk: "PJSIP/trunk", queue: undefined },
  parts: [{ extension: extension("101"), is: "rings", since: epochMs(NOON) }],
  ...changes,
});

function open(views: { now: readonly LiveView[] }) {
  let looks = 0;
  const batches: LiveBatch[] = [];
  const feed = createLiveFeed({
    view(most) {
      looks += 1;
      return views.now.slice(0, most);
    },
    find: (phone) =>
      Promise.resolve(
        phone.endsWith("1001")
          ? {
              card: { type: "contacts", id: 7 },
              name: "Ana Costa",
              responsibleUserId: undefined,
              openLeads: [{ id: 500_210, name: "Kitchen", responsibleUserId: undefined }],
            }
          : undefined,
      ),
    nameOf: () => "Anna",
    unknownClient: () => "unsorted",
  });
  return { feed, batches, looks: () => looks, tell: (batch: LiveBatch) => batches.push(batch) };
}

test("who begins to watch is told all that goes on", () => {
  const { feed, batches, tell } = open({ now: [rings("1.0"), rings("2.0")] });

  feed.watch(tell);

  expect(batches).toHaveLength(1);
  expect(batches[0]).toMatchObject({ isWhole: true, changed: [{ id: "1.0" }, { id: "2.0" }] });
});

test("of very many calls all are told, in pieces", () => {
  const many = Array.from({ length: 450 }, (_, n) => rings(`${n}.0`, { clientPhone: undefined }));
  const { feed, batches, tell } = open({ now: many });

  feed.watch(tell);
  const first = batches.length;
  jest.advanceTimersByTime(10);

  const told = batches.flatMap(({ changed }) => changed.map(({ id }) => id));
  expect(first).toBe(1);
  expect(batches.map(({ isWhole }) => isWhole)).toEqual([true, false, false]);
  expect(told).toEqual(many.map(({ linkedId: id }) => id));
  expect(Math.max(...batches.map(({ changed }) => changed.length))).toBe(200);
});

test("who has left is told no further piece", () => {
  const many = Array.from({ length: 450 }, (_, n) => rings(`${n}.0`, { clientPhone: undefined }));
  const { feed, batches, tell } = open({ now: many });

  feed.watch(tell)();
  jest.advanceTimersByTime(10);

  expect(batches).toHaveLength(1);
});

test("then only calls that changed are told, and those that are gone", async () => {
  const views = {
    now: [rings("1.0", { clientPhone: undefined }), rings("2.0", { clientPhone: undefined })],
  };
  const { feed, batches, tell } = open(views);
  feed.watch(tell);

  const talks = { extension: extension("101"), is: "talks", since: epochMs(NOON + 5_000) } as const;
  views.now = [rings("1.0", { clientPhone: undefined, parts: [talks] })];
  await jest.advanceTimersByTimeAsync(300);

  expect(batches[1]).toMatchObject({
    isWhole: false,
    changed: [{ id: "1.0", parts: [{ is: "talks", name: "Anna" }] }],
    gone: ["2.0"],
  });
});

test("while nothing changes, nothing is told", async () => {
  const { feed, batches, tell } = open({ now: [rings("1.0", { clientPhone: undefined })] });
  feed.watch(tell);

  await jest.advanceTimersByTimeAsync(10_000);

  expect(batches).toHaveLength(1);
});

test("the client's name and lead come as soon as the directory has answered", async () => {
  const { feed, batches, tell } = open({ now: [rings("1.0")] });
  feed.watch(tell);

  await jest.advanceTimersByTimeAsync(300);

  expect(batches[0]?.changed[0]).toMatchObject({ client: null });
  expect(batches[1]?.changed[0]).toMatchObject({
    client: "Ana Costa",
    booking: { on: "lead", id: 500_210, name: "Kitchen" },
  });
});

test("of a stranger it is told what will be made for him", async () => {
  const { feed, batches, tell } = open({ now: [rings("1.0", { clientPhone: "79165559999" })] });
  feed.watch(tell);

  await jest.advanceTimersByTimeAsync(300);

  expect(batches.at(-1)?.changed[0]?.booking).toEqual({ on: "unknown-client", make: "unsorted" });
});

test("when the last one leaves, nobody looks any more", async () => {
  const { feed, looks, tell } = open({ now: [rings("1.0")] });
  const leave = feed.watch(tell);

  leave();
  const before = looks();
  await jest.advanceTimersByTimeAsync(60_000);

  expect(looks()).toBe(before);
});

test("many calls are looked at once a second, few four times", async () => {
  const many = open({ now: Array.from({ length: 1_000 }, (_, at) => rings(`${at}.0`)) });
  many.feed.watch(many.tell);
  const few = open({ now: [rings("1.0")] });
  few.feed.watch(few.tell);

  await jest.advanceTimersByTimeAsync(10_000);

  expect(many.looks()).toBeLessThanOrEqual(11);
  expect(few.looks()).toBeGreaterThanOrEqual(39);
});
