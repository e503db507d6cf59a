// Real files to real mp3: every format that Asterisk writes, and what may be wrong with one.
import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { runFfmpeg } from "../../src/recordings/sound/ffmpeg.ts";
import { createMp3Counter, isRightLength } from "../../src/recordings/sound/mp3-length.ts";
import type { ConvertAnswer, Gone, LookAnswer } from "../../src/recordings/sound/work.ts";
import { createSoundWork, type SoundWork } from "../../src/recordings/sound/work-process.ts";
import { asSln, asWav, tone, wavOf } from "./made-sound.ts";

let folder: string;
let works: SoundWork[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-convert-"));
});

afterEach(async () => {
  await Promise.all(works.map((work) => work.stop()));
  works = [];
  await rm(folder, { recursive: true, force: true });
});

function startWork(options: Parameters<typeof createSoundWork>[0] = {}): SoundWork {
  const work = createSoundWork(options);
  works.push(work);
  return work;
}

const WITHOUT_FFMPEG = { searchPath: "/nowhere" };
const target = (): string => join(folder, "out", "a.mp3");

async function convert(
  name: string,
  content: Buffer,
  options: { readonly work?: SoundWork; readonly converter?: "auto" | "ffmpeg" } = {},
): Promise<{ looked: LookAnswer | Gone; answer: ConvertAnswer | Gone }> {
  const { work = startWork(), converter = "auto" } = options;
  const path = join(folder, name);
  await writeFile(path, content);
  const roots = [folder];
  const looked = await work.look({ candidates: [path], roots });
  const answer = await work.convert({
    ...{ files: [{ path, bytes: content.length }], roots, target: target() },
    ...{ converter, kbitPerSecond: 32 },
  });
  return { looked, answer };
}

const SECONDS = 4;
const samples = tone({ seconds: SECONDS });
const silence = (bytes: number, value = 0): Buffer => Buffer.alloc(bytes, value);
const stereo = (): Buffer => {
  const both = new Int16Array(samples.length * 2);
  samples.forEach((sample, at) => both.set([sample, 0], at * 2));
  return asSln(both);
};
const GSM_FRAME = Buffer.concat([Buffer.from([0xd0]), Buffer.alloc(32)]);

const EMBEDDED: readonly (readonly [name: string, content: () => Buffer])[] = [
  ["a.wav", () => asWav(asSln(samples))],
  ["stereo.wav", () => asWav(stereo(), { channels: 2 })],
  ["ulaw.wav", () => asWav(silence(SECONDS * 8_000, 0xff), { tag: 7, bitsPerSample: 8 })],
  ["alaw.wav", () => asWav(silence(SECONDS * 8_000, 0xd5), { tag: 6, bitsPerSample: 8 })],
  [
    "wide.wav",
    () =>
      asWav(asSln(tone({ seconds: SECONDS, samplesPerSecond: 48_000 })), {
        samplesPerSecond: 48_000,
      }),
  ],
  ["a.ulaw", () => silence(SECONDS * 8_000, 0xff)],
  ["a.alaw", () => silence(SECONDS * 8_000, 0xd5)],
  ["a.sln", () => asSln(samples)],
  ["a.sln16", () => asSln(tone({ seconds: SECONDS, samplesPerSecond: 16_000 }))],
];

const WITH_FFMPEG: readonly (readonly [name: string, content: () => Buffer])[] = [
  ["a.gsm", () => Buffer.concat(Array.from({ length: SECONDS * 50 }, () => GSM_FRAME))],
  ["a.g722", () => silence(SECONDS * 8_000)],
  ["a.WAV", () => asWav(silence(SECONDS * 25 * 65), { tag: 0x31, bitsPerSample: 0 })],
];

