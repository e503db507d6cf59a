// F84 of the fault catalogue: whoever names a recording, or writes what is in it, cannot make the daemon
// ask another host. There is no way to fetch a recording from elsewhere, by whatever spelling. (That Kommo
// cannot send it elsewhere either is F45.)
import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/log.ts";
import { createConversions } from "../../src/recordings/conversions.ts";
import { recordingId } from "../../src/recordings/link.ts";
import { createMp3Folder } from "../../src/recordings/mp3-folder.ts";
import { allRecordings, insertRecording, readRecording } from "../../src/recordings/schema.ts";
import { createSoundWork } from "../../src/recordings/sound/work-process.ts";
import { openRecordingStore, type RecordingStore } from "../recordings/recording-store.ts";

let office: RecordingStore;
let inside: Server;
let asked = 0;

/** A service of the inner network: whoever connects to it has been led there. */
beforeEach(async () => {
  office = await openRecordingStore();
  asked = 0;
  inside = createServer((socket) => {
    asked += 1;
    socket.on("error", () => undefined);
    socket.end("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nRIFF");
  });
  await new Promise<void>((resolve) => inside.listen(0, () => resolve()));
});

afterEach(async () => {
  await new Promise((resolve) => inside.close(resolve));
  await office[Symbol.asyncDispose]();
});

const port = (): number => (inside.address() as AddressInfo).port;

/** All spellings of this very host, and what ffmpeg would understand. */
const addresses = (): readonly string[] => [
  ...["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0.0.0.0"].map(
    (host) => `http://${host}:${port()}/a.wav`,
  ),
  ...["[::1]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:0:0:1]", "user@127.0.0.1", "127.0.0.1."].map(
    (host) => `http://${host}:${port()}/a.wav`,
  ),
  ...["HTTP", "https", "ftp", "tcp", "rtmp", "hls+http", "cache:http", "async:http"].map(
    (protocol) => `${protocol}://127.0.0.1:${port()}/a.wav`,
  ),
  `//127.0.0.1:${port()}/a.wav`,
  `concat:http://127.0.0.1:${port()}/a.wav|http://127.0.0.1:${port()}/b.wav`,
  `subfile,,start,0,end,9,,:http://127.0.0.1:${port()}/a.wav`,
  "http://169.254.169.254/latest/meta-data/a.wav",
  "file:///etc/passwd",
  "data:audio/wav;base64,UklGRg==",
];

/** Every recording by its name, looked for and converted until none waits. */
async function convertAll(names: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const monitor = join(office.folder, "monitor");
  const folder = createMp3Folder(join(office.folder, "mp3"));
  await folder.prepare();
  const long = Date.now() - 86_400_000;
  await office.keep(
    names.map((path, index) =>
      insertRecording({
        ...{ id: recordingId(String(index), path), callId: String(index), path, dueAt: 0 },
        ...{ extension: undefined, callStartedAt: long, callEndedAt: long },
      }),
    ),
  );
  const work = createSoundWork();
  const stopping = new AbortController();
  const running = createConversions({
    settings: {
      rootsOf: () => ({ path: monitor, pbxPath: monitor, others: [] }),
      isVoiceMessage: () => false,
      ...{ converter: "ffmpeg", kbitPerSecond: 32, atOnce: 2, waitMs: 1_000 },
    },
    ...{ folder, work, store: office.store, keep: office.keep },
    ...{ clock: systemClock, log: silentLogger, isDiskShort: () => false },
  }).run(stopping.signal);
  for (;;) {
    const rows = (await office.store.read(allRecordings("", 1_000))).map(readRecording);
    if (rows.every(({ state, attempt }) => state !== "waiting" || attempt > 0)) {
      stopping.abort();
      await work.stop();
      await running;
      return Object.fromEntries(rows.map(({ path, state }) => [path, state]));
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test("F84: a recording that is named by an address is never fetched", async () => {
  await mkdir(join(office.folder, "monitor"));

  const states = await convertAll(addresses());

  expect(Object.keys(states)).toHaveLength(addresses().length);
  expect(new Set(Object.values(states))).toEqual(new Set(["missing"]));
  expect(asked).toBe(0);
});

test("F84: a playlist in the clothes of a recording leads ffmpeg nowhere", async () => {
  const monitor = join(office.folder, "monitor");
  await mkdir(monitor);
  const address = `http://127.0.0.1:${port()}/a.wav`;
  const playlist = `#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n${address}\n#EXT-X-ENDLIST\n`;
  const list = `ffconcat version 1.0\nfile '${address}'\n`;
  const names = [playlist, list].flatMap((_, at) =>
    ["wav", "WAV", "gsm", "g722", "sln", "ulaw"].map((suffix) => `${String(at)}.${suffix}`),
  );
  for (const name of names)
    // A second of sound, as the raw formats count.
    await writeFile(join(monitor, name), (name.startsWith("0") ? playlist : list).padEnd(16_000));

  const states = await convertAll(names);

  expect(states["0.wav"]).toBe("useless");
  expect(Object.keys(states)).toHaveLength(names.length);
  expect(asked).toBe(0);
});
