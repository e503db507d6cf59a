/** 101 answers a client who does not hang up within the test. Exports `endlessTalk`. */
import { join } from "node:path";
import { epochMs } from "../../src/lib/clock.ts";
import { readTrace, type Trace } from "../../src/simulator/pbx/trace.ts";

export async function endlessTalk(): Promise<Trace> {
  const path = join(import.meta.dirname, "../../src/simulator/recordings/in-answered-101");
  const read = await readTrace(path);
  if (!read.ok) throw new Error(read.failure.hint);
  let isEnd = false;
  const parts = read.value.parts.map(({ messages }) => ({
    messages: messages.map((message) => {
      isEnd ||= message.live && message.text.startsWith("Event: HangupRequest\r\n");
      return isEnd ? { ...message, at: epochMs(message.at + 3_600_000) } : message;
    }),
  }));
  return { ...read.value, parts };
}
