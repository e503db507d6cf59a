/** Whom a caller concerns, in order: by open leads, by the card, by the last talk. Pure. */
import type { Candidate } from "./choose-employee.ts";
import type { KnownClient } from "./rows.ts";

export type LastTalk = { readonly extension: string; readonly user: number | undefined };

/** Of several open leads the newest is what the caller most likely calls about. */
export function candidatesFor(
  client: KnownClient | undefined,
  lastTalk: LastTalk | undefined,
): readonly Candidate[] {
  const leads = (client?.openLeads ?? []).toReversed().map((lead) => ({
    user: lead.responsibleUserId,
    because: `responsible for the lead ${String(lead.id)}`,
  }));
  const kind = client?.card.type === "companies" ? "company" : "contact";
  const cards =
    client === undefined
      ? []
      : [
          {
            user: client.responsibleUserId,
            because: `responsible for the ${kind} ${String(client.card.id)}`,
          },
        ];
  const candidates: Candidate[] = [...leads, ...cards]
    .filter(({ user }) => user !== undefined)
    .map((one) => ({ ...one, extension: undefined }));
  if (lastTalk !== undefined)
    candidates.push({ ...lastTalk, because: "who talked with the caller last" });
  // The same employee is not looked for twice.
  return candidates.filter(
    ({ user }, index) =>
      user === undefined || candidates.findIndex((one) => one.user === user) === index,
  );
}
