/**
 * Asks Kommo about a caller whom the directory does not know, where it does not hold all cards. What
 * comes back is kept in the directory, so an answer that is late serves the next call.
 */
import type { Directory } from "../../directory/directory.ts";
import type { Patience } from "../../directory/patience.ts";
import { keepCard, type KnownClient } from "../../directory/rows.ts";
import type { KommoClient } from "../../kommo/client.ts";
import { decodeLead, isActive, LEADS_PATH, leadsByIdQuery } from "../../kommo/entities/leads.ts";
import type { KommoFailure } from "../../kommo/failure.ts";
import { findContactsByPhone } from "../../kommo/find-by-phone.ts";
import { readList } from "../../kommo/hal.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Result } from "../../lib/failure.ts";
import { phoneKey } from "../../lib/phone.ts";
import { StoreFailure, type Statement } from "../../store/store.ts";

export type AskKommo = (phone: string) => Promise<KnownClient | undefined>;

export type AskKommoDeps = {
  readonly client: KommoClient;
  readonly patience: Pick<Patience, "ask">;
  readonly directory: Pick<Directory, "find">;
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  readonly clock: Clock;
  /** Of the daemon. */
  readonly signal: AbortSignal;
};

/** Booking shall not wait because many strangers call. */
const MOST_AT_ONCE = 3;
/** A stranger is asked for once in this time. */
const FORGET_STRANGERS_MS = 60_000;
const MOST_STRANGERS = 1_000;
const MOST_LEADS = 50;

export function createAskKommo(deps: AskKommoDeps): AskKommo {
  const { client, patience, directory, keep, clock, signal } = deps;
  const underWay = new Map<string, Promise<KnownClient | undefined>>();
  const strangers = new Map<string, number>();

  const ask = <T>(request: () => Promise<Result<T, KommoFailure>>): Promise<T | undefined> =>
    patience
      .ask(request, signal)
      .then((answer) => (answer?.ok === true ? answer.value : undefined));

  async function learn(phone: string): Promise<KnownClient | undefined> {
    const purpose = "popup";
    const owners = await ask(() => findContactsByPhone(client, { phone, purpose, signal }));
    if (owners === undefined) return undefined;
    const [owner] = owners;
    if (owner === undefined) {
      remember(phoneKey(phone));
      return undefined;
    }
    const person = { ...owner, type: "contacts", updatedAt: undefined } as const;
    await keep(keepCard(person));
    const ids = owner.leadIds.slice(-MOST_LEADS);
    const listing = {
      path: LEADS_PATH,
      plural: "leads",
      decode: decodeLead,
      purpose,
      signal,
    } as const;
    const leads =
      ids.length === 0
        ? []
        : await ask(() =>
            readList(client, { ...listing, query: leadsByIdQuery(ids), mostPages: 1 }),
          );
    for (const lead of leads ?? [])
      await keep(
        keepCard({
          type: "leads",
          id: lead.id,
          name: lead.name,
          responsibleUserId: lead.responsibleUserId,
          updatedAt: undefined,
          isOpen: isActive(lead),
          owners: [{ type: "contacts", id: owner.id }],
        }),
      );
    return directory.find(phone);
  }

  function remember(key: string): void {
    strangers.set(key, clock.monotonicMs());
    const oldest = strangers.size > MOST_STRANGERS ? strangers.keys().next().value : undefined;
    if (oldest !== undefined) strangers.delete(oldest);
  }

  return (phone) => {
    const key = phoneKey(phone);
    const askedAt = strangers.get(key);
    const isFresh = askedAt !== undefined && clock.monotonicMs() - askedAt < FORGET_STRANGERS_MS;
    const asking = underWay.get(key);
    if (asking !== undefined) return asking;
    if (key === "" || isFresh || underWay.size >= MOST_AT_ONCE) return Promise.resolve(undefined);
    strangers.delete(key);
    const learning = learn(phone)
      .catch((thrown: unknown) => {
        if (thrown instanceof StoreFailure) return undefined; // told by whoever writes
        throw thrown;
      })
      .finally(() => underWay.delete(key));
    underWay.set(key, learning);
    return learning;
  };
}
