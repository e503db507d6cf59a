/**
 * The action Originate. The call is one of the recorded click-to-call traces that the exchange was given, with the
 * asked telephone and number in it; without one it fails as a call to a telephone that is not registered.
 */
import type { Request } from "./request.ts";
import { NOBODY, renderEvent, type Exchange } from "../exchange.ts";
import { startPlay } from "../player.ts";
import { deviceOf } from "../telephones.ts";
import type { Trace } from "../trace.ts";
import { parseEvent, valueOf, type Action, type Field } from "../wire.ts";

/** How the recorded call went out: what has to be put in its place. */
type RecordedOriginate = {
  readonly device: string;
  readonly exten: string;
  /** Of the channel that was dialled, and of the far half where that is a Local one. */
  readonly uniqueid: string | undefined;
  readonly otherUniqueid: string | undefined;
};

const QUEUED = "Originate successfully queued";

/** A small pause, so that the outcome never overtakes the response. */
const FAILURE_AFTER_MS = 5;

/** Checks in Asterisk's order. @source Asterisk, action_originate */
export async function originate(request: Request): Promise<void> {
  const { action, exchange, succeed, refuse } = request;
  const channel = valueOf(action, "Channel");
  const timeout = valueOf(action, "Timeout");
  exchange.clicks.asked.push({
    atMs: exchange.clock.monotonicMs(),
    channel,
    channelId: valueOf(action, "ChannelId"),
    context: valueOf(action, "Context"),
    exten: valueOf(action, "Exten"),
    callerId: valueOf(action, "CallerID"),
  });
  if (channel === "") return refuse("Channel not specified");
  if (timeout !== "" && !/^-?\d/.test(timeout)) return refuse("Invalid timeout");
  if (!channel.includes("/")) return refuse("Invalid channel");
  const hasDialplan = ["Context", "Exten", "Priority"].every(
    (name) => valueOf(action, name) !== "",
  );
  if (!hasDialplan && valueOf(action, "Application") === "")
    return refuse("Originate with 'Exten' requires 'Context' and 'Priority'");

  const outcome = dial(exchange, action);
  if (isTrue(valueOf(action, "Async"))) return succeed([["Message", QUEUED]]);
  const wasAnswered = await outcome;
  if (wasAnswered) succeed([["Message", QUEUED]]);
  else refuse("Originate failed");
}

const isTrue = (value: string): boolean => /^(?:yes|true|y|t|1|on)$/i.test(value);

/** @returns whether the first telephone answered */
async function dial(exchange: Exchange, action: Action): Promise<boolean> {
  const trace = chooseTrace(exchange, action);
  const recorded = trace && recordedOriginate(trace);
  const isAsync = isTrue(valueOf(action, "Async"));
  if (!trace || !recorded) {
    await exchange.clock.sleep(FAILURE_AFTER_MS);
    if (isAsync) tellOutcome(exchange, action, failureFields(action));
    return false;
  }
  const exten = valueOf(action, "Exten");
  return await new Promise((resolve) => {
    const play = startPlay(exchange, trace, {
      afterMs: FAILURE_AFTER_MS,
      speed: exchange.clicks.speed,
      phones: new Map(exten === "" ? [] : [[recorded.exten, exten]]),
      chosenUniqueids: chosenUniqueids(action, recorded),
      edit: (event) => {
        const edited = putDevice(event, recorded.device, deviceAsked(action));
        if (!event.startsWith("Event: OriginateResponse\r\n")) return edited;
        const fields = parseEvent(edited ?? event);
        resolve(fields.get("Response") === "Success");
        if (isAsync) tellOutcome(exchange, action, [...fields]);
        return undefined;
      },
    });
    void play.finished.then(() => resolve(false));
  });
}

