// The links on cards, as browsers and strangers ask for them.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { recordingRoute } from "../../src/http/recording.ts";
import { startHttp, type Http } from "../../src/http/start-http.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/log.ts";
import { openKeyRing, type KeyRing } from "../../src/recordings/key-ring.ts";
import { linkOf, recordingId } from "../../src/recordings/link.ts";
import { createListening } from "../../src/recordings/listening.ts";
import { createMp3Folder, type Mp3Folder } from "../../src/recordings/mp3-folder.ts";
import {
  becameReady,
  insertRecording,
  readRecording,
  recordingById,
  wasRemoved,
} from "../../src/recordings/schema.ts";
import { createOriginals, type Originals } from "../../src/recordings/sound/original.ts";
import { wavOf } from "../recordings/made-sound.ts";
import { openRecordingStore, type RecordingStore } from "../recordings/recording-store.ts";

const ID = recordingId("call", "/pbx/a.wav");
const MP3 = Buffer.from(Array.from({ length: 5_000 }, (_, at) => at % 251));

let office: RecordingStore;
let monitor: string;
let mp3s: Mp3Folder;
let ring: KeyRing;
let originals: Originals;
let http: Http;
let link: string;
let told: string[];

beforeEach(async () => {
  office = await openRecordingStore();
  monitor = join(office.folder, "monitor");
  await mkdir(monitor);
  mp3s = createMp3Folder(join(office.folder, "mp3"));
  ring = await openKeyRing({ ...office, now: () => Date.now() });
  originals = createOriginals(60_000);
  told = [];
  const listen = createListening({
    ...{ ring, folder: mp3s, originals, store: office.store, keep: office.keep },
    rootsOf: () => ({ path: monitor, pbxPath: "/pbx", others: [] }),
    now: () => Date.now(),
    wake: () => undefined,
  });
  const log = {
    ...silentLogger,
    debug: (fields: object) => void told.push(JSON.stringify(fields)),
  };
  const listener = { name: "public_http", host: "127.0.0.1", port: 0 };
  http = await startHttp({
    listeners: [{ ...listener, routes: [recordingRoute({ listen })] }],
    clock: systemClock,
    log: log as never,
  });
  link = linkOf(http.address("public_http") ?? "", ring.sign(ID));
  const at = Date.now();
  await office.keep([
    insertRecording({
      ...{ id: ID, callId: "call", extension: "101", path: "/pbx/a.wav", dueAt: at },
      ...{ callStartedAt: at - 60_000, callEndedAt: at },
    }),
  ]);
});

afterEach(async () => {
  originals.stop();
  await http.stop();
  await office[Symbol.asyncDispose]();
});

async function becomeReady(): Promise<void> {
  await mkdir(dirname(mp3s.fileOf(ID)), { recursive: true });
  await writeFile(mp3s.fileOf(ID), MP3);
  const source = join(monitor, "a.wav");
  await office.keep([becameReady(ID, { source, bytes: MP3.length, seconds: 1 })]);
}

const get = (headers: Record<string, string> = {}, method = "GET"): Promise<Response> =>
  fetch(link, { headers, method });
const bytesOf = async (answer: Response): Promise<Buffer> =>
  Buffer.from(await answer.arrayBuffer());

test("an mp3 is played whole, with what a player needs and nothing that tells of it", async () => {
  await becomeReady();

  const answer = await get();

  expect(answer.status).toBe(200);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    "content-type": "audio/mpeg",
    "content-length": "5000",
    "accept-ranges": "bytes",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex, nofollow",
    "cache-control": expect.stringContaining("private"),
  });
  expect(await bytesOf(answer)).toEqual(MP3);
});

test("the access log shows the route's pattern, never the link", async () => {
  await becomeReady();

  await bytesOf(await get());

  expect(told.join()).toContain("/r/:link");
  expect(told.join()).not.toContain(ID);
});

test.each([
  ["bytes=0-0", 0, 0],
  ["bytes=0-", 0, 4_999],
  ["bytes=4999-", 4_999, 4_999],
  ["bytes=1000-1999", 1_000, 1_999],
  ["bytes=4000-999999", 4_000, 4_999],
  ["bytes=-1", 4_999, 4_999],
  ["bytes=-4999", 1, 4_999],
  ["bytes=-5000", 0, 4_999],
  ["bytes=-5001", 0, 4_999],
])("F78: %s is answered with that part", async (range, from, to) => {
  await becomeReady();

  const answer = await get({ range });

  expect(answer.status).toBe(206);
  expect(answer.headers.get("content-range")).toBe(`bytes ${from}-${to}/5000`);
  expect(await bytesOf(answer)).toEqual(MP3.subarray(from, to + 1));
});

test.each([
  "bytes=5000-",
  "bytes=5000-5001",
  "bytes=2-1",
  "bytes=-0",
  "bytes=-",
  "bytes=0-1,2-3",
  `bytes=${Array.from({ length: 1_000 }, () => "0-0").join(",")}`,
  "bytes=--1",
  "bytes=1-x",
  "bytes=0x0-0x1",
  "bytes=99999999999999999999-",
  "bytes= 0-1",
])("F78: the range %.40s is refused", async (range) => {
  await becomeReady();

  const answer = await get({ range });
  await answer.text();

  expect(answer.status).toBe(416);
  expect(answer.headers.get("content-range")).toBe("bytes */5000");
});