/** The header of a real file of GSM in WAV has 60 bytes and names blocks of 65. */
function gsmWav(): Buffer {
  const wav = Buffer.concat([Buffer.alloc(60), silence(SECONDS * 25 * 65)]);
  wav.write("RIFF", 0, "latin1");
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write("WAVEfmt ", 8, "latin1");
  wav.writeUInt32LE(20, 16);
  wav.writeUInt16LE(0x31, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(8_000, 24);
  wav.writeUInt32LE(1_625, 28);
  wav.writeUInt16LE(65, 32);
  wav.writeUInt16LE(2, 36);
  wav.writeUInt16LE(320, 38);
  wav.write("fact", 40, "latin1");
  wav.writeUInt32LE(4, 44);
  wav.writeUInt32LE(SECONDS * 8_000, 48);
  wav.write("data", 52, "latin1");
  wav.writeUInt32LE(SECONDS * 25 * 65, 56);
  return wav;
}

async function expectMp3(answer: ConvertAnswer | Gone): Promise<void> {
  expect(answer).toMatchObject({ kind: "ready" });
  const mp3 = await readFile(target());
  const counter = createMp3Counter();
  expect(counter.take(mp3)).toBe(true);
  expect(isRightLength(counter.seconds(), SECONDS)).toBe(true);
  // Constant: 32 kbit/s are 4,000 bytes a second.
  expect(mp3.length / counter.seconds()).toBeCloseTo(4_000, -1);
  expect(await readdir(join(folder, "out"))).toEqual(["a.mp3"]);
}

test.each(EMBEDDED)(
  "F63: %s becomes an mp3 of the right length without ffmpeg",
  async (name, content) => {
    const { answer } = await convert(name, content(), { work: startWork(WITHOUT_FFMPEG) });

    await expectMp3(answer);
  },
);

test.each(EMBEDDED)(
  "%s becomes an mp3 of the right length by ffmpeg alone",
  async (name, content) => {
    const { answer } = await convert(name, content(), { converter: "ffmpeg" });

    await expectMp3(answer);
  },
);

test.each(WITH_FFMPEG)("%s becomes an mp3 by ffmpeg", async (name, content) => {
  const { answer } = await convert(name, name === "a.WAV" ? gsmWav() : content());

  await expectMp3(answer);
});

test("F63: without ffmpeg a GSM file is said to need it, at once", async () => {
  const [, content] = WITH_FFMPEG[0] ?? ["", () => Buffer.alloc(0)];

  const { answer } = await convert("a.gsm", content(), { work: startWork(WITHOUT_FFMPEG) });

  expect(answer).toMatchObject({ kind: "no-converter" });
  expect(answer.kind === "no-converter" && answer.reason).toContain("install the package ffmpeg");
});

const whole = wavOf(SECONDS);

test.each([
  ["of zero length", Buffer.alloc(0), "empty"],
  ["of a header alone", asWav(Buffer.alloc(0)), "nobody spoke"],
  ["that is no sound", Buffer.from("<html>not found</html>".repeat(50)), "no WAV header"],
  ["of a header cut short", whole.subarray(0, 30), "no WAV header"],
])("F65: a file %s is useless, and why is told", async (_, content, why) => {
  const { looked } = await convert("a.wav", content);

  expect(looked).toMatchObject({ kind: "found", sound: { kind: "useless" } });
  expect(JSON.stringify(looked)).toContain(why);
});

test.each([
  ["whose length was never filled in", asWav(asSln(samples), { toldBytes: 0 })],
  ["whose header promises more than there is", asWav(asSln(samples), { toldBytes: 4_000_000_000 })],
])("F65: a file %s is converted with what is there", async (_, content) => {
  const { answer } = await convert("a.wav", content, { work: startWork(WITHOUT_FFMPEG) });

  await expectMp3(answer);
});

test("F65: a file of 4 GB is told to be too long, and read no further", async () => {
  const path = join(folder, "huge.wav");
  await writeFile(path, asWav(Buffer.alloc(0), { toldBytes: 4_294_967_000 }));
  const file = await open(path, "r+");
  await file.truncate(4_294_967_296);
  await file.close();

  const looked = await startWork().look({ candidates: [path], roots: [folder] });

  expect(looked).toMatchObject({
    sound: { kind: "useless", reason: expect.stringContaining("longer") },
  });
});

test("F66: a file that has grown since the look is looked at again", async () => {
  const path = join(folder, "a.wav");
  await writeFile(path, whole);
  const files = [{ path, bytes: whole.length - 2 }];
  const request = { files, roots: [folder], target: target() };

  const answer = await startWork().convert({ ...request, converter: "auto", kbitPerSecond: 32 });

  expect(answer).toEqual({ kind: "changed" });
});

async function fakeFfmpeg(script: string): Promise<string> {
  const bin = join(folder, "bin");
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, "ffmpeg"), `#!/bin/sh\n${script}\n`);
  await chmod(join(bin, "ffmpeg"), 0o755);
  return bin;
}

