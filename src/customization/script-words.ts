/** What a script says on standard output and error beside its answer: for the log, and not for ever. */
import type { ChildProcess } from "node:child_process";

const MOST_BYTES = 8_192;
const MOST_DRAINED_BYTES = 1_048_576;

/** Tells whole lines, at most 8 kB a process and minute; who says a megabyte is not heard any more. */
export function listenTo(child: ChildProcess, onWords: (words: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) hear(stream, onWords);
}

export function hear(stream: NodeJS.ReadableStream | null, onWords: (words: string) => void): void {
  if (stream === null) return;
  let kept = "";
  let heardBytes = 0;
  let since = Date.now();
  const tell = (): void => {
    const words = kept.trim();
    kept = "";
    if (words !== "") onWords(words.slice(0, MOST_BYTES));
  };
  stream.on("data", (chunk: Buffer) => {
    const now = Date.now();
    if (now - since > 60_000) {
      since = now;
      heardBytes = 0;
    }
    heardBytes += chunk.length;
    if (heardBytes > MOST_DRAINED_BYTES && "destroy" in stream) {
      (stream as NodeJS.ReadableStream & { destroy(): void }).destroy();
      return;
    }
    if (heardBytes <= MOST_BYTES) kept += chunk.toString("utf8");
    if (kept.endsWith("\n")) tell();
  });
  stream.on("end", tell);
  stream.on("error", () => undefined);
}
