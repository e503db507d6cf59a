// What a simulated account has to show for itself, as plain data: of a simulator in this process, or
// of one in another process by its `/_simulator/` routes. Exports `evidenceOf`, `evidenceAt`.
import type {
  BookedCall,
  JournalEntry,
  MadeCard,
  MadeLead,
  WaitingUnsorted,
} from "../../src/simulator/kommo/journal.ts";
import type { KommoSimulator } from "../../src/simulator/kommo/server.ts";

export type Evidence = {
  /** Every call note of the account. */
  readonly calls: readonly BookedCall[];
  readonly unsorted: readonly WaitingUnsorted[];
  /** Cards that requests made; those that were seeded are not among them. */
  readonly contacts: readonly MadeCard[];
  readonly leads: readonly MadeLead[];
  /** Every request that arrived, refused ones included. */
  readonly requests: readonly Pick<JournalEntry, "at" | "status" | "answer" | "token" | "path">[];
};

export const evidenceOf = ({ journal }: Pick<KommoSimulator, "journal">): Evidence => ({
  calls: journal.calls(),
  unsorted: journal.unsorted(),
  contacts: journal.contacts(),
  leads: journal.leads(),
  requests: journal.entries(),
});

/** @param url of the simulator, "http://127.0.0.1:8080" */
export async function evidenceAt(url: string): Promise<Evidence> {
  const read = async <T>(view: string): Promise<T> =>
    (await (await fetch(`${url}/_simulator/${view}`)).json()) as T;
  return {
    calls: await read("calls"),
    unsorted: await read("unsorted"),
    contacts: await read("contacts"),
    leads: await read("leads"),
    requests: await read("journal"),
  };
}
