/** The password of the admin page, kept as its scrypt hash. Exports `hashPassword` and `isPassword`. */
import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from "node:crypto";

/** 32 MB and about 0.1 s a try: dear for who guesses, cheap for who logs in once a day. */
const COST = { N: 2 ** 15, r: 8, p: 1 };
const KEY_BYTES = 32;
const SALT_BYTES = 16;
export const SHORTEST_PASSWORD = 8;
export const LONGEST_PASSWORD = 200;

/** @returns "scrypt$32768$8$1$salt$key" */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return written(salt, await derive(password, { salt, ...COST }));
}

/** Of no password; a try against it takes as long as any other. */
export const hashOfNobody = (): string => written(randomBytes(SALT_BYTES), randomBytes(KEY_BYTES));

const written = (salt: Buffer, key: Buffer): string =>
  ["scrypt", COST.N, COST.r, COST.p, salt.toString("base64url"), key.toString("base64url")].join(
    "$",
  );

/** false also where the hash is none of ours. */
export async function isPassword(given: string, hash: string): Promise<boolean> {
  const kept = parseHash(hash);
  if (kept === undefined || given.length > LONGEST_PASSWORD) return false;
  const { key, ...how } = kept;
  return timingSafeEqual(await derive(given, how), key);
}

export const isPasswordHash = (hash: string): boolean => parseHash(hash) !== undefined;

type Hashing = { readonly salt: Buffer } & typeof COST;

function parseHash(hash: string): (Hashing & { readonly key: Buffer }) | undefined {
  const [, cost, blocks, lanes, salt = "", key = ""] =
    /^scrypt\$(\d{1,7})\$(\d{1,2})\$(\d{1,2})\$([\w-]{22})\$([\w-]{43})$/.exec(hash) ?? [];
  if (cost === undefined) return undefined;
  return {
    ...{ N: Number(cost), r: Number(blocks), p: Number(lanes) },
    salt: Buffer.from(salt, "base64url"),
    key: Buffer.from(key, "base64url"),
  };
}

/** Typed in any way that gives the same letters, it is the same password. */
function derive(password: string, { salt, N, r, p }: Hashing): Promise<Buffer> {
  const options: ScryptOptions = { N, r, p, maxmem: 256 * N * r };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, KEY_BYTES, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}
