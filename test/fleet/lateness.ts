/** How late this process is with what it has to do. Exports `watchLateness`. */
import type { Late } from "./sessions.ts";

const LOOKED_EVERY_MS = 50;
const WORTH_TELLING_MS = 150;

/** @returns grows as long as the process lives */
export function watchLateness(): readonly Late[] {
  const late: Late[] = [];
  let due = Date.now() + LOOKED_EVERY_MS;
  setInterval(() => {
    const now = Date.now();
    if (now - due > WORTH_TELLING_MS) late.push({ from: due, to: now });
    due = now + LOOKED_EVERY_MS;
  }, LOOKED_EVERY_MS).unref();
  return late;
}
