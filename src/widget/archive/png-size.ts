/** Width and height of a PNG, from its header. Exports `pngSize`. */

export type PngSize = { readonly width: number; readonly height: number };

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const HEADER_BYTES = 24;

/** @returns undefined: this is no PNG */
export function pngSize(bytes: Uint8Array): PngSize | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  if (SIGNATURE.some((byte, at) => bytes[at] !== byte)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (Buffer.from(bytes.subarray(12, 16)).toString("latin1") !== "IHDR") return undefined;
  return { width: view.getUint32(16), height: view.getUint32(20) };
}
