/**
 * The header of a WAV file, as Asterisk and others write it. Read from the file's first bytes alone,
 * and nothing in it is believed beyond the file's size. Pure.
 */

/** How samples are coded; `other`: not for the built-in encoder (GSM in WAV, ADPCM, float). */
export type WavCoding = "pcm" | "ulaw" | "alaw" | "gsm" | "other";

export type WavHeader = {
  readonly coding: WavCoding;
  readonly channels: number;
  readonly samplesPerSecond: number;
  readonly bitsPerSample: number;
  /** Bytes of one moment of all channels together. */
  readonly blockBytes: number;
  /** Where the sound begins. */
  readonly dataAt: number;
  /** As the header says; 0 or more than there is while it is being written. */
  readonly toldBytes: number;
};

/** Enough for every header that is not made to annoy. */
export const WAV_HEADER_BYTES = 4_096;

const CODINGS: ReadonlyMap<number, WavCoding> = new Map([
  [0x0001, "pcm"],
  [0x0006, "alaw"],
  [0x0007, "ulaw"],
  [0x0031, "gsm"],
]);
const EXTENSIBLE = 0xfffe;

/** @param bytes the first WAV_HEADER_BYTES, or all there are @returns undefined: it is no WAV file */
export function parseWavHeader(bytes: Buffer): WavHeader | undefined {
  if (bytes.length < 12) return undefined;
  if (bytes.toString("latin1", 0, 4) !== "RIFF") return undefined;
  if (bytes.toString("latin1", 8, 12) !== "WAVE") return undefined;
  let format: Omit<WavHeader, "dataAt" | "toldBytes"> | undefined;
  for (let at = 12; at + 8 <= bytes.length;) {
    const name = bytes.toString("latin1", at, at + 4);
    const length = bytes.readUInt32LE(at + 4);
    const begin = at + 8;
    if (name === "data")
      return format === undefined ? undefined : { ...format, dataAt: begin, toldBytes: length };
    if (name === "fmt ") {
      format = parseFormat(bytes.subarray(begin, begin + length));
      if (format === undefined) return undefined;
    }
    at = begin + length + (length % 2);
  }
  return undefined;
}

function parseFormat(chunk: Buffer): Omit<WavHeader, "dataAt" | "toldBytes"> | undefined {
  if (chunk.length < 16) return undefined;
  const tag = chunk.readUInt16LE(0);
  const isExtensible = tag === EXTENSIBLE && chunk.length >= 26;
  const coding = CODINGS.get(isExtensible ? chunk.readUInt16LE(24) : tag) ?? "other";
  const channels = chunk.readUInt16LE(2);
  const samplesPerSecond = chunk.readUInt32LE(4);
  const bitsPerSample = chunk.readUInt16LE(14);
  const blockBytes = chunk.readUInt16LE(12);
  if (channels === 0 || samplesPerSecond === 0 || blockBytes === 0) return undefined;
  return { coding, channels, samplesPerSecond, bitsPerSample, blockBytes };
}

/** The bytes of sound that are really there: a header that was never filled in, or too large, is no matter. */
export function soundBytes(header: Extent, fileBytes: number): number {
  return isFilled(header, fileBytes) ? header.toldBytes : Math.max(0, fileBytes - header.dataAt);
}

type Extent = Pick<WavHeader, "dataAt" | "toldBytes">;

const isFilled = ({ dataAt, toldBytes }: Extent, fileBytes: number): boolean =>
  toldBytes > 0 && dataAt + toldBytes <= fileBytes;

/** What may follow the sound: titles and the like. */
const MOST_AFTER_BYTES = 4_096;

/**
 * true: whoever wrote the file has closed it, which is when Asterisk fills the length in. A recording
 * that is appended to one of before has a length that is too short meanwhile.
 * @source Asterisk, formats/format_wav.c: update_header in wav_close
 */
export const isClosed = (extent: Extent, fileBytes: number): boolean =>
  isFilled(extent, fileBytes) && fileBytes - extent.dataAt - extent.toldBytes <= MOST_AFTER_BYTES;