test.each([
  ["ends well with nothing written", "exit 0"],
  ["ends well with half an mp3", "printf '\\377\\343\\140\\300' > /proc/self/fd/4"],
  ["ends well with what is no mp3", "echo garbage > /proc/self/fd/4"],
  ["is killed", "kill -9 $$"],
  ["fails", "echo 'no such codec' >&2; exit 1"],
])("F64: an ffmpeg that %s leaves no mp3 behind", async (_, script) => {
  const work = startWork({ searchPath: `${await fakeFfmpeg(script)}:/usr/bin:/bin` });

  const { answer } = await convert("a.wav", whole, { work, converter: "ffmpeg" });

  expect(answer).toMatchObject({ kind: "failed" });
  expect(await readdir(join(folder, "out"))).toEqual([]);
});

test("F64: an ffmpeg that hangs is ended after its limit", async () => {
  const bin = await fakeFfmpeg("exec sleep 600");
  const path = join(folder, "a.sln");
  await writeFile(path, asSln(samples));
  const [input, output] = [await open(path), await open(join(folder, "out.mp3"), "w+")];
  const format = { coding: "pcm", samplesPerSecond: 8_000, bytesPerSecond: 16_000 } as const;

  const end = await runFfmpeg(
    {
      ...{ sound: { kind: "raw", format, seconds: SECONDS }, input: input.fd, output: output.fd },
      ...{ kbitPerSecond: 32, mp3Rate: 8_000, limitMs: 300 },
    },
    join(bin, "ffmpeg"),
  );
  await Promise.all([input.close(), output.close()]);

  expect(end).toMatchObject({ kind: "failed", reason: expect.stringContaining("not done") });
});

test("F67: a process that gives no sign of life is given up", async () => {
  const bin = await fakeFfmpeg("exec sleep 600");
  const work = startWork({ searchPath: `${bin}:/usr/bin:/bin`, silenceMs: 400 });

  const { answer } = await convert("a.wav", whole, { work, converter: "ffmpeg" });

  // ffmpeg's own limit is longer, and its signs of life come every second.
  expect(answer).toMatchObject({ kind: "gone" });
});

test("F70: a hostile name is converted like any other", async () => {
  const { answer } = await convert("-i concat:x|é .wav", whole, { converter: "ffmpeg" });

  await expectMp3(answer);
});

const OF_BOTH: readonly Part[] = [
  { name: "1.wav", content: () => asWav(asSln(tone({ seconds: 2 }))), seconds: 2 },
  { name: "2.ulaw", content: () => silence(8_000, 0xff), seconds: 1 },
  {
    name: "3.sln16",
    content: () => asSln(tone({ seconds: 3, samplesPerSecond: 16_000 })),
    seconds: 3,
  },
];
const OF_FFMPEG: readonly Part[] = [
  ...OF_BOTH.slice(0, 2),
  { name: "3.WAV", content: gsmWav, seconds: SECONDS },
  { name: "4.g722", content: () => silence(8_000), seconds: 1 },
];

type Part = {
  readonly name: string;
  readonly content: () => Buffer;
  readonly seconds: number;
};

