/**
 * Writes an answer to the socket: as it is, or as badly as a fault says.
 * @source kommo-api, section 2
 */
import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import type { Clock } from "../../../lib/clock.ts";
import type { Fault, Garbling } from "../faults.ts";
import { htmlPage } from "./answer.ts";
import type { Answer } from "./answer.ts";

type Written = {
  readonly status: number;
  readonly type: string | undefined;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
};

const HUGE_BYTES = 50 * 1024 * 1024;

/**
 * @param delivery.signal aborted when the simulator closes or the client is gone
 * @returns whether the answer left whole
 */
export async function sendAnswer(
  response: ServerResponse,
  answer: Answer,
  delivery: {
    readonly fault: Fault | undefined;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  },
): Promise<boolean> {
  const { fault, clock, signal } = delivery;
  const written = writtenOf(answer);
  switch (fault?.kind) {
    case "reset":
      response.socket?.resetAndDestroy();
      return false;
    case "drop":
      response.socket?.destroy();
      return false;
    case "silence":
      return false;
    case "slow-answer":
      await clock.sleep(fault.ms, signal);
      break;
    case "slow-loris":
      return drip(response, written, { clock, signal, bytesPerSecond: fault.bytesPerSecond ?? 1 });
    case "garble":
      return garbled(response, written, fault);
    case "status":
    case "slow-save":
    case undefined:
      break;
  }
  if (response.destroyed) return false;
  head(response, written, written.body.length);
  response.end(written.body);
  return true;
}

function writtenOf(answer: Answer): Written {
  const headers = answer.headers ?? {};
  const { status } = answer;
  if (answer.html !== undefined) {
    return { status, type: "text/html", body: Buffer.from(answer.html), headers };
  }
  if (answer.body === undefined) return { status, type: undefined, body: Buffer.alloc(0), headers };
  const type = status >= 400 ? "application/problem+json" : "application/hal+json";
  return { status, type, body: Buffer.from(JSON.stringify(answer.body)), headers };
}

/** X-Request-Id stands on everything, errors included (section 1). */
function head(response: ServerResponse, { status, type, headers }: Written, length: number): void {
  response.writeHead(status, {
    ...headers,
    "X-Request-Id": randomBytes(16).toString("hex"),
    ...(type === undefined ? {} : { "Content-Type": type }),
    ...(status === 204 ? {} : { "Content-Length": length }),
  });
}

async function drip(
  response: ServerResponse,
  written: Written,
  pace: { clock: Clock; signal: AbortSignal; bytesPerSecond: number },
): Promise<boolean> {
  head(response, written, written.body.length);
  response.flushHeaders();
  for (const byte of written.body) {
    if (pace.signal.aborted || response.destroyed) return false;
    response.write(Buffer.of(byte));
    await pace.clock.sleep(1_000 / pace.bytesPerSecond, pace.signal);
  }
  response.end();
  return true;
}

/** @returns false: what left is not the answer */
function garbled(
  response: ServerResponse,
  written: Written,
  { as, bytes }: { as: Garbling; bytes?: number },
): boolean {
  const half = written.body.subarray(0, Math.ceil(written.body.length / 2));
  const send = (changed: Partial<Written>): void => {
    const sent = { ...written, ...changed };
    head(response, sent, sent.body.length);
    response.end(sent.body);
  };
  switch (as) {
    case "invalid-json":
      send({ body: half });
      break;
    case "html":
      send({ status: 200, type: "text/html", body: Buffer.from(htmlPage(200)) });
      break;
    case "wrong-content-type":
      send({ type: "text/plain" });
      break;
    case "empty":
      send({ status: 204, type: undefined, body: Buffer.alloc(0) });
      break;
    case "truncated-gzip": {
      const packed = gzipSync(written.body);
      const headers = { ...written.headers, "Content-Encoding": "gzip" };
      send({ headers, body: packed.subarray(0, Math.ceil(packed.length / 2)) });
      break;
    }
    case "truncated":
      head(response, written, written.body.length);
      response.write(half, () => response.socket?.destroy());
      break;
    case "huge":
      send({ body: Buffer.alloc(bytes ?? HUGE_BYTES, '{"_page":1,"_embedded":{}} ') });
      break;
  }
  return false;
}
