/** Reads a request's body: JSON, or the form that some OAuth clients send. */
import type { IncomingMessage } from "node:http";

export type Body = {
  readonly text: string;
  /** Undefined: there was none, or it is no JSON. */
  readonly parsed: unknown;
  readonly isBroken: boolean;
};

const MOST_BYTES = 20 * 1024 * 1024;

/** @returns "gone" when the client went away while it sent */
export async function readBody(request: IncomingMessage): Promise<Body | "too-large" | "gone"> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > MOST_BYTES) return "too-large";
      chunks.push(chunk);
    }
  } catch {
    return "gone";
  }
  const text = Buffer.concat(chunks).toString("utf8");
  if (text === "") return { text, parsed: undefined, isBroken: false };
  if (request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) {
    return { text, parsed: Object.fromEntries(new URLSearchParams(text)), isBroken: false };
  }
  try {
    return { text, parsed: JSON.parse(text) as unknown, isBroken: false };
  } catch {
    return { text, parsed: undefined, isBroken: true };
  }
}
