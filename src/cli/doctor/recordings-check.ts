/** Whether recordings can be found and read, and what makes mp3 files of them. */
import { constants } from "node:fs";
import { access, readdir } from "node:fs/promises";
import { codeOf } from "../../lib/failure.ts";
import { probeFfmpeg } from "../../recordings/sound/ffmpeg.ts";
import { checkWithConfig, type Check, type Verdict } from "./check.ts";

export const recordingsCheck: Check = checkWithConfig("recordings", async ({ recordings }) => {
  const { path, public_url: publicUrl, converter } = recordings;
  if (publicUrl === undefined)
    return {
      status: "ok",
      sentence: "left alone: without recordings.public_url there are no links",
    };
  const trouble = await whyUnreadable(path);
  if (trouble !== undefined) return trouble;
  const sentence = `${path} can be read`;
  if (converter === "off") return { status: "ok", sentence: `${sentence}; played as they are` };
  return { ...judgeFfmpeg(await probeFfmpeg(), converter, sentence) };
});

async function whyUnreadable(path: string): Promise<Verdict | undefined> {
  try {
    await access(path, constants.R_OK | constants.X_OK);
    await readdir(path);
    return undefined;
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === undefined) throw thrown;
    if (code === "ENOENT")
      return {
        status: "warning",
        sentence: `${path} is not there`,
        remedy: "set recordings.path to where Asterisk records, or mount it",
      };
    return {
      status: "failed",
      sentence: `${path} cannot be read by this user (${code})`,
      remedy: "add the daemon's user to the group of Asterisk: usermod -aG asterisk USER",
    };
  }
}

function judgeFfmpeg(
  found: Awaited<ReturnType<typeof probeFfmpeg>>,
  converter: "auto" | "ffmpeg",
  sentence: string,
): Verdict {
  const remedy =
    "install the package ffmpeg (on RHEL-like hosts ffmpeg-free or that of RPM Fusion)";
  if (found === "ready") return { status: "ok", sentence: `${sentence}; ffmpeg is there` };
  const what = found === "absent" ? "there is no ffmpeg" : "this ffmpeg makes no mp3";
  if (converter === "ffmpeg")
    return { status: "failed", sentence: `${sentence}, but ${what}`, remedy };
  return {
    status: "ok",
    sentence: `${sentence}; WAV, u-law, A-law and sln are converted by the built-in encoder`,
    details: [`${what}: .gsm, .g722 and GSM in WAV are played as they are; ${remedy}`],
  };
}
