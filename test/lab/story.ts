// What a person in the lab would tell of a scenario, line by line: for the message of a failed test
// and for the file driven.tsv of a saved trace.
import { extensionOf, SEATS_WITH_TELEPHONE } from "./exchange.ts";
import type { Lab, Note } from "./lab.ts";
import type { Played } from "./scenario.ts";

/** What those who took part did and saw, while it was played. */
export function notesOf(lab: Pick<Lab, "notes">, played: Played): Note[] {
  const { office, truth, from, to } = played;
  const present = new Set([
    ...SEATS_WITH_TELEPHONE.map((seat) => extensionOf(office, seat)),
    ...truth.map(({ clientPhone }) => clientPhone),
    "asterisk",
    "crm",
  ]);
  return lab.notes.filter(({ at, who }) => at >= from && at <= to && present.has(who));
}

/** "0.31 s  101 rings, display: 79160000001". */
export function storyOf(lab: Pick<Lab, "notes">, played: Played): string[] {
  return notesOf(lab, played).map(
    ({ at, who, what }) => `${((at - played.from) / 1000).toFixed(2)} s  ${who} ${what}`,
  );
}
