/**
 * The recording that the benches play: 50 calls a second for half a minute, Asterisk 16. Its stream in
 * chunks as a socket gives them, and what the call model has to know about its exchange.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { CallSettings } from "../src/calls/settings.ts";

const OWN = join(import.meta.dirname, "../test/fixtures/load/ast16-sip-50cps-30s.ami.gz");
export const LOAD_RECORDING = process.env["LOAD_RECORDING"] ?? OWN;
/** Offset, length and time of each read of it. */
export const LOAD_READS = LOAD_RECORDING.replace(/\.ami\.gz$/, ".reads.tsv.gz");

export const LOAD_SETTINGS: CallSettings = {
  extensions: ["_10X"],
  trunks: ["PJSIP/trunk", "SIP/trunk"],
};

export const CHUNK_BYTES = 16_384;
/** The recording's mean: 3 messages a millisecond. */
export const MS_PER_CHUNK = 11;

export function chunksOf(bytes: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let i = 0; i < bytes.length; i += CHUNK_BYTES) {
    chunks.push(bytes.subarray(i, i + CHUNK_BYTES));
  }
  return chunks;
}

export const loadedChunks = (): Buffer[] => chunksOf(gunzipSync(readFileSync(LOAD_RECORDING)));
