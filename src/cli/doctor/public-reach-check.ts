/** Whether the public address leads to this daemon, seen from here: through the proxy and back. */
import { toError } from "../../lib/failure.ts";
import { checkWithConfig, type Check, type Verdict } from "./check.ts";

const LIMIT_MS = 10_000;

/** No link: the daemon answers it in its own words, and any other server in its. */
const PROBE = "/r/doctor.mp3";

export const publicReachCheck: Check = checkWithConfig(
  "public address reached",
  async ({ recordings }, { signal }) => {
    const { public_url: publicUrl } = recordings;
    if (publicUrl === undefined) return { status: "skipped", sentence: "there is none" };
    return reach(publicUrl.replace(/\/+$/, ""), signal);
  },
);

async function reach(address: string, signal: AbortSignal): Promise<Verdict> {
  const remedy =
    "start the daemon, and look at the proxy in front of public_http (docs/recordings.md); where only this host cannot reach its own public address, try it from outside";
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
    const answer = await fetch(address + PROBE, { signal: limit, redirect: "manual" });
    const words = (await answer.text()).slice(0, 200);
    const isOurs = answer.status === 404 && answer.headers.get("x-robots-tag") !== null;
    if (isOurs && words.includes("not found"))
      return address.startsWith("https:")
        ? { status: "ok", sentence: `${address} leads to this daemon` }
        : {
            status: "warning",
            sentence: `${address} leads to this daemon, without encryption`,
            remedy: "Kommo's pages are https, and browsers play nothing there that is not",
          };
    const sentence = `${address} answers, but not with this daemon (HTTP ${answer.status})`;
    return { status: "warning", sentence, remedy };
  } catch (thrown) {
    const { cause, message } = toError(thrown);
    const why = cause === undefined ? message : toError(cause).message;
    return { status: "warning", sentence: `${address} does not answer (${why})`, remedy };
  }
}
