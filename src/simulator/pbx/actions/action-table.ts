/** The actions that the simulated exchange knows, which write classes each needs, and what each does. */
import { holdsAny } from "../access.ts";
import { NOBODY, renderEvent, type Exchange } from "../exchange.ts";
import { blindTransfer, hangUp } from "./hangup.ts";
import {
  bridgeInfo,
  bridgeList,
  coreShowChannels,
  deviceStateList,
  endpointList,
  queueStatus,
  statusList,
  type List,
} from "./lists.ts";
import { originate } from "./originate.ts";
import type { Request } from "./request.ts";
import { renderMessage, valueOf, type Field } from "../wire.ts";

export type ActionDefinition = {
  readonly name: string;
  /** Any one of these write classes will do; none needed where empty. @source `ami-snapshot-idle`, ListCommands */
  readonly classes: readonly string[];
  readonly synopsis: string;
  readonly run: (request: Request) => void | Promise<void>;
};

export const ASTERISK: Readonly<Record<Exchange["version"], { ami: string; version: string }>> = {
  "16": { ami: "5.0.4", version: "16.28.0~dfsg-0+deb11u4" },
  "22": { ami: "11.0.0", version: "22.10.1+dfsg+~cs6.17.60671434-1" },
};

const DEFINITIONS: readonly ActionDefinition[] = [
  {
    name: "BlindTransfer",
    classes: ["call"],
    synopsis: "Blind transfer channel(s) to the given destination.",
    run: blindTransfer,
  },
  {
    name: "BridgeInfo",
    classes: [],
    synopsis: "Get information about a bridge.",
    run: (request) => answerList(request, bridgeInfo(request.exchange, request.action)),
  },
  {
    name: "BridgeList",
    classes: [],
    synopsis: "Get a list of bridges in the system.",
    run: (request) => answerList(request, bridgeList(request.exchange, request.action)),
  },
  {
    name: "CoreSettings",
    classes: ["system", "reporting"],
    synopsis: "Show PBX core settings (version etc).",
    run: coreSettings,
  },
  {
    name: "CoreShowChannels",
    classes: ["system", "reporting"],
    synopsis: "List currently active channels.",
    run: (request) => answerList(request, coreShowChannels(request.exchange)),
  },
  {
    name: "CoreStatus",
    classes: ["system", "reporting"],
    synopsis: "Show PBX core status variables.",
    run: coreStatus,
  },
  {
    name: "DeviceStateList",
    classes: ["call", "reporting"],
    synopsis: "List the current known device states.",
    run: (request) => answerList(request, deviceStateList(request.exchange)),
  },
  {
    name: "Hangup",
    classes: ["system", "call"],
    synopsis: "Hangup channel.",
    run: hangUp,
  },
  {
    name: "ListCommands",
    classes: [],
    synopsis: "List available manager commands.",
    run: listCommands,
  },
  {
    name: "Originate",
    classes: ["originate"],
    synopsis: "Originate a call.",
    run: originate,
  },
  {
    name: "Ping",
    classes: [],
    synopsis: "Keepalive command.",
    run: ({ exchange, succeed }) =>
      succeed([
        ["Ping", "Pong"],
        ["Timestamp", (exchange.clock.now() / 1000).toFixed(6)],
      ]),
  },
  {
    name: "PJSIPShowEndpoints",
    classes: ["system"],
    synopsis: "Lists PJSIP endpoints.",
    run: (request) => answerList(request, endpointList(request.exchange)),
  },
  {
    name: "QueueStatus",
    classes: [],
    synopsis: "Show queue status.",
    run: (request) => answerList(request, queueStatus(request.exchange, request.action)),
  },
  {
    name: "Status",
    classes: ["system", "call", "reporting"],
    synopsis: "List channel status.",
    run: (request) => answerList(request, statusList(request.exchange, request.action)),
  },
  {
    name: "UserEvent",
    classes: ["user"],
    synopsis: "Send an arbitrary event.",
    run: userEvent,
  },
];

