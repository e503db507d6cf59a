/**
 * What the telephones of an exchange are doing: registered or not, idle, ringing, talking. Fed by live
 * events, and by lists after each login. Exports `createDeviceStates`.
 */
import type { AmiAction } from "./action.ts";
import type { AmiText } from "./framer.ts";
import { fieldOf, isGenuineEvent, parseMessage, type AmiMessage } from "./message.ts";
import type { AmiSession } from "./session.ts";

export type TelephoneState =
  | "idle"
  | "ringing"
  /** Talks, or has somebody on hold; a second call may be possible. */
  | "in-use"
  /** Takes no call: all its lines are taken, or do-not-disturb is on (FreePBX tells it by the hint). */
  | "busy"
  /** Not registered, or gone. */
  | "unavailable";

export type DeviceStates = {
  /** Every live message; what is not about states costs next to nothing. */
  readonly message: (text: AmiText) => void;
  /** To be called when AMI is connected, and now and then: reads what the exchange knows. Never rejects. */
  readonly refresh: () => Promise<void>;
  /** Nobody listens any more: what was known is forgotten. */
  readonly lost: () => void;
  /**
   * Of all telephones of an extension together: one that rings or talks makes it so; those that are not
   * registered count only where no other is.
   * @returns undefined: the exchange has not told, or there is no connection
   */
  readonly stateOf: (extension: string) => TelephoneState | undefined;
  /** "PJSIP/101": what can be dialled for an extension, registered ones first. Empty: not told. */
  readonly devicesOf: (extension: string) => readonly string[];
  /** Whether the exchange let itself be asked: else `stateOf` knows only what has changed since. */
  readonly isRead: () => boolean;
};

/** @source Asterisk, device states of channel drivers and of hints; the words are those of AMI */
const BY_DEVICE: ReadonlyMap<string, TelephoneState> = new Map([
  ["NOT_INUSE", "idle"],
  ["RINGING", "ringing"],
  ["RINGINUSE", "ringing"],
  ["INUSE", "in-use"],
  ["ONHOLD", "in-use"],
  ["BUSY", "busy"],
  ["UNAVAILABLE", "unavailable"],
  ["INVALID", "unavailable"],
]);

/** @source Asterisk, extension states: bits 1 in use, 2 busy, 4 unavailable, 8 ringing, 16 on hold */
function stateOfHint(status: number): TelephoneState | undefined {
  if (!Number.isInteger(status) || status < 0) return undefined; // the hint is removed
  if (status & 4) return "unavailable";
  if (status & 8) return "ringing";
  if (status & 2) return "busy";
  return status & 17 ? "in-use" : "idle";
}

/** The one that stands for several telephones of one extension first. */
const FOREMOST: readonly TelephoneState[] = ["busy", "in-use", "ringing", "idle", "unavailable"];

/** Not Local/…: that is a way through the dialplan. Nor "Queue:q_pause_PJSIP/101" and the like. */
const TELEPHONE = /^(?!Local\/|CBAnn\/|Agent\/)[A-Za-z][A-Za-z0-9]*\/([^/@:&]{1,64})$/;

