/**
 * The process that touches recordings: looks for files and converts them, so that a volume that hangs
 * holds up nothing of the daemon, and with less of the processor than Asterisk. Ends with the daemon.
 */
import { setPriority } from "node:os";
import { toError } from "../../lib/failure.ts";
import { convert } from "./convert.ts";
import { look } from "./look.ts";
import type { Numbered, Told } from "./work.ts";

const NICE = 15;
/** Signs of life of one job. */
const LEAST_BETWEEN_MS = 500;

try {
  setPriority(NICE);
} catch {
  // Some containers forbid even that.
}

process.on("disconnect", () => process.exit(0));
process.on("message", (message) => {
  const { id, request } = message as Numbered;
  void work(id, request);
});

const tell = (told: Told): void => {
  if (process.connected) process.send?.(told);
};

async function work(id: number, request: Numbered["request"]): Promise<void> {
  let lastBeat = -Infinity;
  const beat = (): void => {
    const now = performance.now();
    if (now - lastBeat < LEAST_BETWEEN_MS) return;
    lastBeat = now;
    tell({ id, alive: true });
  };
  try {
    const answer = request.ask === "look" ? await look(request) : await convert(request, beat);
    tell({ id, answer });
  } catch (thrown) {
    const reason = `a fault of the program: ${toError(thrown).message}`;
    tell({
      id,
      answer: request.ask === "look" ? { kind: "refused", reason } : { kind: "failed", reason },
    });
  }
}