test.each([
  ["the built-in encoder", OF_BOTH, "auto", WITHOUT_FFMPEG],
  ["ffmpeg", OF_BOTH, "ffmpeg", {}],
  ["both of them", OF_FFMPEG, "auto", {}],
] as const)(
  "files of different formats are joined by %s, in their order, at one rate",
  async (_, parts, converter, options) => {
    const files: { path: string; bytes: number }[] = [];
    for (const { name, content } of parts) {
      const bytes = content();
      await writeFile(join(folder, name), bytes);
      files.push({ path: join(folder, name), bytes: bytes.length });
    }

    const answer = await startWork(options).convert({
      ...{ files, roots: [folder], target: target(), converter, kbitPerSecond: 32 },
    });

    const wanted = parts.reduce((sum, { seconds }) => sum + seconds, 0);
    expect(answer).toMatchObject({ kind: "ready" });
    const mp3 = await readFile(target());
    expect(versionsIn(mp3)).toHaveLength(1);
    expect(Math.abs(secondsOf(mp3) - wanted)).toBeLessThan(0.2 * parts.length);
    const heard = await decoded(target());
    expect(Math.abs(heard.length / 8_000 - wanted)).toBeLessThan(0.2 * parts.length);
    // The first two seconds are a tone, the third is silent.
    expect(loudness(heard, 0.5, 1.5)).toBeGreaterThan(1_000);
    expect(loudness(heard, 2.4, 2.9)).toBeLessThan(100);
    expect(await readdir(join(folder, "out"))).toEqual(["a.mp3"]);
  },
);

test("a part that cannot be converted leaves no half of a joined mp3 behind", async () => {
  await writeFile(join(folder, "1.wav"), whole);
  await writeFile(join(folder, "2.gsm"), Buffer.alloc(3_300, 0xd0));
  const files = [
    { path: join(folder, "1.wav"), bytes: whole.length },
    { path: join(folder, "2.gsm"), bytes: 3_300 },
  ];

  const answer = await startWork(WITHOUT_FFMPEG).convert({
    ...{ files, roots: [folder], target: target(), converter: "auto", kbitPerSecond: 32 },
  });

  expect(answer).toMatchObject({ kind: "no-converter" });
  expect(await readdir(join(folder, "out"))).toEqual([]);
});

function secondsOf(mp3: Buffer): number {
  const counter = createMp3Counter();
  expect(counter.take(mp3)).toBe(true);
  return counter.seconds();
}

/** The versions of MPEG of all frames: 0 has 8,000 samples a second, 2 has 16,000. */
function versionsIn(mp3: Buffer): number[] {
  const versions = new Set<number>();
  for (let at = 0; at < mp3.length;) {
    const version = ((mp3[at + 1] ?? 0) >> 3) & 3;
    versions.add(version);
    at += version === 0 ? 288 : 144; // a frame of 576 samples at 32 kbit/s
  }
  return [...versions];
}

/** What a player makes of it: 8,000 samples of 16 bits a second. */
async function decoded(path: string): Promise<Int16Array> {
  const argv = ["-nostdin", "-loglevel", "error", "-i", path, "-ar", "8000", "-f", "s16le", "-"];
  const child = spawn("ffmpeg", argv, { stdio: ["ignore", "pipe", "inherit"] });
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  return Int16Array.from({ length: Math.floor(bytes.length / 2) }, (_, at) =>
    bytes.readInt16LE(at * 2),
  );
}

const loudness = (samples: Int16Array, from: number, to: number): number =>
  samples
    .subarray(Math.round(from * 8_000), Math.round(to * 8_000))
    .reduce((most, one) => Math.max(most, Math.abs(one)), 0);

test("F64: an mp3 that is 2 % off is right, and one that is more is not", () => {
  expect(isRightLength(102, 100)).toBe(true);
  expect(isRightLength(102.1, 100)).toBe(false);
  expect(isRightLength(97.9, 100)).toBe(false);
  expect(isRightLength(1.5, 1)).toBe(true);
  expect(isRightLength(0, 1)).toBe(false);
});