/** The next of the given traces in which the same telephone was dialled, else of all; none for a dead telephone. */
function chooseTrace(exchange: Exchange, action: Action): Trace | undefined {
  const device = deviceAsked(action);
  const chosenId = valueOf(action, "ChannelId");
  if (chosenId !== "" && exchange.calls.channels.has(chosenId)) return undefined;
  const name = device.replace(/^[^/]*\//, "").replace(/@.*/, "");
  const states = exchange.telephones.states([]);
  const isDead = states.get(`PJSIP/${name}`) === "UNAVAILABLE" || !isKnown(exchange, name);
  if (isDead) return undefined;
  const { traces } = exchange.clicks;
  const fitting = traces.filter((trace) => recordedOriginate(trace)?.device === device);
  const pool = fitting.length > 0 ? fitting : traces;
  return pool[exchange.clicks.made++ % pool.length];
}

const isKnown = (exchange: Exchange, name: string): boolean =>
  exchange.endpoints.some((endpoint) => endpoint.name === name);

/** `Local/101@ext-local/n` and `PJSIP/101` without options. */
const deviceAsked = (action: Action): string => valueOf(action, "Channel").replace(/\/n$/, "");

function recordedOriginate(trace: Trace): RecordedOriginate | undefined {
  const events = trace.parts
    .flatMap((part) => part.messages)
    .filter((message) => message.live && !message.text.startsWith("Event: VarSet\r\n"))
    .map((message) => parseEvent(message.text));
  const outcome = events.find((event) => event.get("Event") === "OriginateResponse");
  if (!outcome) return undefined;
  const pair = events.find((event) => event.get("Event") === "LocalBridge");
  const told = outcome.get("Uniqueid") ?? "<unknown>";
  const first = events.find((event) => event.get("Event") === "Newchannel")?.get("Uniqueid");
  const isLocal = outcome.get("Channel")?.startsWith("Local/") === true;
  return {
    device: deviceOf(outcome.get("Channel") ?? ""),
    exten: outcome.get("Exten") ?? "",
    uniqueid: told === "<unknown>" ? first : told,
    otherUniqueid: isLocal ? pair?.get("LocalTwoUniqueid") : undefined,
  };
}

function chosenUniqueids(action: Action, recorded: RecordedOriginate): Map<string, string> {
  const chosen = new Map<string, string>();
  const id = valueOf(action, "ChannelId");
  const other = valueOf(action, "OtherChannelId") || `${id};2`;
  if (id === "") return chosen;
  if (recorded.uniqueid !== undefined) chosen.set(recorded.uniqueid, id);
  if (recorded.otherUniqueid !== undefined) chosen.set(recorded.otherUniqueid, other);
  return chosen;
}

/** The asked telephone instead of the recorded one; its memberships in queues are not known, and left out. */
function putDevice(event: string, recorded: string, asked: string): string | undefined {
  if (recorded === asked) return event;
  if (event.startsWith("Event: QueueMember")) return undefined;
  const number = (device: string): string => device.replace(/^[^/]*\//, "").replace(/@.*/, "");
  const [from, to] = [number(recorded), number(asked)];
  const places = new RegExp(
    `((?:SIP|Local)/|(?:CallerIDNum|ConnectedLineNum|DialString|Value): |<)${from}(?![0-9A-Za-z])`,
    "g",
  );
  return event.replace(places, (_, before: string) => before + to);
}

const failureFields = (action: Action): Field[] => {
  const [, name = "", number = ""] =
    /^"?([^"<]*?)"? *<([^>]*)>$/.exec(valueOf(action, "CallerID")) ?? [];
  return [
    ["Response", "Failure"],
    ["Channel", valueOf(action, "Channel")],
    ["Reason", "0"],
    ["Uniqueid", "<unknown>"],
    ["CallerIDNum", number || "<unknown>"],
    ["CallerIDName", name || "<unknown>"],
  ];
};

/** Field order as recorded; the request's own ActionID, context and extension. @source `click-answered` */
function tellOutcome(exchange: Exchange, action: Action, told: readonly Field[]): void {
  const fields = new Map(told);
  const id = valueOf(action, "ActionID");
  const known = (name: string): Field => [name, fields.get(name) ?? ""];
  const event = renderEvent("OriginateResponse", "call", [
    ...(id === "" ? [] : [["ActionID", id] satisfies Field]),
    known("Response"),
    known("Channel"),
    ["Context", valueOf(action, "Context")],
    ["Exten", valueOf(action, "Exten")],
    known("Reason"),
    known("Uniqueid"),
    known("CallerIDNum"),
    known("CallerIDName"),
  ]);
  exchange.tell(event, NOBODY);
  exchange.flush();
}
