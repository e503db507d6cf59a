/**
 * Which recording is whose. A file belongs to the conversation that it holds; one that holds several
 * (a queue's, through a transfer) is given to each. What holds no conversation with an employee is
 * the call's own: a voice message, an announcement, a talk with a number outside.
 */
import type { EpochMs } from "../lib/clock.ts";
import type { Channel, LiveCall, Part, Recording, Talk } from "./state.ts";

export type Spoken = { readonly part: Part; readonly talks: readonly Talk[] };

/** @param spoken the parts that spoke with the client, and when */
export function assignRecordings(
  call: LiveCall,
  spoken: readonly Spoken[],
): { ofPart: ReadonlyMap<Part, string>; ofCall: readonly string[] } {
  if (call.recordings.length === 0) return NO_RECORDINGS;
  const files = call.recordings.filter((file) => file.isVoiceMessage || file.hasSound);
  const ofPart = new Map<Part, string>();
  const used = new Set<string>();
  for (const { part, talks } of spoken) {
    const own = files.filter(
      (file) =>
        !file.isVoiceMessage &&
        mayHold(file.channel, part) &&
        talks.some((talk) => overlaps(file, talk)),
    );
    const best =
      own.find((file) => part.channels.includes(file.channel)) ?? own.toSorted(byStart).at(-1);
    if (best === undefined) continue;
    ofPart.set(part, best.path);
    used.add(best.path);
  }
  return { ofPart, ofCall: files.map((file) => file.path).filter((path) => !used.has(path)) };
}

const NO_RECORDINGS: { ofPart: ReadonlyMap<Part, string>; ofCall: readonly string[] } = {
  ofPart: new Map(),
  ofCall: [],
};

const byStart = (one: Recording, other: Recording): number => one.from - other.from;

/** Another employee's telephone records that employee's words with the client, not these. */
const mayHold = (channel: Channel, part: Part): boolean =>
  channel.part === undefined || channel.part === part || channel.part.isDialler;

const overlaps = (
  one: { from: EpochMs; to: EpochMs | undefined },
  other: { from: EpochMs; to: EpochMs | undefined },
): boolean => one.from <= (other.to ?? Infinity) && other.from <= (one.to ?? Infinity);
