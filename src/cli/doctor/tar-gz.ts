/** Small files of text → the bytes of a tar.gz, in the oldest form that every tar reads (ustar). Pure. */
import { gzipSync } from "node:zlib";

export type TarEntry = {
  /** "bundle/doctor.txt": up to 100 bytes. */
  readonly name: string;
  readonly text: string;
};

const BLOCK = 512;

/** @throws RangeError for a name that does not fit: a bug */
export function tarGz(entries: readonly TarEntry[], at: Date): Buffer {
  const parts = entries.flatMap(({ name, text }) => {
    const content = Buffer.from(text, "utf8");
    const rest = (BLOCK - (content.length % BLOCK)) % BLOCK;
    return [header(name, content.length, at), content, Buffer.alloc(rest)];
  });
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]));
}

/** @source POSIX.1-1988, ustar: fields at fixed places, numbers as octal text */
function header(name: string, bytes: number, at: Date): Buffer {
  if (Buffer.byteLength(name) > 100) throw new RangeError(`a name too long for tar: ${name}`);
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, "0");
  block.write(name, 0);
  block.write(`${octal(0o600, 7)}\0`, 100);
  block.write(`${octal(0, 7)}\0`, 108);
  block.write(`${octal(0, 7)}\0`, 116);
  block.write(`${octal(bytes, 11)}\0`, 124);
  block.write(`${octal(Math.floor(at.getTime() / 1_000), 11)}\0`, 136);
  block.write(" ".repeat(8), 148);
  block.write("0", 156);
  block.write("ustar\x0000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\0 `, 148);
  return block;
}