export function createDeviceStates(send: AmiSession["send"]): DeviceStates {
  /** By device: "PJSIP/101". */
  const devices = new Map<string, TelephoneState>();
  /** By extension and context of the hint. */
  const hints = new Map<string, Map<string, Hint>>();
  /** What was told live while a list was under way: newer than the list. */
  let toldMeanwhile: Set<string> | undefined;
  let isRead = false;
  let round = 0;

  function take(message: AmiMessage, isListed: boolean): void {
    const word = (key: string): string => fieldOf(message, key) ?? "";
    const isOlder = (source: string): boolean => isListed && toldMeanwhile?.has(source) === true;
    switch (message.name) {
      case "DeviceStateChange": {
        const device = word("Device");
        if (!TELEPHONE.test(device) || isOlder(device)) return;
        if (!isListed) toldMeanwhile?.add(device);
        return put(devices, device, BY_DEVICE.get(word("State")));
      }
      case "ExtensionStatus": {
        const [extension, context] = [word("Exten"), word("Context")];
        const source = `${extension}@${context}`;
        if (isOlder(source)) return;
        if (!isListed) toldMeanwhile?.add(source);
        return takeHint(extension, context, message);
      }
      // The only one that tells of a chan_sip telephone which never registered.
      case "PeerEntry": {
        const device = `${word("Channeltype")}/${word("ObjectName")}`;
        if (!TELEPHONE.test(device) || devices.has(device) || isOlder(device)) return;
        const isThere = word("IPaddress") !== "-none-" && !/^UN(REACH|KNOWN)/.test(word("Status"));
        return put(devices, device, isThere ? "idle" : "unavailable");
      }
    }
  }

  function takeHint(extension: string, context: string, message: AmiMessage): void {
    const named = (fieldOf(message, "Hint") ?? "")
      .split(/[&,]/)
      .filter((one) => TELEPHONE.test(one));
    const state = stateOfHint(Number(fieldOf(message, "Status") ?? "-1"));
    // A hint without a telephone is a lamp for something else: a park place, a night switch.
    const hint = named.length === 0 || state === undefined ? undefined : { state, devices: named };
    const known = hints.get(extension) ?? new Map<string, Hint>();
    put(known, context, hint);
    put(hints, extension, known.size === 0 ? undefined : known);
  }

  const hintsOf = (extension: string): readonly Hint[] => [
    ...(hints.get(extension)?.values() ?? []),
  ];

  const devicesOf = (extension: string): readonly string[] => {
    const own = TECHNOLOGIES.map((technology) => `${technology}/${extension}`);
    const known = own.filter((device) => devices.has(device));
    const named = hintsOf(extension).flatMap((hint) => hint.devices);
    const isThere = (device: string): boolean =>
      (devices.get(device) ?? "unavailable") !== "unavailable";
    const all = [...new Set([...named, ...known])];
    return [...all.filter(isThere), ...all.filter((device) => !isThere(device))];
  };

  async function read(action: AmiAction): Promise<readonly AmiMessage[] | undefined> {
    const answer = await send(action);
    if (!answer.ok) return undefined;
    return answer.value.items.map(parseMessage).filter((item) => item !== undefined);
  }

  return {
    message(text) {
      if (!text.startsWith(DEVICE_EVENT) && !text.startsWith(HINT_EVENT)) return;
      if (!isGenuineEvent(text)) return;
      const message = parseMessage(text);
      if (message !== undefined) take(message, false);
    },
    async refresh() {
      const mine = ++round;
      const told = (toldMeanwhile = new Set());
      const [listed, hinted, peers] = await Promise.all([
        read({ Action: "DeviceStateList" }),
        read({ Action: "ExtensionStateList" }),
        read({ Action: "SIPpeers" }),
      ]);
      if (mine !== round) return; // the connection was lost meanwhile, or a later reading is under way
      if (listed !== undefined) forget(devices, (device) => told.has(device));
      if (hinted !== undefined) forgetHints(hints, told);
      for (const item of [...(listed ?? []), ...(hinted ?? []), ...(peers ?? [])]) take(item, true);
      isRead = listed !== undefined || hinted !== undefined;
      toldMeanwhile = undefined;
    },
    lost() {
      round += 1;
      devices.clear();
      hints.clear();
      toldMeanwhile = undefined;
      isRead = false;
    },
    stateOf(extension) {
      const states = hintsOf(extension).map(({ state }) => state);
      for (const device of devicesOf(extension)) {
        const state = devices.get(device);
        if (state !== undefined) states.push(state);
      }
      return FOREMOST.find((state) => states.includes(state));
    },
    devicesOf,
    isRead: () => isRead,
  };
}

type Hint = { readonly state: TelephoneState; readonly devices: readonly string[] };

const DEVICE_EVENT = "Event: DeviceStateChange";
const HINT_EVENT = "Event: ExtensionStatus";
/** Those in which a telephone bears the number of its extension. */
const TECHNOLOGIES = ["PJSIP", "SIP", "IAX2", "SCCP", "Skinny"] as const;

function put<T>(map: Map<string, T>, key: string, value: T | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

function forget(map: Map<string, unknown>, isKept: (key: string) => boolean): void {
  for (const key of map.keys()) if (!isKept(key)) map.delete(key);
}

function forgetHints(hints: Map<string, Map<string, Hint>>, told: ReadonlySet<string>): void {
  for (const [extension, known] of hints) {
    forget(known, (context) => told.has(`${extension}@${context}`));
    if (known.size === 0) hints.delete(extension);
  }
}
