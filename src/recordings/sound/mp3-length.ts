/**
 * At what rate an mp3 is made, and how long one is, counted frame by frame: what is written is checked
 * before anybody gets it.
 * @source ISO 11172-3 and 13818-3, the frame header; MPEG 2.5 by its common extension
 */
export type Mp3Rate = 8_000 | 16_000 | 24_000;

/** Of what the input has; nothing of a voice is lost by 24,000. */
export const mp3RateFor = (samplesPerSecond: number): Mp3Rate =>
  samplesPerSecond <= 8_000 ? 8_000 : samplesPerSecond <= 16_000 ? 16_000 : 24_000;

export type Mp3Counter = {
  /** Takes the next bytes of the file. @returns false: this is no mp3 made by us */
  take(bytes: Uint8Array): boolean;
  /** Of whole frames. */
  seconds(): number;
  /** true: the last frame is whole. */
  isWhole(): boolean;
};

/** kbit/s by index, layer III: MPEG 1, and MPEG 2 and 2.5. */
const RATES_1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const RATES_2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const FREQUENCIES_1 = [44_100, 48_000, 32_000];

export function createMp3Counter(): Mp3Counter {
  let seconds = 0;
  /** Bytes of the running frame that are still to come. */
  let left = 0;
  let frameSeconds = 0;
  let header: number[] = [];
  return {
    take(bytes) {
      let at = 0;
      while (at < bytes.length) {
        if (left > 0) {
          const taken = Math.min(left, bytes.length - at);
          left -= taken;
          at += taken;
          if (left === 0) seconds += frameSeconds;
          continue;
        }
        header.push(bytes[at] ?? 0);
        at += 1;
        if (header.length < 4) continue;
        const frame = parseFrame(header);
        if (frame === undefined) return false;
        header = [];
        left = frame.bytes - 4;
        frameSeconds = frame.seconds;
      }
      return true;
    },
    seconds: () => seconds,
    isWhole: () => left === 0 && header.length === 0,
  };
}

function parseFrame([first = 0, second = 0, third = 0]: readonly number[]):
  { readonly bytes: number; readonly seconds: number } | undefined {
  if (first !== 0xff || (second & 0xe0) !== 0xe0) return undefined;
  const version = (second >> 3) & 0x03; // 0: 2.5, 2: 2, 3: 1
  const isLayer3 = ((second >> 1) & 0x03) === 1;
  if (version === 1 || !isLayer3) return undefined;
  const kbit = (version === 3 ? RATES_1 : RATES_2)[third >> 4];
  const base = FREQUENCIES_1[(third >> 2) & 0x03];
  if (kbit === undefined || kbit === 0 || base === undefined) return undefined;
  const frequency = version === 3 ? base : version === 2 ? base / 2 : base / 4;
  const samples = version === 3 ? 1_152 : 576;
  const padding = (third >> 1) & 0x01;
  const bytes = Math.floor((samples / 8) * ((kbit * 1_000) / frequency)) + padding;
  return { bytes, seconds: samples / frequency };
}

/** What an encoder adds at both ends, and what a raw file's length may be off. */
const TOLERANCE_SECONDS = 0.5;
const TOLERANCE_SHARE = 0.02;

export const isRightLength = (mp3Seconds: number, wantedSeconds: number): boolean =>
  Math.abs(mp3Seconds - wantedSeconds) <=
  Math.max(TOLERANCE_SECONDS, wantedSeconds * TOLERANCE_SHARE);