test("F78: HEAD tells the same as GET, without the sound", async () => {
  await becomeReady();

  const whole = await get({}, "HEAD");
  const part = await get({ range: "bytes=10-19" }, "HEAD");

  expect([whole.status, whole.headers.get("content-length")]).toEqual([200, "5000"]);
  expect([part.status, part.headers.get("content-length")]).toEqual([206, "10"]);
  expect((await bytesOf(whole)).length + (await bytesOf(part)).length).toBe(0);
});

test("until there is an mp3 the original plays, and nobody keeps it", async () => {
  const wav = wavOf(1);
  await writeFile(join(monitor, "a.wav"), wav);

  const whole = await get();
  const part = await get({ range: "bytes=44-143" });
  const head = await get({}, "HEAD");

  expect(whole.headers.get("content-type")).toBe("audio/wav");
  expect(whole.headers.get("cache-control")).toBe("no-store");
  expect(await bytesOf(whole)).toEqual(wav);
  expect(part.status).toBe(206);
  expect(await bytesOf(part)).toEqual(wav.subarray(44, 144));
  expect(head.headers.get("content-length")).toBe(String(wav.length));
});

test("who began with the original gets no part of the mp3 that took its place", async () => {
  await writeFile(join(monitor, "a.wav"), wavOf(1));
  const begun = await get();
  await begun.arrayBuffer();
  await becomeReady();

  const ifRange = begun.headers.get("etag") ?? "";
  const answer = await get({ range: "bytes=100-199", "if-range": ifRange });

  expect(answer.status).toBe(200);
  expect(await bytesOf(answer)).toEqual(MP3);
});

test("F66: before its file is there a genuine link says: later", async () => {
  const answer = await get();

  expect(answer.status).toBe(503);
  expect(answer.headers.get("retry-after")).not.toBeNull();
});

test("F68: an mp3 that was deleted by hand is made anew, and the original plays meanwhile", async () => {
  await becomeReady();
  await rm(mp3s.fileOf(ID));
  await writeFile(join(monitor, "a.wav"), wavOf(1));

  const answer = await get();
  await answer.arrayBuffer();
  const [row] = await office.store.read(recordingById(ID));

  expect(answer.headers.get("content-type")).toBe("audio/wav");
  expect(readRecording(row ?? {}).state).toBe("waiting");
});

test("F68, F77: removed, revoked, unknown and forged links look all the same", async () => {
  await becomeReady();
  const base = http.address("public_http") ?? "";
  const unknown = linkOf(base, ring.sign(recordingId("other", "/pbx/b.wav")));
  const forged = linkOf(base, { ...ring.sign(ID), mac: "A".repeat(32) });
  await office.keep([wasRemoved(ID, "recordings.keep_days")]);
  const removed = await fetch(link);
  await ring.revoke(ring.sign(ID).key);
  const answers = [
    removed,
    ...(await Promise.all([link, unknown, forged].map((one) => fetch(one)))),
  ];

  const told = await Promise.all(
    answers.map(
      async (answer) =>
        `${answer.status} ${answer.headers.get("cache-control") ?? ""} ${await answer.text()}`,
    ),
  );

  expect(new Set(told).size).toBe(1);
  expect(told[0]).toMatch(/^404 no-store/);
});

/** As it is written, which fetch would tidy. */
function rawStatus(path: string): Promise<number> {
  const { port } = new URL(http.address("public_http") ?? "");
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.on("error", reject);
    asked.end();
  });
}

test.each([
  "/r/",
  "/r",
  "/r/..",
  "/r/../../etc/passwd",
  "/r/..%2f..%2fetc%2fpasswd",
  "/r/%2e%2e%2f%2e%2e%2fetc%2fpasswd.mp3",
  "/r/..%5c..%5cetc%5cpasswd",
  "/r/%00.mp3",
  "/r/a.wav",
  "/r/%252e%252e%252fa.mp3",
  "/r//etc/passwd",
  `/r/${"a".repeat(400)}.mp3`,
  "/R/a.mp3",
  "/",
  "/admin/",
  "/metrics",
  "/v1/status",
])("F77: %s leads to nothing", async (path) => {
  await becomeReady();

  expect([400, 404, 414]).toContain(await rawStatus(path));
});

test("F82: a listener who leaves in the middle leaves nothing open", async () => {
  const big = Buffer.alloc(30_000_000);
  await writeFile(join(monitor, "a.wav"), big);
  const { port, pathname } = new URL(link);
  for (let listener = 0; listener < 12; listener++) {
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), "127.0.0.1", () => {
        socket.write(`GET ${pathname} HTTP/1.1\r\nHost: x\r\n\r\n`);
      });
      socket.once("data", () => socket.destroy());
      socket.once("close", () => resolve());
    });
  }

  const answer = await untilServed();

  expect((await bytesOf(answer)).length).toBe(10);
});

/** Those who left are noticed soon, not at once. */
async function untilServed(): Promise<Response> {
  for (let tries = 0; tries < 1_200; tries++) {
    const answer = await get({ range: "bytes=0-9" });
    if (answer.status === 206) return answer;
    await answer.arrayBuffer();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("nobody is served any more");
}
