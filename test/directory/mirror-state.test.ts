import { expect, test } from "@jest/globals";
import {
  afterPage,
  isFilled,
  readMirrorState,
  roundOf,
  startOf,
} from "../../src/directory/mirror-state.ts";
import type { ListedCard } from "../../src/kommo/list-cards.ts";

const NOW = 1_795_261_714;

const changedAt = (...times: number[]): ListedCard[] =>
  times.map((updatedAt, index) => ({
    type: "contacts",
    id: index + 1,
    name: "",
    phones: [],
    responsibleUserId: undefined,
    isDeleted: false,
    updatedAt,
  }));

const list = startOf("filling", NOW).lists.contacts;

test("reading goes on from the last change seen, and by pages through one second", () => {
  const first = afterPage(list, { rows: changedAt(100, 200), next: 2 });
  const second = afterPage(first.list, { rows: changedAt(200, 200), next: 2 });
  const third = afterPage(second.list, { rows: changedAt(200, 201), next: 3 });

  expect([first, second, third].map(({ list: { since, page } }) => [since, page])).toEqual([
    [200, 1],
    [200, 2],
    [201, 1],
  ]);
});

test("after the fill the list is polled from its beginning on, whatever was changed last", () => {
  const end = afterPage(list, { rows: changedAt(100), next: undefined });

  expect(end).toMatchObject({ isEnd: true, list: { isFilled: true, read: 1, page: 1 } });
  expect(end.list.since).toBeLessThan(NOW);
  expect(end.list.since).toBeGreaterThan(NOW - 3_600);
});

test("a round of polling begins a little before the last change that is known", () => {
  const polled = { ...list, isFilled: true, since: 1_000, page: 7 };

  expect(roundOf(polled)).toMatchObject({ since: 940, page: 1 });
  expect(roundOf({ ...polled, since: 10 }).since).toBe(0);
  expect(roundOf({ ...list, since: 500, page: 3 })).toMatchObject({ since: 500, page: 3 });
});

test("what was kept is read again, and anything else is no state", () => {
  const state = startOf("filling", NOW);

  expect(readMirrorState(JSON.parse(JSON.stringify(state)))).toEqual(state);
  for (const broken of [
    undefined,
    null,
    5,
    {},
    { fill: "filling" },
    { ...state, fill: "maybe" },
    { ...state, lists: { ...state.lists, leads: { ...list, since: -1 } } },
    { ...state, lists: { contacts: list, companies: list } },
  ])
    expect(readMirrorState(broken)).toBeUndefined();
});

test("filled is only what was to be filled, and is through", () => {
  const done = { ...list, isFilled: true };
  const lists = { contacts: done, companies: done, leads: done };

  expect(isFilled({ fill: "filling", lists })).toBe(true);
  expect(isFilled({ fill: "filling", lists: { ...lists, leads: list } })).toBe(false);
  expect(isFilled({ fill: "skipped", lists })).toBe(false);
});
