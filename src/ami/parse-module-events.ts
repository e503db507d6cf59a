/**
 * Events of modules that not every exchange loads: MeetMe, and the CDR's backend for AMI. Exports
 * `moduleParsers`, by the event's name, for `parse-event.ts`.
 */
import type { AmiEvent, ChannelRef } from "./event.ts";
import type { FieldReader } from "./event-fields.ts";
import { meetmeRoom, uniqueId } from "./ids.ts";
import type { BridgeId } from "./ids.ts";

type Reading = {
  /** Open at the message. */
  readonly field: FieldReader;
  readonly channel: () => ChannelRef | undefined;
};

/** @source docs.asterisk.org, AMI events MeetmeJoin, MeetmeLeave, MeetmeEnd and Cdr */
export const moduleParsers = (
  reading: Reading,
): readonly (readonly [string, () => AmiEvent | undefined])[] => [
  ["MeetmeJoin", () => parseMeetmeJoin(reading)],
  ["MeetmeLeave", () => parseMeetmeLeave(reading)],
  ["MeetmeEnd", () => parseMeetmeEnd(reading)],
  ["Cdr", () => parseCdr(reading)],
];

function roomOf({ field }: Reading): BridgeId | undefined {
  const room = field.text("Meetme: ");
  return room === "" ? undefined : meetmeRoom(room);
}

function parseMeetmeJoin(reading: Reading): AmiEvent | undefined {
  const bridge = roomOf(reading);
  const channel = reading.channel();
  if (bridge === undefined || channel === undefined) return undefined;
  return { kind: "bridge-enter", bridge, channel, isHolding: false };
}

function parseMeetmeLeave(reading: Reading): AmiEvent | undefined {
  const bridge = roomOf(reading);
  const channel = reading.channel();
  return bridge && channel ? { kind: "bridge-leave", bridge, channel } : undefined;
}

function parseMeetmeEnd(reading: Reading): AmiEvent | undefined {
  const bridge = roomOf(reading);
  return bridge && { kind: "bridge-destroy", bridge };
}

/** The file has the name that cdr_manager.conf gives the field, mostly one of these. */
function parseCdr({ field }: Reading): AmiEvent | undefined {
  const id = field.raw("UniqueID: ");
  const named = field.text("RecordingFile: ");
  const file = named === "" ? field.text("recordingfile: ") : named;
  if (id === undefined || id === "" || file === "") return undefined;
  return { kind: "recording-named", id: uniqueId(id), file };
}
