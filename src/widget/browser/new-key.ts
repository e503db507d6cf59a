/** @returns 32 hexadecimal digits, for an Idempotency-Key: one click is one key */
export const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
