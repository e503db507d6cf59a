/**
 * What each channel of a list of rows turned out to be. CEL is read when all is over, so what AMI
 * says at once (who was rung by whom, at which number) is told from what came later. Exports
 * `readLegs`.
 */
import type { UniqueId } from "../../ami/ids.ts";
import type { EpochMs } from "../../lib/clock.ts";
import { isOutsideNumber, localPairOf, telephoneNumber } from "../endpoint.ts";
import type { CelRow } from "./cel-row.ts";
import { guessDiallers } from "./guess-diallers.ts";
import type { Dial, Forward, Leg, Legs } from "./leg.ts";

/** Applications that ring others. */
const DIALS = /^(dial|retrydial|queue|followme|page)$/i;
/** What a channel bears that is rung: AppDial2 by an Originate. */
const RUNG = /^app(dial2?|queue)$/i;
const ORIGINATED = /^appdial2$/i;

export const isDial = ({ app }: { readonly app: string }): boolean => DIALS.test(app);
export const isQueue = ({ app }: { readonly app: string }): boolean => /^queue$/i.test(app);

/** @param rows in order of time */
export function readLegs(rows: readonly CelRow[]): Legs {
  const legs = new Map<UniqueId, Leg>();
  for (const [id, own] of Map.groupBy(rows, (row) => row.channel.id)) legs.set(id, legOf(own));
  pairHalves(legs);
  findDiallers(legs);
  if (!tellsDials(legs)) guessDiallers(legs);
  return legs;
}

/** Queue may be among `apps` without Dial. */
const tellsDials = (legs: Legs): boolean =>
  legs.values().some(({ dials }) => dials.some(({ app }) => /^(retry)?dial$/i.test(app)));

function legOf(own: readonly CelRow[]): Leg {
  const [first] = own;
  if (first === undefined) throw new Error("a channel without rows");
  const timeOf = (...types: string[]): EpochMs | undefined =>
    own.find(({ type }) => types.includes(type))?.at;
  const half = localPairOf(first.channel.name)?.half;
  const app = own.find((row) => row.app !== "" && !row.type.startsWith("APP_"))?.app ?? "";
  const isFirst = (first.channel.id as string) === (first.channel.linked as string);
  const hasNoWay = first.exten === "" || first.exten === "s";
  // A channel that picks up a call bears the application of the one in whose place it came.
  const wasRung = RUNG.test(app) && (!isFirst || ORIGINATED.test(app) || hasNoWay);
  const later = own.slice(1).filter(({ type }) => type !== "CHAN_START");
  const hangup = own.find(({ type }) => type === "HANGUP");
  return {
    ref: first.channel,
    startedAt: first.at,
    wasDialled: half !== "2" && (wasRung || (!isFirst && hasNoWay && app === "")),
    wasOriginated: isFirst && half !== "2" && wasRung,
    half,
    exten: first.exten,
    laterExten: later.find(({ exten }) => exten !== "")?.exten ?? "",
    firstNumber: first.callerNumber,
    laterNumber:
      later.find(({ callerNumber }) => telephoneNumber(callerNumber) !== undefined)?.callerNumber ??
      "",
    answeredAt: timeOf("ANSWER"),
    bridgedAt: timeOf("BRIDGE_ENTER"),
    endedAt: timeOf("HANGUP", "CHAN_END"),
    wasPickedUp: timeOf("PICKUP") !== undefined,
    hungUpItself: hangup?.extra?.["hangupsource"] === first.channel.name,
    cause: hangup?.extra && causeOf(hangup.extra["hangupcause"]),
    dialStatus: hangup?.extra?.["dialstatus"] ?? "",
    dials: dialsOf(own),
    forwards: own.filter(({ type }) => type === "FORWARD").map(forwardOf),
    rungBy: undefined,
    other: undefined,
  };
}

