// How long and how much of what was said with Kommo is kept, and that it is in nobody's way.
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { addExchange, exchangesOf, readExchange } from "../../src/cli/traces/schema.ts";
import { createTraceService, LONGEST_BODY } from "../../src/cli/traces/trace-service.ts";
import { silentLogger } from "../../src/lib/log.ts";
import { sql, type Statement } from "../../src/store/store.ts";
import { createFakeClock } from "../ami/fake-clock.ts";
import { openCallArchive, type CallArchive } from "./admin/call-archive.ts";

const DAY_MS = 86_400_000;
const TOLD = { method: "GET", status: 200, ms: 5, path: "/api/v4/contacts" } as const;
const told = (request: string, answer = "{}") => ({
  ...TOLD,
  request,
  answer: new TextEncoder().encode(answer),
});

function openTraces(
  { store }: CallArchive,
  given: {
    days?: number;
    megabytes?: number;
    keep?: (all: readonly Statement[]) => Promise<unknown>;
  },
) {
  const clock = createFakeClock();
  const { days = 7, megabytes = 50, keep = (all) => store.write(all) } = given;
  const traces = createTraceService({
    config: {
      archive: {
        ...{ keep_days: 400, trace_days: days, trace_megabytes: megabytes, trace_events: false },
      },
    },
    secrets: ["the-secret-of-all"],
    ...{ glance: store, keep, clock, logger: silentLogger },
  });
  return { clock, traces };
}

const kept = async ({ store }: CallArchive, call: string) =>
  (await store.read(exchangesOf(call))).map(readExchange);

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + 60_000;
  while (!(await isSo())) {
    if (Date.now() > giveUpAt) throw new Error("it never came to be");
    await turn();
  }
}

test("a request is kept under each call it was about, and what is asked for no call is not", async () => {
  await using archive = await openCallArchive();
  const { traces } = openTraces(archive, {});

  await traces.about(["1.1", "1.2"], async () => {
    await turn();
    traces.heard(told("[1]"));
  });
  traces.heard(told("[2]"));
  await until(async () => (await kept(archive, "1.2")).length === 1);

  expect(await kept(archive, "1.1")).toMatchObject([{ request: "[1]", answer: "{}", status: 200 }]);
  expect(await kept(archive, "1.")).toEqual([]);
  expect(await archive.store.read(sql("SELECT count(*) AS n FROM kommo_exchange"))).toEqual([
    { n: 1 },
  ]);
});

test("secrets are taken out, and of a long body the beginning is kept", async () => {
  await using archive = await openCallArchive();
  const { traces } = openTraces(archive, {});

  await traces.about(["1.1"], () => {
    traces.heard(told("the-secret-of-all", "x".repeat(LONGEST_BODY + 1)));
    return Promise.resolve();
  });
  await until(async () => (await kept(archive, "1.1")).length === 1);

  const [one] = await kept(archive, "1.1");
  expect(one?.request).toBe("[removed]");
  expect(one?.answer).toBe(`${"x".repeat(LONGEST_BODY)}…`);
});

test("while the store takes nothing no more than two hundred wait for it", async () => {
  await using archive = await openCallArchive();
  let asked = 0;
  const never = () => {
    asked += 1;
    return new Promise<void>(() => undefined);
  };
  const { traces } = openTraces(archive, { keep: never });

  await traces.about(["1.1"], () => {
    for (let at = 0; at < 500; at += 1) traces.heard(told(""));
    return Promise.resolve();
  });

  expect(asked).toBe(200);
});

const countOf = async ({ store }: CallArchive): Promise<number> =>
  Number((await store.read(sql("SELECT count(*) AS n FROM kommo_exchange")))[0]?.["n"]);

test("what is older than trace_days goes, and what is younger stays", async () => {
  await using archive = await openCallArchive();
  const { clock, traces } = openTraces(archive, { days: 7 });
  const aged = (days: number, count: number): Statement[] =>
    Array.from({ length: count }, () =>
      addExchange(["1.1"], { ...TOLD, at: clock.now() - days * DAY_MS, request: "", answer: "" }),
    );
  await archive.store.write([...aged(8, 450), ...aged(6, 30)]);

  traces.start();
  await clock.advance(60_000);
  await until(async () => {
    await clock.advance(100);
    return (await countOf(archive)) === 30;
  });
  await traces.stop();

  expect(await countOf(archive)).toBe(30);
});

test("beyond trace_megabytes the oldest go", async () => {
  await using archive = await openCallArchive();
  const { clock, traces } = openTraces(archive, { megabytes: 1 });
  const at = clock.now();
  await archive.store.write(
    Array.from({ length: 500 }, () =>
      addExchange(["1.1"], { ...TOLD, at, request: "x".repeat(9_884), answer: "" }),
    ),
  );

  traces.start();
  await clock.advance(60_000);
  await until(async () => {
    await clock.advance(100);
    return (await countOf(archive)) === 100;
  });
  await traces.stop();

  expect(await archive.store.read(sql("SELECT min(id) AS first FROM kommo_exchange"))).toEqual([
    { first: 401 },
  ]);
});
