/** Sound made for tests: a tone, as the files that Asterisk writes. */

export type Tone = { readonly seconds: number; readonly samplesPerSecond?: number };

const HERTZ = 440;

/** Samples of 16 bits. */
export function tone({ seconds, samplesPerSecond = 8_000 }: Tone): Int16Array {
  const count = Math.round(seconds * samplesPerSecond);
  return Int16Array.from({ length: count }, (_, at) =>
    Math.round(8_000 * Math.sin((2 * Math.PI * HERTZ * at) / samplesPerSecond)),
  );
}

export const asSln = (samples: Int16Array): Buffer =>
  Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);

export type WavOptions = {
  readonly samplesPerSecond?: number;
  readonly channels?: number;
  readonly bitsPerSample?: number;
  /** 1: PCM, 6: A-law, 7: u-law, 0x31: GSM. */
  readonly tag?: number;
  /** As the header says; while Asterisk writes, 0. */
  readonly toldBytes?: number;
};

export function asWav(data: Buffer, options: WavOptions = {}): Buffer {
  const { samplesPerSecond = 8_000, channels = 1, bitsPerSample = 16, tag = 1 } = options;
  const blockBytes = (channels * bitsPerSample) / 8;
  const header = Buffer.alloc(44);
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(36 + data.length, 4);
  header.write("WAVEfmt ", 8, "latin1");
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(tag, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(samplesPerSecond, 24);
  header.writeUInt32LE(samplesPerSecond * blockBytes, 28);
  header.writeUInt16LE(blockBytes, 32);
  header.writeUInt16LE(bitsPerSample, 34);
  header.write("data", 36, "latin1");
  header.writeUInt32LE(options.toldBytes ?? data.length, 40);
  return Buffer.concat([header, data]);
}

export const wavOf = (seconds: number): Buffer => asWav(asSln(tone({ seconds })));
