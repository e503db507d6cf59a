/**
 * A process of its own that plays the load recording over TCP at its own pace: each read is written
 * when it came then. Started by stage-latency.ts; tells it the port, and in the end when each read
 * was written. Speaks as much AMI as a session needs to log in.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { Socket } from "node:net";
import { gunzipSync } from "node:zlib";
import { LOAD_READS, LOAD_RECORDING } from "./load-recording.ts";

export type LoadRead = { readonly bytes: Buffer; readonly ms: number };

/** What `bare` connections send to begin; all others log in. */
export const BARE = "bare\r\n";
/** The monotonic clock is the same one in all processes of a machine. */
export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** The reads of the first seconds, behind the recording's own login. `ms`: since the first of them. */
export function loadReads(seconds: number): LoadRead[] {
  const bytes = gunzipSync(readFileSync(LOAD_RECORDING));
  const rows = gunzipSync(readFileSync(LOAD_READS)).toString("latin1").split("\n").slice(3);
  const reads: LoadRead[] = [];
  let first: number | undefined;
  for (const row of rows) {
    const [offset = 0, length = 0, unixSeconds = 0] = row.split("\t").map(Number);
    if (!(length > 0)) continue;
    first ??= unixSeconds;
    if (unixSeconds - first > seconds) break;
    const ms = (unixSeconds - first) * 1000;
    reads.push({ bytes: bytes.subarray(offset, offset + length), ms });
  }
  return reads;
}

function answer(socket: Socket, request: string, play: () => void): void {
  for (const action of request.split("\r\n\r\n")) {
    const name = /^Action: (\S+)/m.exec(action)?.[1];
    const id = /^ActionID: (\S+)/m.exec(action)?.[1];
    if (name === undefined || id === undefined) continue;
    const isKnown = ["Login", "Events", "Ping", "Logoff"].includes(name);
    const said = isKnown ? "Success" : "Error\r\nMessage: Not here";
    socket.write(`Response: ${said}\r\nActionID: ${id}\r\n\r\n`);
    if (name !== "Login") continue;
    socket.write("Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: 1000\r\n\r\n");
    setTimeout(play, 500);
  }
}

function serve(seconds: number): void {
  const reads = loadReads(seconds);
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    const writtenAt: number[] = [];
    const play = (): void => {
      const startedAt = nowMs();
      const writeDue = (): void => {
        for (;;) {
          const read = reads[writtenAt.length];
          if (read === undefined) return void process.send?.({ writtenAt });
          if (nowMs() - startedAt < read.ms) break;
          writtenAt.push(nowMs());
          socket.write(read.bytes);
        }
        setTimeout(writeDue, 1);
      };
      writeDue();
    };
    socket.on("data", (data: Buffer) => {
      const request = data.toString("latin1");
      if (request === BARE) play();
      else answer(socket, request, play);
    });
    socket.write("Asterisk Call Manager/5.0.4\r\n");
  });
  server.listen(0, "127.0.0.1", () => process.send?.(server.address()));
  process.once("disconnect", () => process.exit(0));
}

if (import.meta.main) serve(Number(process.argv[2]));
