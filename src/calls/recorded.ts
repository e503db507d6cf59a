/**
 * Which recording is whose. A file belongs to the conversation that it holds; one that holds several
 * (a queue's, through a transfer) is given to each. What holds no conversation with an employee is
 * the call's own: a voice message, an announcement, a talk with a number outside.
 */
import type { EpochMs } from "../lib/clock.ts";
import type { Conversation } from "./finished-call.ts";
import type { Channel, LiveCall, Part, Recording, Talk } from "./state.ts";

export type Spoken = { readonly part: Part; readonly talks: readonly Talk[] };

/** @param spoken the parts that spoke with the client, and when */
export function assignRecordings(call: LiveCall, spoken: readonly Spoken[]): Assigned {
  if (call.recordings.length === 0) return NO_RECORDINGS;
  const files = call.recordings.filter((file) => file.isVoiceMessage || file.hasSound);
  const ofPart = new Map<Part, Own>();
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
    const parts = oneAfterTheOther(best, own).map((file) => file.path);
    ofPart.set(part, {
      recording: best.path,
      ...(parts.length > 1 ? { recordingParts: parts } : {}),
    });
    used.add(best.path);
  }
  return { ofPart, ofCall: files.map((file) => file.path).filter((path) => !used.has(path)) };
}

type Own = Pick<Conversation, "recordingParts"> & { readonly recording: string };
type Assigned = { ofPart: ReadonlyMap<Part, Own>; ofCall: readonly string[] };

const NO_RECORDINGS: Assigned = { ofPart: new Map(), ofCall: [] };

/** With those that were stopped before it began, or begun after its end; what ran beside it is left out. */
function oneAfterTheOther(best: Recording, files: readonly Recording[]): readonly Recording[] {
  const chosen = [best];
  for (const file of files) if (!chosen.some((other) => runsBeside(file, other))) chosen.push(file);
  return chosen.toSorted(byStart);
}

const runsBeside = (one: Recording, other: Recording): boolean =>
  one.from < (other.to ?? Infinity) && other.from < (one.to ?? Infinity);

const byStart = (one: Recording, other: Recording): number => one.from - other.from;

/** Another employee's telephone records that employee's words with the client, not these. */
const mayHold = (channel: Channel, part: Part): boolean =>
  channel.part === undefined || channel.part === part || channel.part.isDialler;

const overlaps = (
  one: { from: EpochMs; to: EpochMs | undefined },
  other: { from: EpochMs; to: EpochMs | undefined },
): boolean => one.from <= (other.to ?? Infinity) && other.from <= (one.to ?? Infinity);
