/** A time that runs on the page, from a moment that the daemon told. Exports `runningClock`. */
import { formatSeconds } from "../format.ts";
import { element } from "./element.ts";

/**
 * @param since Unix seconds of the daemon; the two clocks may differ, a time below nothing is none
 * @param signal ends it
 */
export function runningClock(since: number, signal: AbortSignal): HTMLElement {
  const place = element("span", { class: "clock" });
  const show = (): void => {
    place.textContent = formatSeconds(Date.now() / 1_000 - since);
  };
  const timer = setInterval(show, 1_000);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  show();
  return place;
}
