// Links: made before there is a file, proven by a ring of keys that forgets nothing by itself.
import { expect, test } from "@jest/globals";
import { openKeyRing, keptKeys, type KeyRing } from "../../src/recordings/key-ring.ts";
import { linkOf, parseLinkName, recordingId, type LinkParts } from "../../src/recordings/link.ts";
import { openRecordingStore, type RecordingStore } from "./recording-store.ts";

const ID = recordingId("1795261978.105", "/var/spool/asterisk/monitor/a.wav");

async function withRing(
  run: (ring: KeyRing, store: RecordingStore, again: () => Promise<KeyRing>) => Promise<void>,
): Promise<void> {
  await using store = await openRecordingStore();
  const again = (): Promise<KeyRing> => openKeyRing({ ...store, now: () => 1_000 });
  await run(await again(), store, again);
}

const nameOf = (link: string): string => link.split("/").at(-1) ?? "";
const isGenuine = (ring: KeyRing, name: string): boolean => {
  const link = parseLinkName(name);
  return link !== undefined && ring.isGenuine(link);
};

test("the same call and file have the same link, whatever is planned in between", async () => {
  await withRing(async (ring, _, again) => {
    const first = linkOf("https://pbx.example/", ring.sign(ID));
    const second = linkOf("https://pbx.example", (await again()).sign(ID));

    expect(second).toBe(first);
    expect(first).toMatch(/^https:\/\/pbx\.example\/r\/[0-9a-f]{32}\.[0-9a-f]{8}\.[\w-]{32}\.mp3$/);
  });
});

test("two files of one call, and one file of two calls, have links of their own", () => {
  const ids = [
    recordingId("1.1", "/a.wav"),
    recordingId("1.1", "/b.wav"),
    recordingId("1.2", "/a.wav"),
  ];

  expect(new Set(ids).size).toBe(3);
});

test("F77: rotation adds a key, and links that stand on cards go on, also after a restart", async () => {
  await withRing(async (ring, _, again) => {
    const old = nameOf(linkOf("https://pbx.example", ring.sign(ID)));
    const { id } = await ring.rotate();
    const restarted = await again();

    expect(isGenuine(ring, old)).toBe(true);
    expect(isGenuine(restarted, old)).toBe(true);
    expect(restarted.sign(ID).key).toBe(id);
    expect(restarted.keys()).toHaveLength(2);
  });
});

test("F77: a revoked key's links play no more, and a new key signs", async () => {
  await withRing(async (ring, store, again) => {
    const old = ring.sign(ID);
    const wasThere = await ring.revoke(old.key);
    const restarted = await again();

    expect(wasThere).toBe(true);
    expect(ring.isGenuine(old)).toBe(false);
    expect(restarted.isGenuine(old)).toBe(false);
    expect(restarted.isGenuine(restarted.sign(ID))).toBe(true);
    expect(await ring.revoke("00000000")).toBe(false);
    expect(JSON.stringify(await keptKeys(store.store))).not.toContain("secret");
  });
});

const change = (text: string, at: number): string => {
  const letter = text[at] === "a" ? "b" : "a";
  return text.slice(0, at) + letter + text.slice(at + 1);
};

test("F77: a link with any one letter changed is not genuine", async () => {
  await using store = await openRecordingStore();
  const ring = await openKeyRing({ ...store, now: () => 1_000 });

  const name = nameOf(linkOf("https://pbx.example", ring.sign(ID)));

  const passed = Array.from(name, (_, at) => change(name, at)).filter((one) =>
    isGenuine(ring, one),
  );

  expect(passed).toEqual([]);
  expect(isGenuine(ring, name)).toBe(true);
});

test.each([
  "",
  "x.mp3",
  "../../etc/passwd",
  "..%2f..%2fetc%2fpasswd.mp3",
  `${"0".repeat(32)}.00000000.${"A".repeat(32)}.wav`,
  `${"0".repeat(32)}.00000000.${"A".repeat(31)}.mp3`,
  `${"0".repeat(32)}.00000000.${"A".repeat(33)}.mp3`,
  `${"0".repeat(33)}.00000000.${"A".repeat(32)}.mp3`,
  `${"0".repeat(32)}.00000000.${"A".repeat(32)}.mp3\n`,
  `${"0".repeat(32)}.00000000.${"A".repeat(32)}.mp3.mp3`,
  `${"Z".repeat(32)}.00000000.${"A".repeat(32)}.mp3`,
])("F77: %j is no name of a link", (name) => {
  expect(parseLinkName(name)).toBeUndefined();
});

test("F77: an unknown key is refused, with whatever mac", async () => {
  await using store = await openRecordingStore();
  const ring = await openKeyRing({ ...store, now: () => 1_000 });
  const link: LinkParts = { ...ring.sign(ID), key: "ffffffff" };

  expect(ring.isGenuine(link)).toBe(false);
});
