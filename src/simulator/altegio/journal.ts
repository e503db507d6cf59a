/** Every request that a simulated Altegio got, for whoever judges what was done there. */
export type AltegioEntry = {
  readonly number: number;
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: unknown;
  readonly fault: string | null;
  /** Null: no answer left, or not whole. */
  status: number | null;
  /** How many payments it made, whether or not its answer arrived. */
  payments: number;
};

export type AltegioJournal = {
  readonly open: (entry: Omit<AltegioEntry, "number" | "status" | "payments">) => AltegioEntry;
  readonly entries: () => readonly AltegioEntry[];
  readonly clear: () => void;
  readonly unknownRoutes: string[];
};

export function createAltegioJournal(): AltegioJournal {
  let entries: AltegioEntry[] = [];
  let number = 0;
  return {
    open(given) {
      const entry: AltegioEntry = { ...given, number: ++number, status: null, payments: 0 };
      entries.push(entry);
      return entry;
    },
    entries: () => entries,
    clear() {
      entries = [];
    },
    unknownRoutes: [],
  };
}
