/**
 * Who has a number, as far as this host knows: asked before a call is planned, and by whoever must
 * answer at once. What it says is a hint; Kommo's own answer goes before it and corrects it.
 */
import type { KommoResult, KommoStep } from "../kommo/step.ts";
import { inTime } from "../lib/in-time.ts";
import { phoneKey } from "../lib/phone.ts";
import type { Clock } from "../lib/clock.ts";
import { StoreFailure, type Statement, type Store } from "../store/store.ts";
import {
  findByPhone,
  forgetCard,
  forgetPhone,
  parseClient,
  responsibleOf,
  type KnownClient,
} from "./rows.ts";

export type Directory = {
  /** @returns undefined: not known here, or the store does not answer */
  find(phone: string): Promise<KnownClient | undefined>;
  /**
   * Looks a number up, so that `preparedOwner` can say at once whose the client is. Never rejects, and
   * takes no longer than the patience of a call that is to be accepted.
   */
  prepare(phone: string): Promise<void>;
  preparedOwner(key: string): number | undefined;
  /** Kommo has answered a step: what it contradicts is forgotten. */
  heed(step: KommoStep, answer: StepAnswer): Promise<void>;
};

export type StepAnswer =
  { readonly kind: "done"; readonly result: KommoResult } | { readonly kind: "nothing-there" };

export type DirectoryDeps = {
  /** Reads a few rows at once. */
  readonly glance: Pick<Store, "read">;
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  readonly clock: Clock;
};

const LONGEST_LOOK_MS = 500;
const MOST_PREPARED = 500;

export function createDirectory({ glance, keep, clock }: DirectoryDeps): Directory {
  /** The newest last. */
  const prepared = new Map<string, number | undefined>();

  async function find(phone: string): Promise<KnownClient | undefined> {
    const key = phoneKey(phone);
    if (key === "") return undefined;
    try {
      return parseClient(await glance.read(findByPhone(key)));
    } catch (thrown) {
      if (thrown instanceof StoreFailure) return undefined; // told by whoever writes
      throw thrown;
    }
  }

  return {
    find,
    async prepare(phone) {
      const client = await inTime(find(phone), LONGEST_LOOK_MS, clock);
      const key = phoneKey(phone);
      prepared.delete(key);
      prepared.set(key, client && responsibleOf(client));
      const oldest = prepared.size > MOST_PREPARED ? prepared.keys().next().value : undefined;
      if (oldest !== undefined) prepared.delete(oldest);
    },
    preparedOwner: (key) => prepared.get(key),
    async heed(step, answer) {
      const statements = answer.kind === "nothing-there" ? contradictedBy(step) : [];
      if (statements.length > 0) await keep(statements);
    },
  };
}

/** @source kommo-api, sections 2 (263) and 14 */
function contradictedBy(step: KommoStep): readonly Statement[] {
  switch (step.kind) {
    case "register-call":
    case "find-card":
      return forgetPhone(phoneKey(step.call.phone));
    case "add-call-note":
    case "create-task":
    case "update-card":
    case "change-card":
    case "add-note":
    case "make-task":
      return forgetCard(step.card);
    case "add-unsorted":
    case "create-contact":
    case "create-lead":
    case "complete-task":
    case "make-lead":
      return [];
  }
}
