// The stream of live calls: who may read it, what comes, and how it ends.
import { expect, test } from "@jest/globals";
import type { LiveBatch, StatusAnswer } from "../../../src/http/admin/contract.ts";
import { createGuarded } from "../../../src/http/admin/guarded.ts";
import { liveRoute } from "../../../src/http/admin/live-route.ts";
import { startHttp } from "../../../src/http/start-http.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { silentLogger } from "../../../src/lib/log.ts";

const STATUS = { liveCalls: 3 } as unknown as StatusAnswer;
const BATCH: LiveBatch = { isWhole: true, changed: [], gone: [] };
const SESSION = {
  ...{ tokenHash: "", who: "admin", beganAt: 0, endsAt: Infinity },
  role: "administrator" as const,
};

async function listen() {
  const listeners = new Set<(batch: LiveBatch) => void>();
  const guarded = createGuarded({
    sessions: { find: (token) => Promise.resolve(token === "good" ? SESSION : undefined) },
    audit: () => Promise.resolve(),
  });
  const live = liveRoute({
    guarded,
    watch(listener) {
      listeners.add(listener);
      listener(BATCH);
      return () => listeners.delete(listener);
    },
    status: () => Promise.resolve(STATUS),
    isStillIn: () => Promise.resolve(true),
  });
  const http = await startHttp({
    listeners: [{ name: "http", host: "127.0.0.1", port: 0, routes: [live.route] }],
    clock: systemClock,
    log: silentLogger,
  });
  return {
    listeners,
    live,
    read: (token: string, signal?: AbortSignal) =>
      fetch(`${http.address("http") ?? ""}/admin/api/live`, {
        headers: { cookie: `asterisk_kommo_admin=${token}` },
        ...(signal === undefined ? {} : { signal }),
      }),
    async [Symbol.asyncDispose]() {
      live.stop();
      await http.stop();
    },
  };
}

async function readUntil(answer: Response, wanted: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const part of answer.body ?? []) {
    text += decoder.decode(part as Uint8Array);
    if (text.includes(wanted)) break;
  }
  return text;
}

async function until(isSo: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + 60_000;
  while (!isSo()) {
    if (Date.now() > giveUpAt) throw new Error("it never came to be");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("who is logged in is told the state and all live calls at once", async () => {
  await using office = await listen();

  const answer = await office.read("good");
  const text = await readUntil(answer, "event: calls");

  expect(answer.headers.get("content-type")).toContain("text/event-stream");
  expect(text).toContain(`event: status\ndata: ${JSON.stringify(STATUS)}\n\n`);
  expect(text).toContain(`event: calls\ndata: ${JSON.stringify(BATCH)}`);
});

test("who is not logged in is told nothing", async () => {
  await using office = await listen();

  const answer = await office.read("bad");

  expect(answer.status).toBe(401);
  expect(office.listeners.size).toBe(0);
});

test("whoever leaves is not told any more", async () => {
  await using office = await listen();
  const leaving = new AbortController();

  const answer = await office.read("good", leaving.signal);
  expect(answer.status).toBe(200);
  await until(() => office.listeners.size === 1);
  leaving.abort();
  await until(() => office.listeners.size === 0);

  expect(office.listeners.size).toBe(0);
});

test("twenty pages may be open at once, and no more", async () => {
  await using office = await listen();
  const leaving = new AbortController();

  const answers = await Promise.all(
    Array.from({ length: 20 }, () => office.read("good", leaving.signal)),
  );
  const one = await office.read("good");
  leaving.abort();

  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(one.status).toBe(503);
});

test("a daemon that stops ends the streams", async () => {
  await using office = await listen();

  const answer = await office.read("good");
  office.live.stop();
  const text = await answer.text();

  expect(text).toContain("event: status");
});
