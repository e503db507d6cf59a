/**
 * The ring of keys that links are signed with. Links stand on cards for years, so rotation only adds a
 * key, and nothing but `recordings revoke-key` makes old links invalid.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Row, SqlValue, Statement, Store } from "../store/store.ts";
import { macOf, type LinkParts, type RecordingId } from "./link.ts";

export type RingKey = {
  /** Eight hexadecimal digits, which stand in links. */
  readonly id: string;
  readonly madeAt: number;
  readonly revokedAt: number | undefined;
};

export type KeyRing = {
  /** With the newest key. */
  sign(id: RecordingId): LinkParts;
  /** In a time that tells nothing of what was wrong. */
  isGenuine(link: LinkParts): boolean;
  /** Newest first. */
  keys(): readonly RingKey[];
  /** New links are signed with a new key; old ones stay valid. Rejects with StoreFailure. */
  rotate(): Promise<RingKey>;
  /** Links of this key are valid no more; where it was the newest, one is made. @returns false: no such key */
  revoke(keyId: string): Promise<boolean>;
};

export type KeyRingDeps = {
  readonly store: Pick<Store, "read">;
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  readonly now: () => number;
};

type KeyWithSecret = RingKey & { readonly secret: string };

/** Makes the first key. Rejects with StoreFailure. */
export async function openKeyRing({ store, keep, now }: KeyRingDeps): Promise<KeyRing> {
  let ring = (await store.read(KEYS)).map(readKey);
  const newest = (): KeyWithSecret | undefined =>
    ring.find(({ revokedAt }) => revokedAt === undefined);
  // Costs an unknown key the same time as a known one.
  const nobody = newSecret();

  async function add(): Promise<KeyWithSecret> {
    const madeAt = Math.max(Math.round(now()), (ring[0]?.madeAt ?? 0) + 1);
    const key = {
      id: randomBytes(4).toString("hex"),
      secret: newSecret(),
      madeAt,
      revokedAt: undefined,
    };
    await keep([
      sql(
        "INSERT INTO recording_key (id, secret, made_at) VALUES (?, ?, ?)",
        key.id,
        key.secret,
        madeAt,
      ),
    ]);
    ring = [key, ...ring];
    return key;
  }

  if (newest() === undefined) await add();
  return {
    sign(id) {
      const key = newest();
      if (key === undefined) throw new Error("the ring has no key");
      return { id, key: key.id, mac: macOf(key.secret, id) };
    },
    isGenuine({ id, key: keyId, mac }) {
      const key = ring.find((one) => one.id === keyId && one.revokedAt === undefined);
      const wanted = Buffer.from(macOf(key?.secret ?? nobody, id));
      const given = Buffer.from(mac);
      const isSame = given.length === wanted.length && timingSafeEqual(given, wanted);
      return isSame && key !== undefined;
    },
    keys: () => ring.map(({ secret: _, ...key }) => key),
    rotate: add,
    async revoke(keyId) {
      const key = ring.find(({ id }) => id === keyId);
      if (key === undefined) return false;
      const revokedAt = Math.round(now());
      await keep([sql("UPDATE recording_key SET revoked_at = ? WHERE id = ?", revokedAt, keyId)]);
      ring = ring.map((one) => (one.id === keyId ? { ...one, revokedAt } : one));
      if (newest() === undefined) await add();
      return true;
    },
  };
}

/** All keys, newest first, without their secrets. Rejects with StoreFailure. */
export const keptKeys = async (store: Pick<Store, "read">): Promise<readonly RingKey[]> =>
  (await store.read(KEYS)).map(readKey).map(({ secret: _, ...key }) => key);

const sql = (text: string, ...values: SqlValue[]): Statement => ({ sql: text, values });
const KEYS = sql("SELECT * FROM recording_key ORDER BY made_at DESC, id");
const newSecret = (): string => randomBytes(32).toString("base64url");

const readKey = (row: Row): KeyWithSecret => ({
  id: String(row["id"]),
  secret: String(row["secret"]),
  madeAt: Number(row["made_at"]),
  revokedAt: row["revoked_at"] === null ? undefined : Number(row["revoked_at"]),
});
