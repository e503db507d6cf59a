/**
 * What is known of the access by OAuth beside a daemon that may be running: what stands in its store,
 * and what `auth` has handed over and it has not taken yet. Only looks.
 */
import type { Config } from "../../config/keys.ts";
import { handoverFile, readHandover } from "../../kommo/oauth/handover.ts";
import {
  parseAccountId,
  parsePair,
  readAccountId,
  readPair,
} from "../../kommo/oauth/token-rows.ts";
import type { KeptPair } from "../../kommo/oauth/token-rows.ts";
import { storeMigrations } from "../daemon/store-migrations.ts";
import { openStore, type StorePlace } from "../../store/open-store.ts";
import { StoreFailure } from "../../store/store.ts";

export type KeptAccess = {
  readonly inStore: KeptPair | undefined;
  readonly handedOver: KeptPair | undefined;
  /** Of the account that the store was filled for. */
  readonly accountId: number | undefined;
  /** Why the store or the file could not be read, where that is not simply because there is none. */
  readonly trouble: string | undefined;
};

/** The pair that a daemon would use now. */
export const newestOf = ({ handedOver, inStore }: KeptAccess): KeptPair | undefined =>
  handedOver ?? inStore;

export async function lookAtAccess({ store }: Pick<Config, "store">): Promise<KeptAccess> {
  const [inside, handed] = await Promise.all([
    lookIntoStore(store),
    readHandover(handoverFile(store.path)),
  ]);
  return {
    ...inside,
    handedOver: handed.ok ? handed.value : undefined,
    trouble: inside.trouble ?? (handed.ok ? undefined : handed.failure.reason),
  };
}

async function lookIntoStore(place: StorePlace): Promise<Omit<KeptAccess, "handedOver">> {
  const nothing = { inStore: undefined, accountId: undefined };
  const opened = await openStore(place, { migrations: storeMigrations, access: "look" });
  if (!opened.ok) {
    // The daemon has not run yet.
    const { kind, reason } = opened.failure;
    const isAbsent =
      (kind === "unusable" && reason.includes("ENOENT")) ||
      (kind === "not-migrated" && place.url !== undefined);
    return { ...nothing, trouble: isAbsent ? undefined : reason };
  }
  try {
    const [pair] = await opened.value.read(readPair);
    const [account] = await opened.value.read(readAccountId);
    return {
      inStore: pair === undefined ? undefined : parsePair(pair),
      accountId: parseAccountId(account),
      trouble: undefined,
    };
  } catch (thrown) {
    if (thrown instanceof StoreFailure) return { ...nothing, trouble: thrown.message };
    throw thrown;
  } finally {
    await opened.value.close();
  }
}
