/**
 * Samples of telephony as the encoder wants them: one channel of numbers from -1 to 1. Several channels
 * are joined, so that both sides of a talk are heard in both ears. Pure.
 */
export type SampleLayout = {
  readonly coding: "pcm" | "ulaw" | "alaw";
  readonly channels: number;
  readonly bitsPerSample: number;
};

/** @returns undefined: such samples are not read here */
export function createSampleReader(
  layout: SampleLayout,
): ((bytes: Buffer) => Float32Array<ArrayBuffer>) | undefined {
  const { channels } = layout;
  const read = sampleAt(layout);
  if (read === undefined || channels > MOST_CHANNELS) return undefined;
  const { at, width } = read;
  const blockBytes = width * channels;
  return (bytes) => {
    const blocks = Math.floor(bytes.length / blockBytes);
    const joined = new Float32Array(blocks);
    for (let block = 0; block < blocks; block++) {
      let sum = 0;
      for (let channel = 0; channel < channels; channel++)
        sum += at(bytes, block * blockBytes + channel * width);
      joined[block] = sum / channels;
    }
    return joined;
  };
}

const MOST_CHANNELS = 8;

type SampleAt = { readonly width: number; readonly at: (bytes: Buffer, offset: number) => number };

function sampleAt({ coding, bitsPerSample }: SampleLayout): SampleAt | undefined {
  if (coding !== "pcm") {
    const table = coding === "ulaw" ? ULAW : ALAW;
    return { width: 1, at: (bytes, offset) => table[bytes[offset] ?? 0] ?? 0 };
  }
  switch (bitsPerSample) {
    case 8:
      return { width: 1, at: (bytes, offset) => ((bytes[offset] ?? 128) - 128) / 128 };
    case 16:
      return { width: 2, at: (bytes, offset) => bytes.readInt16LE(offset) / 32_768 };
    case 24:
      return { width: 3, at: (bytes, offset) => bytes.readIntLE(offset, 3) / 8_388_608 };
    case 32:
      return { width: 4, at: (bytes, offset) => bytes.readInt32LE(offset) / 2_147_483_648 };
    default:
      return undefined;
  }
}

/** @source ITU-T G.711, u-law: bits inverted; sign, 3 bits of segment, 4 of step */
const ULAW = table((byte) => {
  const bits = ~byte & 0xff;
  const segment = (bits >> 4) & 0x07;
  const size = ((((bits & 0x0f) << 3) + 0x84) << segment) - 0x84;
  return bits & 0x80 ? -size : size;
});

/** @source ITU-T G.711, A-law: every other bit inverted; sign 1 is positive */
const ALAW = table((byte) => {
  const bits = byte ^ 0x55;
  const segment = (bits >> 4) & 0x07;
  const step = ((bits & 0x0f) << 4) + 8;
  const size = segment === 0 ? step : (step + 0x100) << (segment - 1);
  return bits & 0x80 ? size : -size;
});

function table(decode: (byte: number) => number): Float32Array {
  return Float32Array.from({ length: 256 }, (_, byte) => decode(byte) / 32_768);
}
