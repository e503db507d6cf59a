/** The header Range of a request, for one range; players that seek ask so. Pure. @source RFC 9110, 14 */
export type ByteRange =
  | { readonly kind: "whole" }
  /** From and to included. */
  | { readonly kind: "part"; readonly from: number; readonly to: number }
  | { readonly kind: "unsatisfiable" };

const ONE_RANGE = /^bytes=(\d{0,15})-(\d{0,15})$/i;

/** @param size of the whole, above 0 @returns several ranges or nonsense: unsatisfiable */
export function parseByteRange(header: string | undefined, size: number): ByteRange {
  if (header === undefined || !/^bytes\s*=/i.test(header)) return { kind: "whole" };
  const [, first, last] = ONE_RANGE.exec(header) ?? [];
  if (first === undefined || last === undefined || first + last === "") return UNSATISFIABLE;
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? UNSATISFIABLE : { kind: "part", from: size - length, to: size - 1 };
  }
  const from = Number(first);
  const to = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  return from >= size || from > to ? UNSATISFIABLE : { kind: "part", from, to };
}

const UNSATISFIABLE: ByteRange = { kind: "unsatisfiable" };
