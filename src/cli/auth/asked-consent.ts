/**
 * The state that goes with the consent page and has to come back: proof that the answer of a browser
 * belongs to a page that was opened on behalf of this host.
 */
import { randomBytes } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { writePrivately } from "../../kommo/oauth/handover.ts";
import { codeOf } from "../../lib/failure.ts";

const LASTS_MS = 3_600_000;

/** @returns a new state, kept on the disk; the one before is good no more. @throws as the file system does */
export async function newState(file: string, now: number): Promise<string> {
  const state = randomBytes(24).toString("base64url");
  await writePrivately(file, { state, asked_at: Math.round(now) });
  return state;
}

/** @returns undefined: no page was asked for within an hour */
export async function readState(file: string, now: number): Promise<string | undefined> {
  try {
    const kept: unknown = JSON.parse(await readFile(file, "utf8"));
    if (typeof kept !== "object" || kept === null) return undefined;
    const { state, asked_at: askedAt } = kept as { state?: unknown; asked_at?: unknown };
    const isFresh = typeof askedAt === "number" && Math.abs(now - askedAt) < LASTS_MS;
    return isFresh && typeof state === "string" && state !== "" ? state : undefined;
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT" || thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

export const forgetState = (file: string): Promise<void> => rm(file, { force: true });
