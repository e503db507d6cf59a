/** Someone who listens to a recording in the browser. Exports `untilMp3` and `playFrom`. */
import type { Page } from "playwright-core";

/** Until then the original is served, or nothing yet. */
export async function untilMp3(link: string): Promise<void> {
  for (let tries = 0; tries < 1_200; tries++) {
    const answer = await fetch(link, { headers: { range: "bytes=0-0" } });
    await answer.arrayBuffer();
    if (answer.headers.get("content-type") === "audio/mpeg") return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("there is no mp3");
}

/** Seconds: how long the recording is, where the player was wound to, and how far it came from there. */
export type Heard = { readonly duration: number; readonly sought: number; readonly played: number };

/** Winds to a place and plays from there, in the player that the page has for the link, else in a new one. */
export const playFrom = (
  page: Page,
  { link, seconds }: { link: string; seconds: number },
): Promise<Heard> =>
  page.evaluate<Heard>(`(async () => {
    const players = [...document.querySelectorAll("audio")];
    const link = ${JSON.stringify(link)};
    const audio = players.find(({ src }) => src === link) ?? document.createElement("audio");
    const once = (name) => new Promise((resolve, reject) => {
      audio.addEventListener(name, resolve, { once: true });
      audio.addEventListener("error", () => reject(new Error(audio.error.message)), { once: true });
    });
    audio.muted = true;
    audio.preload = "metadata";
    const known = once("loadedmetadata");
    if (audio.src === link) audio.load();
    else audio.src = link;
    await known;
    const seeked = once("seeked");
    audio.currentTime = ${seconds};
    await seeked;
    const sought = audio.currentTime;
    await audio.play();
    while (audio.currentTime <= sought) await once("timeupdate");
    return { duration: audio.duration, sought, played: audio.currentTime };
  })()`);
