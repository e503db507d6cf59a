/**
 * Requests of commands to the running daemon, which alone may write to the store: files in the folder
 * `<store>.requests`. A command writes NAME.request.json; the daemon takes it by renaming it, answers
 * by NAME.answer.json, and the command removes that. Exports `serveRequests` and `askDaemon`.
 */
import { randomUUID } from "node:crypto";
import { chown, mkdir, open, readFile, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../lib/clock.ts";
import { codeOf, toError } from "../lib/failure.ts";

export const requestFolderOf = (storePath: string): string => `${storePath}.requests`;

const REQUEST = ".request.json";
const TAKEN = ".taken.json";
const ANSWER = ".answer.json";
const POLL_MS = 500;
const MAX_REQUEST_BYTES = 1_000_000;
/** A command that asked so long ago has given up, or was killed. */
const STALE_MS = 60_000;

export type RequestServer = { readonly stopped: Promise<void> };

/** @param handle gives the answer, which must be plain JSON; what it throws is answered as a fault */
export function serveRequests(deps: {
  readonly folder: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly handle: (request: unknown) => Promise<unknown>;
  readonly onTrouble: (error: Error) => void;
}): RequestServer {
  const { folder, clock, signal } = deps;

  async function take(name: string): Promise<void> {
    const base = join(folder, name.slice(0, -REQUEST.length));
    const { mtimeMs, size } = await stat(join(folder, name));
    if (Date.now() - mtimeMs > STALE_MS) return rm(join(folder, name), { force: true });
    await rename(join(folder, name), base + TAKEN);
    const text = size > MAX_REQUEST_BYTES ? "" : await readFile(base + TAKEN, "utf8");
    await writeWhole(base + ANSWER, JSON.stringify(await answerTo(text)));
    await rm(base + TAKEN, { force: true });
  }

  async function answerTo(text: string): Promise<unknown> {
    try {
      return await deps.handle(JSON.parse(text) as unknown);
    } catch (thrown) {
      const error = toError(thrown);
      deps.onTrouble(error);
      return { ok: false, failure: { reason: "the daemon could not do it", hint: "see its log" } };
    }
  }

  async function serve(): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(folder)) {
      if (!name.endsWith(REQUEST)) await rm(join(folder, name), { force: true });
    }
    while (!signal.aborted) {
      const names = await readdir(folder).catch(() => []);
      for (const name of names) if (name.endsWith(REQUEST) && !signal.aborted) await take(name);
      await clock.sleep(POLL_MS, signal);
    }
  }

  const stopped = (async () => {
    while (!signal.aborted) {
      await serve().catch((thrown: unknown) => deps.onTrouble(toError(thrown)));
      await clock.sleep(10_000, signal);
    }
  })();
  return { stopped };
}

async function writeWhole(path: string, text: string): Promise<void> {
  const file = await open(`${path}.part`, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.part`, path);
}

export type Asked =
  | { readonly kind: "answered"; readonly answer: unknown }
  /** Nobody took the request; it was withdrawn. */
  | { readonly kind: "not-taken" }
  | { readonly kind: "no-access"; readonly reason: string };

/** @param takenWithinMs how long a daemon may need to see the request */
export async function askDaemon(
  folder: string,
  request: object,
  { clock, takenWithinMs = 15_000 }: { clock: Clock; takenWithinMs?: number },
): Promise<Asked> {
  const base = join(folder, randomUUID());
  try {
    const owner = await stat(folder);
    await writeWhole(base + REQUEST, JSON.stringify(request));
    // Asked by root: the daemon's user must be able to read and to remove it.
    if (process.getuid?.() === 0) await chown(base + REQUEST, owner.uid, owner.gid);
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") return { kind: "not-taken" };
    return { kind: "no-access", reason: toError(thrown).message };
  }
  const giveUpAt = clock.monotonicMs() + takenWithinMs;
  for (;;) {
    const answer = await readFile(base + ANSWER, "utf8").catch(() => undefined);
    if (answer !== undefined) {
      await rm(base + ANSWER, { force: true });
      return { kind: "answered", answer: JSON.parse(answer) as unknown };
    }
    const isLate = clock.monotonicMs() > giveUpAt;
    if (isLate && (await withdraw(base))) return { kind: "not-taken" };
    await clock.sleep(200);
  }
}

/** @returns false: it was taken, the answer will come */
const withdraw = async (base: string): Promise<boolean> =>
  rm(base + REQUEST).then(
    () => true,
    () =>
      stat(base + TAKEN).then(
        () => false,
        () =>
          stat(base + ANSWER).then(
            () => false,
            () => true,
          ),
      ),
  );