/** Done by the connection itself, since they change what it is. */
export const SESSION_ACTIONS: readonly Omit<ActionDefinition, "run">[] = [
  { name: "Challenge", classes: [], synopsis: "Generate Challenge for MD5 Auth." },
  { name: "Events", classes: [], synopsis: "Control Event Flow." },
  { name: "Login", classes: [], synopsis: "Login Manager." },
  { name: "Logoff", classes: [], synopsis: "Logoff Manager." },
];

/** @param name in any case, as Asterisk takes it */
export const findAction = (name: string): ActionDefinition | undefined =>
  DEFINITIONS.find((one) => one.name.toLowerCase() === name.toLowerCase());

export const mayRun = (definition: ActionDefinition, write: readonly string[]): boolean =>
  holdsAny(write, definition.classes);

/** `EventList: start`, the items with the request's ActionID, and the end with their number. */
function answerList({ action, ...request }: Request, list: List | string): void {
  if (typeof list === "string") return request.refuse(list);
  const id = valueOf(action, "ActionID");
  const actionId: readonly Field[] = id === "" ? [] : [["ActionID", id]];
  const items = list.items.map((item) => {
    const [event, ...fields] = item;
    const isIdLast = list.actionIdAtEnd === true;
    return renderMessage([
      ...(event ? [event] : []),
      ...(isIdLast ? fields : actionId),
      ...(isIdLast ? actionId : fields),
    ]);
  });
  const complete = renderMessage([
    ["Event", list.complete],
    ...actionId,
    ["EventList", "Complete"],
    ["ListItems", String(list.items.length)],
    ...(list.totals ?? []),
  ]);
  request.succeed([
    ["EventList", "start"],
    ["Message", list.message],
  ]);
  request.send(items.join("") + complete);
}

function coreSettings({ exchange, succeed }: Request): void {
  const { ami, version } = ASTERISK[exchange.version];
  succeed([
    ["AMIversion", ami],
    ["AsteriskVersion", version],
    ["SystemName", ""],
    ["CoreMaxCalls", "0"],
    ["CoreMaxLoadAvg", "0.000000"],
    ["CoreRunUser", ""],
    ["CoreRunGroup", ""],
    ["CoreMaxFilehandles", "0"],
    ["CoreRealTimeEnabled", "No"],
    ["CoreCDRenabled", "Yes"],
    ["CoreHTTPenabled", "Yes"],
    ["SoundsSearchCustomDir", "No"],
  ]);
}

function coreStatus({ exchange, succeed }: Request): void {
  const started = new Date(exchange.bootedAtMs).toISOString();
  const [date, time] = [started.slice(0, 10), started.slice(11, 19)];
  const calls = new Set(
    exchange.calls.channels.values().map((channel) => channel.snapshot.get("Linkedid")),
  );
  succeed([
    ["CoreStartupDate", date],
    ["CoreStartupTime", time],
    ["CoreReloadDate", date],
    ["CoreReloadTime", time],
    ["CoreCurrentCalls", String(calls.size)],
    ["CoreProcessedCalls", String(exchange.processedCalls)],
  ]);
}

/** Those that the user may run. @source Asterisk, action_listcommands */
function listCommands({ write, succeed }: Request): void {
  const allowed = DEFINITIONS.filter((definition) => mayRun(definition, write));
  const all = [...allowed, ...SESSION_ACTIONS].sort((one, other) =>
    one.name.toLowerCase() < other.name.toLowerCase() ? -1 : 1,
  );
  succeed(
    all.map(({ name, classes, synopsis }) => [
      name,
      `${synopsis}  (Priv: ${classes.length === 0 ? "<none>" : [...classes, "all"].join(",")})`,
    ]),
  );
}

function userEvent({ action, exchange, succeed, refuse }: Request): void {
  const name = valueOf(action, "UserEvent");
  if (name === "") return refuse("No event specified");
  succeed([["Message", "Event Sent"]]);
  const rest = action.fields.filter(([key]) => !/^(?:action|userevent)$/i.test(key));
  exchange.tell(renderEvent("UserEvent", "user", [["UserEvent", name], ...rest]), NOBODY);
}
