/**
 * Links to recordings: `/r/{id}.{key}.{mac}.mp3`. The id comes from the call and the file's name, so
 * that a link can be made before there is a file; the mac proves that it was made here. Pure.
 */
import { createHash, createHmac } from "node:crypto";
import type { Brand } from "../lib/brand.ts";

export type RecordingId = Brand<string, "RecordingId">;

/** What a link says; whether it is genuine is for the ring of keys to tell. */
export type LinkParts = {
  readonly id: RecordingId;
  readonly key: string;
  readonly mac: string;
};

const ID_DIGITS = 32;
const MAC_LETTERS = 32; // 192 bits
const LINK = /^([0-9a-f]{32})\.([0-9a-f]{8})\.([\w-]{32})\.mp3$/;

/**
 * The same for the same call and file, so that a call planned again has the same link.
 * @param callId the call's `uniq`
 * @param path as Asterisk named the file
 */
export const recordingId = (callId: string, path: string): RecordingId =>
  createHash("sha256")
    .update(`${callId}\0${path}`)
    .digest("hex")
    .slice(0, ID_DIGITS) as RecordingId;

/** Of a row or a command: 32 hexadecimal digits. */
export const parseRecordingId = (text: string): RecordingId | undefined =>
  /^[0-9a-f]{32}$/.test(text) ? (text as RecordingId) : undefined;

export const macOf = (secret: string, id: RecordingId): string =>
  createHmac("sha256", Buffer.from(secret, "base64url"))
    .update(`recording ${id}`)
    .digest("base64url")
    .slice(0, MAC_LETTERS);

/** @returns "…/r/….mp3" below the public address */
export const linkOf = (publicUrl: string, { id, key, mac }: LinkParts): string =>
  `${publicUrl.replace(/\/+$/, "")}/r/${id}.${key}.${mac}.mp3`;

/** @param name the last part of the link's path */
export function parseLinkName(name: string): LinkParts | undefined {
  const [, id, key, mac] = LINK.exec(name) ?? [];
  if (id === undefined || key === undefined || mac === undefined) return undefined;
  return { id: id as RecordingId, key, mac };
}
