/**
 * Who should get a caller: the first of those whom the call concerns who is at work and has a telephone
 * that is registered. Pure; each who is passed over is told with the reason.
 */
import type { TelephoneState } from "../ami/device-states.ts";

/** Somebody whom the caller concerns; the first one most. */
export type Candidate = {
  /** undefined: known by the extension alone. */
  readonly user: number | undefined;
  /** The telephone of the last talk; undefined: any of the user's. */
  readonly extension: string | undefined;
  /** "responsible for the lead 5001" */
  readonly because: string;
};

export type Office = {
  /** Outside of it nobody gets a caller. */
  readonly isOpen: boolean;
  readonly isActive: (user: number) => boolean;
  /** @returns undefined: at work */
  readonly awayOf: (user: number) => Away | undefined;
  readonly extensionsOf: (user: number) => readonly string[];
  /** undefined: the exchange has not told. */
  readonly stateOf: (extension: string) => TelephoneState | undefined;
  /** Who talks gets no second caller. */
  readonly skipsBusy: boolean;
};

export type Away = { readonly because: string; readonly instead: number | undefined };

export type Choice = {
  /** undefined: nobody; the dialplan goes on as it would without us. */
  readonly extension: string | undefined;
  readonly user: number | undefined;
  readonly because: string;
  readonly passedOver: readonly string[];
};

export function chooseEmployee(candidates: readonly Candidate[], office: Office): Choice {
  const nobody = (because: string, passedOver: readonly string[] = []): Choice => ({
    ...{ extension: undefined, user: undefined, because, passedOver },
  });
  if (candidates.length === 0) return nobody("nobody is responsible for this caller");
  if (!office.isOpen) return nobody("it is outside the working hours");
  const passedOver: string[] = [];
  for (const candidate of candidates) {
    const away = whyAway(candidate.user, office);
    if (away !== undefined) passedOver.push(`${candidate.because}: ${away.because}`);
    const standIn = away === undefined ? candidate : standInFor(candidate, away, office);
    if (standIn === undefined) continue;
    const extension = reachable(standIn, office);
    if (extension !== undefined)
      return { extension, user: standIn.user, because: standIn.because, passedOver };
    passedOver.push(`${standIn.because}: ${whyUnreachable(standIn, office)}`);
  }
  return nobody("none of those responsible can be reached", passedOver);
}

function whyAway(user: number | undefined, office: Office): Away | undefined {
  if (user === undefined) return undefined;
  if (!office.isActive(user)) return { because: "is not active in Kommo", instead: undefined };
  return office.awayOf(user);
}

/** Of who stands in nobody stands in. */
function standInFor(candidate: Candidate, away: Away, office: Office): Candidate | undefined {
  const { instead } = away;
  if (instead === undefined || whyAway(instead, office) !== undefined) return undefined;
  const because = `stands in for who is ${candidate.because}`;
  return { user: instead, extension: undefined, because };
}

/** The best first: a second telephone that is free goes before one that rings. */
const ORDER: readonly (TelephoneState | undefined)[] = ["idle", undefined, "ringing", "in-use"];

const telephonesOf = ({ user, extension }: Candidate, office: Office): readonly string[] => [
  ...new Set([
    ...(extension === undefined ? [] : [extension]),
    ...(user === undefined ? [] : office.extensionsOf(user)),
  ]),
];

function reachable(candidate: Candidate, office: Office): string | undefined {
  const telephones = telephonesOf(candidate, office);
  const states = office.skipsBusy ? ORDER.slice(0, 2) : ORDER;
  for (const state of states) {
    const found = telephones.find((extension) => office.stateOf(extension) === state);
    if (found !== undefined) return found;
  }
  return undefined;
}

function whyUnreachable(candidate: Candidate, office: Office): string {
  const telephones = telephonesOf(candidate, office);
  if (telephones.length === 0) return "has no telephone in the configuration";
  const isRegistered = telephones.some((one) => office.stateOf(one) !== "unavailable");
  return isRegistered ? "is busy" : "has no telephone that is registered";
}
