/**
 * Runs the host's ffmpeg for one file: open files in place of names, so that no name can be an option, a
 * protocol or a playlist; the input's format is named, so that nothing is guessed from its content.
 */
import { spawn } from "node:child_process";
import type { Mp3Rate } from "./mp3-length.ts";
import type { SoundFile } from "./sound-file.ts";

export type FfmpegJob = {
  readonly sound: Extract<SoundFile, { readonly kind: "wav" | "raw" }>;
  /** Open files. */
  readonly input: number;
  readonly output: number;
  readonly kbitPerSecond: number;
  readonly mp3Rate: Mp3Rate;
  readonly limitMs: number;
};

export type FfmpegEnd =
  | { readonly kind: "done" }
  | { readonly kind: "absent" }
  | { readonly kind: "failed"; readonly reason: string };

/** Where it says why it fails, the end is enough. */
const MOST_WORDS = 500;
const LAST_WORDS_MS = 500;
/** Of the child: 0-2 are the usual ones. */
const INPUT_FD = 3;
const OUTPUT_FD = 4;

/** Never rejects. */
export function runFfmpeg(job: FfmpegJob, program = "ffmpeg"): Promise<FfmpegEnd> {
  const child = spawn(program, ffmpegArguments(job), {
    stdio: ["ignore", "ignore", "pipe", job.input, job.output],
    cwd: "/",
  });
  let words = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    words = (words + chunk.toString("utf8")).slice(-MOST_WORDS);
  });
  return new Promise((resolve) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill("SIGKILL");
    }, job.limitMs);
    const end = (result: FfmpegEnd): void => {
      clearTimeout(timer);
      resolve(result);
    };
    child.on("error", (error: NodeJS.ErrnoException) =>
      end(
        error.code === "ENOENT"
          ? { kind: "absent" }
          : { kind: "failed", reason: `ffmpeg does not start (${error.message})` },
      ),
    );
    // Its words come first, but what it started may hold their pipe open for ever.
    child.on("exit", (code, signal) => setTimeout(tell, LAST_WORDS_MS, code, signal));
    child.on("close", tell);

    function tell(code: number | null, signal: NodeJS.Signals | null): void {
      if (code === 0) return end({ kind: "done" });
      const how = signal === null ? `with the code ${String(code)}` : `by ${signal}`;
      const said = words.trim().split("\n").at(-1) ?? "";
      const reason = isLate
        ? `ffmpeg was not done within ${Math.round(job.limitMs / 1_000)} s`
        : `ffmpeg ended ${how}${said === "" ? "" : `: ${said}`}`;
      end({ kind: "failed", reason });
    }
  });
}

/** @source ffmpeg's documentation: ffmpeg-formats, ffmpeg-protocols */
function ffmpegArguments({ sound, kbitPerSecond, mp3Rate }: FfmpegJob): string[] {
  return [
    ...["-hide_banner", "-nostdin", "-nostats", "-loglevel", "error", "-y"],
    ...["-protocol_whitelist", "file", ...inputFormat(sound)],
    ...["-i", `file:/proc/self/fd/${INPUT_FD}`],
    ...["-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1"],
    ...["-ac", "1", "-ar", String(mp3Rate)],
    ...["-codec:a", "libmp3lame", "-b:a", `${kbitPerSecond}k`],
    ...["-write_xing", "0", "-id3v2_version", "0", "-threads", "1"],
    ...["-f", "mp3", `file:/proc/self/fd/${OUTPUT_FD}`],
  ];
}

const RAW_FORMATS = { pcm: "s16le", ulaw: "mulaw", alaw: "alaw", gsm: "gsm", g722: "g722" };

function inputFormat(sound: FfmpegJob["sound"]): string[] {
  if (sound.kind === "wav") return ["-f", "wav"];
  const { coding, samplesPerSecond } = sound.format;
  const rate = coding === "gsm" || coding === "g722" ? [] : ["-ar", String(samplesPerSecond)];
  return ["-f", RAW_FORMATS[coding], ...rate];
}

/** Whether there is an ffmpeg with the mp3 encoder: "absent" where there is none at all. */
export async function probeFfmpeg(program = "ffmpeg"): Promise<"ready" | "no-mp3" | "absent"> {
  const child = spawn(program, ["-hide_banner", "-nostdin", "-encoders"], {
    stdio: ["ignore", "pipe", "ignore"],
    env: { PATH: process.env["PATH"] ?? "" },
    timeout: 10_000,
    cwd: "/",
  });
  let told = "";
  child.stdout.on("data", (chunk: Buffer) => (told += chunk.toString("latin1")));
  return new Promise((resolve) => {
    child.on("error", () => resolve("absent"));
    child.on("close", () => resolve(told.includes("libmp3lame") ? "ready" : "no-mp3"));
  });
}
