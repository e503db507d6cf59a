/** The states of the telephones and of other devices, and the queues with their members, as the events told them. */
import type { Event, LiveChannel } from "./channels.ts";

/** A telephone or trunk of the exchange: `101` with PJSIP is the device `PJSIP/101`. */
export type Endpoint = { readonly name: string; readonly registered: boolean };

export const DEFAULT_ENDPOINTS: readonly Endpoint[] = [
  ...["101", "102", "103", "104"].map((name) => ({ name, registered: true })),
  { name: "105", registered: false },
  { name: "106", registered: true },
  { name: "trunk", registered: true },
];

/** How Asterisk words a device's state in lists of endpoints. */
const STATE_WORDS: Readonly<Record<string, string>> = {
  NOT_INUSE: "Not in use",
  INUSE: "In use",
  BUSY: "Busy",
  RINGING: "Ringing",
  RINGINUSE: "Ring+Inuse",
  ONHOLD: "On Hold",
  UNAVAILABLE: "Unavailable",
  INVALID: "Invalid",
  UNKNOWN: "Unknown",
};

export const stateInWords = (state: string): string => STATE_WORDS[state] ?? "Unknown";

export type QueueCaller = {
  readonly channel: string;
  readonly uniqueid: string;
  readonly callerNumber: string;
  readonly callerName: string;
  readonly joinedAtMs: number;
};

export type Queue = {
  readonly name: string;
  readonly members: Map<string, Event>;
  readonly callers: QueueCaller[];
  completed: number;
  abandoned: number;
};

export type TelephoneBook = {
  readonly queues: ReadonlyMap<string, Queue>;
  apply(event: Event, atMs: number): void;
  /** The state of each device, that of a telephone in a call as its channels say. */
  states(channels: Iterable<LiveChannel>): Map<string, string>;
  /** A caller whose play ended leaves the queue unheard. */
  forgetCaller(uniqueid: string): void;
};

export const deviceOf = (channel: string): string => channel.replace(/-[0-9a-f]{8}(;[12])?$/, "");

export function createTelephoneBook(endpoints: readonly Endpoint[]): TelephoneBook {
  const devices = new Map(
    endpoints.map(({ name, registered }) => [
      `PJSIP/${name}`,
      registered ? "NOT_INUSE" : "UNAVAILABLE",
    ]),
  );
  const queues = new Map<string, Queue>();

  function queueOf(event: Event): Queue {
    const name = event.get("Queue") ?? "";
    const queue = queues.get(name) ?? {
      name,
      members: new Map<string, Event>(),
      callers: [],
      completed: 0,
      abandoned: 0,
    };
    queues.set(name, queue);
    return queue;
  }

  function removeCaller(queue: Queue, uniqueid: string): void {
    const at = queue.callers.findIndex((caller) => caller.uniqueid === uniqueid);
    if (at >= 0) queue.callers.splice(at, 1);
  }

  return {
    queues,
    apply(event, atMs) {
      const uniqueid = event.get("Uniqueid") ?? "";
      switch (event.get("Event") ?? "") {
        case "DeviceStateChange":
          devices.set(event.get("Device") ?? "", event.get("State") ?? "UNKNOWN");
          return;
        case "QueueMemberStatus":
        case "QueueMemberAdded":
        case "QueueMemberPause":
        case "QueueMemberPenalty":
        case "QueueMemberRinginuse":
          queueOf(event).members.set(event.get("Interface") ?? "", event);
          return;
        case "QueueMemberRemoved":
          queueOf(event).members.delete(event.get("Interface") ?? "");
          return;
        case "QueueCallerJoin":
          queueOf(event).callers.push({
            channel: event.get("Channel") ?? "",
            uniqueid,
            callerNumber: event.get("CallerIDNum") ?? "",
            callerName: event.get("CallerIDName") ?? "",
            joinedAtMs: atMs,
          });
          return;
        case "QueueCallerAbandon":
          queueOf(event).abandoned += 1;
          return;
        case "AgentComplete":
          queueOf(event).completed += 1;
          return;
        case "QueueCallerLeave":
          removeCaller(queueOf(event), uniqueid);
      }
    },
    states(channels) {
      const states = new Map(devices);
      for (const { snapshot } of channels) {
        const device = deviceOf(snapshot.get("Channel") ?? "");
        const isRinging = snapshot.get("ChannelStateDesc") === "Ringing";
        const told = states.get(device);
        if (device.startsWith("Local/")) continue;
        if (told === undefined || told === "NOT_INUSE" || told === "UNAVAILABLE")
          states.set(device, isRinging ? "RINGING" : "INUSE");
      }
      return states;
    },
    forgetCaller(uniqueid) {
      for (const queue of queues.values()) removeCaller(queue, uniqueid);
    },
  };
}