function causeOf(text: string | undefined): number | undefined {
  const cause = Number(text ?? NaN);
  return Number.isInteger(cause) && cause >= 0 && cause <= 255 ? cause : undefined;
}

function dialsOf(own: readonly CelRow[]): Dial[] {
  return own.flatMap((row, index): Dial[] => {
    if (row.type !== "APP_START" || !isDial(row)) return [];
    const rest = own.slice(index + 1);
    const end = rest.findIndex(({ type }) => type === "APP_END" || type === "APP_START");
    const during = end < 0 ? rest : rest.slice(0, end);
    const forward = during.find(({ type }) => type === "FORWARD");
    return [
      {
        by: row.channel.id,
        app: row.app,
        from: row.at,
        to: end < 0 ? undefined : rest[end]?.at,
        linked: row.channel.linked,
        exten: row.exten,
        appArguments: row.appArguments,
        forward: forward && forwardOf(forward),
        legs: [],
      },
    ];
  });
}

const forwardOf = ({ extra, at }: CelRow): Forward => ({ number: extra?.["forward"] ?? "", at });

function pairHalves(legs: Legs): void {
  const waiting = new Map<string, Leg>();
  for (const leg of legs.values()) {
    const pair = localPairOf(leg.ref.name)?.pair;
    if (pair === undefined) continue;
    const other = waiting.get(pair);
    // Names repeat after a restart of the exchange: halves are made in one moment.
    if (other === undefined || other.half === leg.half || !areClose(other, leg)) {
      waiting.set(pair, leg);
    } else {
      waiting.delete(pair);
      leg.other = other;
      other.other = leg;
    }
  }
}

const areClose = (one: Leg, other: Leg): boolean =>
  Math.abs(one.startedAt - other.startedAt) <= 2_000;

/** A leg is made while its dialler runs Dial, and stands where the dialler stood. */
function findDiallers(legs: Legs): void {
  const running = Map.groupBy(
    [...legs.values()].flatMap(({ dials }) => dials),
    ({ linked }) => linked,
  );
  for (const leg of legs.values()) {
    if (!leg.wasDialled || leg.wasOriginated) continue;
    const possible = (running.get(leg.ref.linked) ?? []).filter(
      (dial) =>
        dial.by !== leg.ref.id &&
        dial.from <= leg.startedAt &&
        (dial.to === undefined || dial.to >= leg.startedAt),
    );
    const fitting = possible.filter(({ exten }) => exten === leg.laterExten);
    const dial = latest(fitting.length > 0 ? fitting : possible);
    if (dial === undefined) continue;
    leg.rungBy = dial;
    dial.legs.push(leg);
  }
}

const latest = (dials: readonly Dial[]): Dial | undefined =>
  dials.reduce<Dial | undefined>(
    (last, dial) => (last === undefined || dial.from >= last.from ? dial : last),
    undefined,
  );

/**
 * The number outside that a leg rang, as far as it can be told. A trunk's own caller id is not it.
 * @returns undefined for a telephone, and where the dialplan hid it
 */
export function numberRung(legs: Legs, leg: Leg): string | undefined {
  const dialler = leg.rungBy && legs.get(leg.rungBy.by);
  const changed = leg.laterNumber === leg.firstNumber ? "" : leg.laterNumber;
  const wanted = dialler?.wasOriginated
    ? [changedNumber(dialler), dialler.other?.laterNumber, dialler.other?.firstNumber]
    : [];
  const places = [leg.laterExten, leg.rungBy?.exten, changed];
  const way = dialler?.half === "2" ? [dialler.exten] : [];
  return [...places, ...way, ...wanted]
    .map((text) => telephoneNumber(text ?? ""))
    .find((number) => isOutsideNumber(number));
}

/** The caller id that an Originate gave to the telephone it rings: the client's number. */
const changedNumber = ({ firstNumber, laterNumber }: Leg): string =>
  laterNumber === firstNumber ? "" : laterNumber;
