/**
 * The file by which `asterisk-kommo auth` hands a new authorisation to the daemon, which alone may
 * write the store. It stands beside the store, is written whole or not at all, and goes once its
 * content is in the store.
 */
import { randomUUID } from "node:crypto";
import { chown, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { epochMs } from "../../lib/clock.ts";
import { codeOf, failed, succeeded, toError, type Result } from "../../lib/failure.ts";
import { asInteger, asObject, asText } from "../json.ts";
import { decodePair } from "./pair.ts";
import type { KeptPair } from "./token-rows.ts";

export type HandoverFailure = { readonly reason: string; readonly hint: string };

export const handoverFile = (storePath: string): string => `${storePath}.new-token`;

/** For the daemon: reads what was handed over, and removes it. */
export type Handover = {
  /** undefined: nothing is there. */
  read(): Promise<Result<KeptPair | undefined, HandoverFailure>>;
  remove(): Promise<HandoverFailure | undefined>;
};

export const createHandover = (file: string): Handover => ({
  read: () => readHandover(file),
  remove: () => removeHandover(file),
});

async function removeHandover(file: string): Promise<HandoverFailure | undefined> {
  try {
    await rm(file, { force: true });
    return undefined;
  } catch (thrown) {
    return {
      reason: `${file} cannot be removed (${codeOf(thrown) ?? toError(thrown).message})`,
      hint: `remove it by hand, and let the daemon's user own ${dirname(file)}`,
    };
  }
}

export async function readHandover(
  file: string,
): Promise<Result<KeptPair | undefined, HandoverFailure>> {
  try {
    const pair = parseHandover(await readFile(file, "utf8"));
    if (pair !== undefined) return succeeded(pair);
    return failed({
      reason: `${file} holds no authorisation`,
      hint: "remove it, and run: asterisk-kommo auth url",
    });
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT" || codeOf(thrown) === "ENOTDIR") return succeeded(undefined);
    return failed({
      reason: `${file} cannot be read (${codeOf(thrown) ?? toError(thrown).message})`,
      hint: "give it to the daemon's user (chown), mode 600",
    });
  }
}

const LAST_MS = 253_402_300_799_000; // beyond the year 9999 no date can be written

function parseHandover(text: string): KeptPair | undefined {
  let written: unknown;
  try {
    written = JSON.parse(text);
  } catch {
    return undefined; // not written by us
  }
  const object = asObject(written);
  const pair = decodePair(object);
  const clientId = asText(object?.["client_id"]);
  const grantId = asText(object?.["grant_id"]);
  const issuedAt = asInteger(object?.["issued_at"]);
  if (pair === undefined || clientId === undefined || grantId === undefined) return undefined;
  return issuedAt === undefined || issuedAt < 0 || issuedAt > LAST_MS
    ? undefined
    : { ...pair, clientId, grantId, issuedAt: epochMs(issuedAt) };
}

/** On the disk when it resolves. @throws what the file system says */
export const writeHandover = (file: string, pair: Omit<KeptPair, "grantId">): Promise<void> =>
  writePrivately(file, {
    grant_id: randomUUID(),
    client_id: pair.clientId,
    access_token: pair.accessToken,
    refresh_token: pair.refreshToken,
    expires_in: pair.expiresInSeconds,
    issued_at: Math.round(pair.issuedAt),
  });

/** Whole or not at all, for its owner only; made by root, it is given to the owner of the folder. */
export async function writePrivately(file: string, content: object): Promise<void> {
  const unfinished = `${file}.${randomUUID()}`;
  try {
    const handle = await open(unfinished, "wx", 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(content)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    const { uid, gid } = await stat(dirname(file));
    if (process.getuid?.() === 0 && uid !== 0) await chown(unfinished, uid, gid);
    await rename(unfinished, file);
  } catch (thrown) {
    await rm(unfinished, { force: true });
    throw thrown;
  }
  const folder = await open(dirname(file), "r");
  await folder.sync();
  await folder.close();
}
