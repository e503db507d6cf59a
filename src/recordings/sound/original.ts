/** The daemon's side of handing out a recording as it is (read-child.ts). */
import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import type { ReadHead, ReadRequest } from "./read-child.ts";
import { childEnvironment, siblingFile } from "./work-process.ts";

export type Original = ReadHead & {
  /** Once, from and to included. */
  read(from: number, to: number): Readable;
  close(): void;
};

export type Originals = {
  /** @returns "absent": not there, or not to be read; "busy": too many listen, or the volume hangs */
  open(request: ReadRequest): Promise<Original | "absent" | "busy">;
  stop(): void;
};

const MOST_AT_ONCE = 8;
const MOST_HEAD_BYTES = 16_384;

/** @param limitMs until the size is told */
export function createOriginals(limitMs = 10_000): Originals {
  const open = new Set<() => void>();
  return {
    open: (request) => {
      if (open.size >= MOST_AT_ONCE) return Promise.resolve("busy");
      const child = spawn(
        process.execPath,
        [
          "--disable-warning=ExperimentalWarning",
          siblingFile("read-child", import.meta.url),
          JSON.stringify(request),
        ],
        { stdio: ["pipe", "pipe", "ignore"], env: childEnvironment(), cwd: "/" },
      );
      const close = (): void => void child.kill("SIGKILL");
      open.add(close);
      child.on("exit", () => open.delete(close));
      child.stdin.on("error", () => undefined);
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          close();
          resolve("busy");
        }, limitMs);
        const settle = (answer: Original | "absent" | "busy"): void => {
          clearTimeout(timer);
          resolve(answer);
        };
        child.on("error", () => {
          open.delete(close);
          settle("busy");
        });
        child.on("exit", () => settle("absent"));
        let head = Buffer.alloc(0);
        const onData = (chunk: Buffer): void => {
          head = Buffer.concat([head, chunk]);
          const end = head.indexOf(0x0a);
          if (end < 0 && head.length < MOST_HEAD_BYTES) return;
          child.stdout.off("data", onData);
          child.stdout.pause();
          if (end < 0) return close();
          const told = JSON.parse(head.toString("utf8", 0, end)) as ReadHead;
          settle({
            ...told,
            close,
            read(from, to) {
              child.stdout.on("close", close);
              child.stdin.end(`${from} ${to}\n`);
              return child.stdout;
            },
          });
        };
        child.stdout.on("data", onData);
      });
    },
    stop() {
      for (const close of open) close();
    },
  };
}
