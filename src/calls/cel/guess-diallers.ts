/**
 * Who rang whom, where CEL does not write Dial down: FreePBX's own cel.conf names Queue, MixMonitor and
 * voicemail among `apps`, and Dial not. Exports `guessDiallers`.
 *
 * A leg is rung by a channel of its call that ran the dialplan at that moment. Mostly there is one:
 * the caller, or the second half of a Local channel, whose name says whom it is for.
 */
import type { EpochMs } from "../../lib/clock.ts";
import { endpointOf, localPairOf } from "../endpoint.ts";
import type { Dial, Leg, Legs } from "./leg.ts";

/** Gives each of these legs a dialler, and the diallers what they rang, as a row of Dial would have. */
export function guessDiallers(legs: Legs): void {
  const byCall = Map.groupBy(legs.values(), ({ ref }) => ref.linked);
  for (const own of byCall.values()) {
    const inOrder = own.toSorted((one, other) => one.startedAt - other.startedAt);
    for (const leg of inOrder) {
      if (leg.wasDialled && !leg.wasOriginated) giveDialler(leg, { own: inOrder, legs });
    }
  }
}

function giveDialler(leg: Leg, { own, legs }: { own: readonly Leg[]; legs: Legs }): void {
  let best: Leg | undefined;
  let bestRank = -1;
  for (const candidate of own) {
    if (!mayRing(candidate, leg) || isInTalk(candidate, { legs, at: leg.startedAt })) continue;
    const rank = rankOf(candidate, leg);
    if (rank >= bestRank) [best, bestRank] = [candidate, rank];
  }
  // A Queue is written down: what it rings itself is told already.
  const isBetter = leg.rungBy === undefined || bestRank >= RANKS.freeHalf;
  if (best === undefined || !isBetter) return;
  if (leg.rungBy !== undefined) leg.rungBy.legs.splice(leg.rungBy.legs.indexOf(leg), 1);
  leg.rungBy = dialOf(best, leg);
  leg.rungBy.legs.push(leg);
}

const RANKS = { busyHalf: 0, person: 1, freeHalf: 2, namesake: 3 };

function rankOf(candidate: Leg, leg: Leg): number {
  if (candidate.half !== "2") return RANKS.person;
  if (numbersIn(candidate).includes(numberOf(leg))) return RANKS.namesake;
  // The halves of a group are all made before the first of them rings anybody.
  if (leg.half !== undefined) return RANKS.busyHalf;
  return ringingLegs(candidate, leg.startedAt).length > 0 ? RANKS.busyHalf : RANKS.freeHalf;
}

function mayRing(candidate: Leg, leg: Leg): boolean {
  const at = leg.startedAt;
  if (candidate === leg || candidate === leg.other || candidate.startedAt > at) return false;
  if (candidate.endedAt !== undefined && candidate.endedAt <= at) return false;
  const runsDialplan =
    !candidate.wasDialled || (candidate.answeredAt !== undefined && candidate.answeredAt <= at);
  return runsDialplan && !isTalking(candidate, at);
}

/** It was rung itself, answered, and who rang it is there still. */
function isInTalk({ rungBy }: Leg, { legs, at }: { legs: Legs; at: EpochMs }): boolean {
  const dialler = rungBy && legs.get(rungBy.by);
  return dialler !== undefined && (dialler.endedAt ?? Infinity) > at;
}

/** Whom it rang has answered, and is there still. */
const isTalking = ({ dials }: Leg, at: EpochMs): boolean =>
  dials.some(({ legs }) =>
    legs.some(
      ({ answeredAt, endedAt = Infinity }) =>
        answeredAt !== undefined && answeredAt < at && endedAt > at,
    ),
  );

const ringingLegs = ({ dials }: Leg, at: EpochMs): readonly Leg[] =>
  dials.flatMap(({ legs }) =>
    legs.filter(({ answeredAt = Infinity, endedAt = Infinity }) => answeredAt > at && endedAt > at),
  );

/** The Dial that still rings, or one more. */
function dialOf(dialler: Leg, leg: Leg): Dial {
  const at = leg.startedAt;
  const last = dialler.dials.at(-1);
  const isRunning = last?.legs.some(({ endedAt = Infinity }) => endedAt > at) === true;
  if (last !== undefined && isRunning) return last;
  const dial: Dial = {
    by: dialler.ref.id,
    app: "Dial",
    from: at,
    to: undefined,
    linked: dialler.ref.linked,
    exten: leg.laterExten,
    appArguments: undefined,
    forward: dialler.forwards.find((forward) => forward.at >= at),
    legs: [],
  };
  dialler.dials.push(dial);
  return dial;
}

/** "Local/FMGL-79161112233#@from-internal-0000002;2" is for 79161112233. */
const numbersIn = ({ ref }: Leg): readonly string[] =>
  (localPairOf(ref.name)?.pair ?? "").split("@", 1).join("").match(/\d+/g) ?? [];

const numberOf = ({ ref }: Leg): string =>
  endpointOf(ref.name).peer.split("@", 1).join("").replace(/#$/, "");
