/** One stream of the daemon's events, from its opening to its end. Exports `readEvents`. */
import type { DaemonEvent } from "./live-state.ts";
import { createSseParser } from "./sse-parser.ts";

export type StreamEnd = "closed" | "silent" | "ticket" | "too_many" | "garbage";

/** The daemon sends something every 15 s. */
const SILENT_AFTER_MS = 45_000;
const NAMES: ReadonlySet<string> = new Set<DaemonEvent["kind"]>([
  ...(["hello", "ringing", "closed", "talk", "dial", "telephones", "bye"] as const),
]);

/** @param onEvent every event but those that a later version of the daemon may have. Never rejects. */
export async function readEvents(
  stream: ReadableStream<Uint8Array>,
  onEvent: (event: DaemonEvent) => void,
): Promise<StreamEnd> {
  const reader = stream.getReader();
  const parser = createSseParser();
  const decoder = new TextDecoder();
  let isSilent = false;
  let watch: ReturnType<typeof setTimeout> | undefined;
  const listen = (): void => {
    clearTimeout(watch);
    watch = setTimeout(() => {
      isSilent = true;
      void reader.cancel().catch(() => undefined);
    }, SILENT_AFTER_MS);
  };
  try {
    for (;;) {
      listen();
      const { done, value } = await reader.read();
      if (done) return isSilent ? "silent" : "closed";
      const events = parser.push(decoder.decode(value, { stream: true }));
      if (events === undefined) return "garbage";
      for (const { name, text } of events) {
        const event = readEvent(name, text);
        if (event === undefined) continue;
        if (event.kind === "bye" && event.data.because === "ticket") return "ticket";
        if (event.kind === "bye" && event.data.because === "too_many") return "too_many";
        onEvent(event);
      }
    }
  } catch {
    return isSilent ? "silent" : "closed";
  } finally {
    clearTimeout(watch);
    void reader.cancel().catch(() => undefined);
  }
}

/** The one place where an event is believed: the contract gives its shape. */
function readEvent(name: string, text: string): DaemonEvent | undefined {
  if (!NAMES.has(name)) return undefined;
  try {
    const data: unknown = JSON.parse(text);
    return typeof data === "object" && data !== null
      ? ({ kind: name, data } as DaemonEvent)
      : undefined;
  } catch {
    return undefined;
  }
}
