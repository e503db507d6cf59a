/**
 * Hands out one recording as it is: opens it safely, tells its size in one line, then waits for
 * "FROM TO" and writes these bytes. A process of its own for each listener, since a volume that hangs
 * would hold up the whole daemon's files.
 */
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { openInside } from "../open-inside.ts";

/** As the one argument. */
export type ReadRequest = {
  readonly candidates: readonly string[];
  readonly roots: readonly string[];
};

/** The first line; nothing is told of a file that is not there. */
export type ReadHead = {
  readonly bytes: number;
  readonly path: string;
  readonly changedAt: number;
};

const { candidates, roots } = JSON.parse(process.argv[2] ?? "{}") as ReadRequest;
const opened = await openInside(candidates, roots);
if (!("file" in opened)) process.exit(1);
const { file, bytes, path, changedAt } = opened;
process.stdout.on("error", () => process.exit(1));
process.stdout.write(`${JSON.stringify({ bytes, path, changedAt } satisfies ReadHead)}\n`);

let asked = "";
for await (const chunk of process.stdin) {
  asked += String(chunk);
  if (asked.includes("\n")) break;
}
const [, from, to] = /^(\d{1,15}) (\d{1,15})\n/.exec(asked) ?? [];
if (from === undefined || to === undefined) process.exit(0);
await pipeline(
  createReadStream("", { fd: file.fd, autoClose: false, start: Number(from), end: Number(to) }),
  process.stdout,
);
process.exit(0);
