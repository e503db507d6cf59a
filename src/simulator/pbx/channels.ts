/** What the exchange knows of the calls that are being played: its channels and bridges, kept from their events. */

/** The fields by which every event describes a channel, in Asterisk's order. */
export const SNAPSHOT_FIELDS = [
  "Channel",
  "ChannelState",
  "ChannelStateDesc",
  "CallerIDNum",
  "CallerIDName",
  "ConnectedLineNum",
  "ConnectedLineName",
  "Language",
  "AccountCode",
  "Context",
  "Exten",
  "Priority",
  "Uniqueid",
  "Linkedid",
] as const;

export const BRIDGE_FIELDS = [
  "BridgeUniqueid",
  "BridgeType",
  "BridgeTechnology",
  "BridgeCreator",
  "BridgeName",
] as const;

export type LiveChannel = {
  readonly uniqueid: string;
  /** Which play it belongs to. */
  readonly owner: number;
  readonly createdAtMs: number;
  readonly dialledNumber: string;
  snapshot: ReadonlyMap<string, string>;
  application: string;
  applicationArguments: string;
  bridge: string | undefined;
};

export type LiveBridge = {
  readonly fields: Map<string, string>;
  /** Uniqueids, in the order of entering. */
  readonly members: Set<string>;
  readonly owner: number;
};

export type Event = ReadonlyMap<string, string>;

export type ChannelBook = {
  readonly channels: ReadonlyMap<string, LiveChannel>;
  readonly bridges: ReadonlyMap<string, LiveBridge>;
  apply(event: Event, owner: number, atMs: number): void;
  /** An item of a recorded CoreShowChannels list: a channel whose beginning was not seen. */
  adopt(item: Event, owner: number, atMs: number): void;
  forget(owner: number): void;
  byName(name: string): LiveChannel | undefined;
};

const field = (event: Event, name: string): string => event.get(name) ?? "";

export function createChannelBook(): ChannelBook {
  const channels = new Map<string, LiveChannel>();
  const bridges = new Map<string, LiveBridge>();

  function describe(event: Event, prefix: string): void {
    const channel = channels.get(field(event, `${prefix}Uniqueid`));
    if (channel && event.has(`${prefix}Channel`)) channel.snapshot = snapshotOf(event, prefix);
  }

  function bridgeOf(event: Event, owner: number): LiveBridge {
    const id = field(event, "BridgeUniqueid") || field(event, "BridgeId");
    const bridge: LiveBridge = bridges.get(id) ?? {
      fields: new Map<string, string>(),
      members: new Set<string>(),
      owner,
    };
    for (const name of BRIDGE_FIELDS)
      bridge.fields.set(name, event.get(name) ?? bridge.fields.get(name) ?? "<unknown>");
    bridge.fields.set("BridgeUniqueid", id);
    bridges.set(id, bridge);
    return bridge;
  }

  function leave(uniqueid: string, id: string | undefined): void {
    if (id !== undefined) bridges.get(id)?.members.delete(uniqueid);
    const channel = channels.get(uniqueid);
    if (channel && channel.bridge === id) channel.bridge = undefined;
  }

  function enter(channel: LiveChannel | undefined, bridge: LiveBridge): void {
    if (!channel) return;
    leave(channel.uniqueid, channel.bridge);
    bridge.members.add(channel.uniqueid);
    channel.bridge = bridge.fields.get("BridgeUniqueid");
  }

  function open(event: Event, owner: number, atMs: number): LiveChannel {
    const uniqueid = field(event, "Uniqueid");
    const exten = field(event, "Exten");
    const channel: LiveChannel = {
      uniqueid,
      owner,
      createdAtMs: atMs,
      dialledNumber: exten === "s" ? "" : exten,
      snapshot: snapshotOf(event, ""),
      application: "",
      applicationArguments: "",
      bridge: undefined,
    };
    channels.set(uniqueid, channel);
    return channel;
  }

  return {
    channels,
    bridges,
    apply(event, owner, atMs) {
      const uniqueid = field(event, "Uniqueid");
      const name = field(event, "Event");
      if (name === "Newchannel") open(event, owner, atMs);
      describe(event, "");
      describe(event, "Dest");
      const channel = channels.get(uniqueid);
      switch (name) {
        case "Newexten":
          if (!channel) return;
          channel.application = field(event, "Application");
          channel.applicationArguments = field(event, "AppData");
          return;
        case "Rename":
          if (channel)
            channel.snapshot = new Map(channel.snapshot).set("Channel", field(event, "Newname"));
          return;
        case "BridgeCreate":
          bridgeOf(event, owner);
          return;
        case "BridgeEnter":
          enter(channel, bridgeOf(event, owner));
          return;
        case "BridgeLeave":
          leave(uniqueid, field(event, "BridgeUniqueid"));
          bridgeOf(event, owner);
          return;
        case "BridgeDestroy":
          bridges.delete(field(event, "BridgeUniqueid"));
          return;
        case "Hangup":
          leave(uniqueid, channel?.bridge);
          channels.delete(uniqueid);
      }
    },
    adopt(item, owner, atMs) {
      const [hours = 0, minutes = 0, seconds = 0] = field(item, "Duration").split(":").map(Number);
      const age = ((hours * 60 + minutes) * 60 + seconds) * 1000;
      const channel = open(item, owner, atMs - (Number.isFinite(age) ? age : 0));
      channel.application = field(item, "Application");
      channel.applicationArguments = field(item, "ApplicationData");
      if (field(item, "BridgeId") !== "") enter(channel, bridgeOf(item, owner));
    },
    forget(owner) {
      for (const channel of channels.values())
        if (channel.owner === owner) channels.delete(channel.uniqueid);
      for (const [id, bridge] of bridges) if (bridge.owner === owner) bridges.delete(id);
    },
    byName: (name) => channels.values().find((channel) => channel.snapshot.get("Channel") === name),
  };
}

const snapshotOf = (event: Event, prefix: string): ReadonlyMap<string, string> =>
  new Map(SNAPSHOT_FIELDS.map((name) => [name, field(event, prefix + name)]));
