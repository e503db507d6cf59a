/**
 * A thousand recordings made into mp3: the processor time of ours (look, convert, keep) as a ratio to a
 * bare loop of ffmpeg over the same files, and how late the daemon's loop is meanwhile. In CI with
 * fewer files.
 */
import { spawn } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { systemClock } from "../src/lib/clock.ts";
import { silentLogger } from "../src/lib/log.ts";
import { createConversions } from "../src/recordings/conversions.ts";
import { recordingId } from "../src/recordings/link.ts";
import { createMp3Folder } from "../src/recordings/mp3-folder.ts";
import { insertRecording, recordingMigrations } from "../src/recordings/schema.ts";
import { createSoundWork } from "../src/recordings/sound/work-process.ts";
import { openSqliteStore } from "../src/store/sqlite-store.ts";
import type { Store } from "../src/store/store.ts";
import { wavOf } from "../test/recordings/made-sound.ts";

export type ConversionBench = {
  readonly files: number;
  /** Processor seconds of all processes, for all files. */
  readonly bareSeconds: number;
  readonly autoSeconds: number;
  readonly ffmpegSeconds: number;
  /** Milliseconds by which the loop was late while ours worked: at 99 %, and idle before. */
  readonly lateMs: number;
  readonly idleLateMs: number;
};

const FILES = process.env["CI"] === undefined ? 1_000 : 30;
const SECONDS = 60;
const DAY_MS = 86_400_000;

export async function benchConversion(count = FILES): Promise<ConversionBench> {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-bench-"));
  try {
    const monitor = join(folder, "monitor");
    await mkdir(monitor);
    const first = join(monitor, "0.wav");
    await writeFile(first, wavOf(SECONDS));
    const files = Array.from({ length: count }, (_, index) =>
      join(monitor, `${String(index)}.wav`),
    );
    for (const file of files.slice(1)) await copyFile(first, file);
    const idle = await lateWhile(() => systemClock.sleep(3_000));
    const before = await childSeconds();
    await bareLoop(files, folder);
    const bareSeconds = (await childSeconds()) - before;
    const places = { folder, monitor, meterShare: idle.ownSeconds / idle.seconds };
    const auto = await convertAll(files, { ...places, converter: "auto" });
    const ffmpeg = await convertAll(files, { ...places, converter: "ffmpeg" });
    return {
      ...{ files: count, bareSeconds, idleLateMs: idle.lateMs },
      ...{ autoSeconds: auto.seconds, ffmpegSeconds: ffmpeg.seconds },
      lateMs: Math.max(auto.lateMs, ffmpeg.lateMs),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Converting = {
  readonly folder: string;
  readonly monitor: string;
  /** Of a processor, that looking how late the loop is takes by itself: some 3 %, none of it ours. */
  readonly meterShare: number;
  readonly converter: "auto" | "ffmpeg";
};

async function convertAll(
  files: readonly string[],
  { folder, monitor, converter, meterShare }: Converting,
): Promise<{ readonly seconds: number; readonly lateMs: number }> {
  const path = join(folder, `${converter}.db`);
  const opened = await openSqliteStore({ path, migrations: recordingMigrations });
  if (!opened.ok) throw new Error(opened.failure.reason);
  const store = opened.value;
  const endedAt = Date.now() - DAY_MS;
  await store.write(
    files.map((file, index) =>
      insertRecording({
        ...{ id: recordingId(String(index), file), callId: String(index), extension: undefined },
        ...{ path: file, callStartedAt: endedAt - 60_000, callEndedAt: endedAt, dueAt: 0 },
      }),
    ),
  );
  const mp3s = createMp3Folder(join(folder, converter));
  await mp3s.prepare();
  const work = createSoundWork();
  const conversions = createConversions({
    settings: {
      rootsOf: () => ({ path: monitor, pbxPath: monitor, others: [] }),
      isVoiceMessage: () => false,
      ...{ converter, kbitPerSecond: 32, atOnce: 1, waitMs: 60_000 },
    },
    ...{ folder: mp3s, work, store, clock: systemClock, log: silentLogger },
    keep: (statements) => store.write(statements),
    isDiskShort: () => false,
  });
  const stopping = new AbortController();
  const before = (await childSeconds()) + ownSeconds();
  const running = conversions.run(stopping.signal);
  const late = await lateWhile(() => allReady(store, files.length));
  stopping.abort();
  await running;
  // Processor time of a child is counted when it has ended.
  await work.stop();
  const seconds = (await childSeconds()) + ownSeconds() - before - meterShare * late.seconds;
  await store.close();
  return { seconds, lateMs: late.lateMs };
}

async function allReady(store: Store, count: number): Promise<void> {
  for (;;) {
    const [row] = await store.read({
      sql: "SELECT count(*) AS done, sum(state = 'ready') AS ready FROM recording WHERE state <> 'waiting'",
      values: [],
    });
    if (row?.["done"] === count) {
      if (row["ready"] !== count) throw new Error("a recording was not converted");
      return;
    }
    await systemClock.sleep(500);
  }
}

/** As an administrator's cron job would do it. */
async function bareLoop(files: readonly string[], folder: string): Promise<void> {
  const target = join(folder, "bare.mp3");
  for (const file of files) {
    const argv = ["-nostdin", "-loglevel", "error", "-y", "-i", file, "-ac", "1", "-b:a", "32k"];
    const code = await new Promise((resolve) =>
      spawn("ffmpeg", [...argv, target], { stdio: "ignore" }).once("exit", resolve),
    );
    if (code !== 0) throw new Error("ffmpeg failed");
  }
}

type Lateness = {
  readonly lateMs: number;
  /** How long it was looked, and what this process took of the processor meanwhile. */
  readonly seconds: number;
  readonly ownSeconds: number;
};

async function lateWhile(work: () => Promise<void>): Promise<Lateness> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const [from, ownFrom] = [performance.now(), ownSeconds()];
  delay.enable();
  await work();
  delay.disable();
  return {
    // The timer itself waits for one millisecond.
    lateMs: Math.max(0, delay.percentile(99) / 1e6 - 1),
    seconds: (performance.now() - from) / 1_000,
    ownSeconds: ownSeconds() - ownFrom,
  };
}

const ownSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Of all children that have ended, and of theirs. @source proc(5), stat: cutime and cstime */
async function childSeconds(): Promise<number> {
  const stat = await readFile("/proc/self/stat", "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) / TICKS;
}

const TICKS = 100; // a second, on every Linux that Node runs on
