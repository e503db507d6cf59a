/**
 * Gives a recording new ids, so that it can be played many times and beside others: Uniqueid and Linkedid, the
 * counters in channel names, bridge ids, and on wish the clients' numbers. All other bytes stay.
 */
import type { Trace } from "./trace.ts";

/** Where new ids come from; one for each start of the exchange, counting as Asterisk does. */
export type IdSource = {
  /** Of all channels since the start: the part behind the point of a Uniqueid. */
  uniqueids: number;
  /** By technology (`PJSIP`): the part behind the dash of a channel's name. */
  readonly channelNames: Map<string, number>;
  /** A number from 0 up to, not including, 1. */
  readonly random: () => number;
};

/** What was recorded → what is played. Linkedids are among the uniqueids, as they are uniqueids. */
export type IdMapping = {
  readonly uniqueids: ReadonlyMap<string, string>;
  readonly channels: ReadonlyMap<string, string>;
  readonly bridges: ReadonlyMap<string, string>;
  readonly phones: ReadonlyMap<string, string>;
};

export type RewriteOptions = {
  /** Unix seconds at which the play starts, and how many recorded seconds pass in one. */
  readonly startsAtSeconds: number;
  readonly speed: number;
  readonly phones?: ReadonlyMap<string, string>;
  /** Recorded uniqueid → the one that must be used (Originate with ChannelId). */
  readonly chosenUniqueids?: ReadonlyMap<string, string>;
};

export const createIdSource = (random: () => number): IdSource => ({
  uniqueids: 0,
  channelNames: new Map(),
  random,
});

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** `Local/101@from-queue`, `00000002`, `;1` */
type ChannelName = { readonly base: string; readonly counter: string; readonly half: string };

type RecordedIds = {
  readonly uniqueids: readonly string[];
  readonly channels: readonly ChannelName[];
  readonly bridges: readonly string[];
};

const UNIQUEID = /(\d+)\.(\d+)$/;
const ID_FIELD = /^[A-Za-z]*(?:[Uu]nique|[Ll]inked|Bridge)[Ii][Dd]: ([^\s<]+)\r$/gm;
const CHANNEL_FIELD = /^[A-Za-z]*Channel: ([^\r\n]+)-([0-9a-f]{8})(;[12])?\r$/gm;
const BRIDGE_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const collected = new WeakMap<Trace, RecordedIds>();

/**
 * Ids are taken from the fields that hold them, and replaced wherever they stand (file names, variables).
 * One without a digit is none (`Uniqueid: none`, `<unknown>`).
 */
function collectIds(trace: Trace): RecordedIds {
  const known = collected.get(trace);
  if (known) return known;
  const uniqueids = new Set<string>();
  const bridges = new Set<string>();
  const channels = new Map<string, ChannelName>();
  for (const { text } of trace.parts.flatMap((part) => part.messages)) {
    for (const [, id = ""] of text.matchAll(ID_FIELD))
      if (/\d/.test(id)) (BRIDGE_ID.test(id) ? bridges : uniqueids).add(id);
    for (const [, base = "", counter = "", half = ""] of text.matchAll(CHANNEL_FIELD))
      channels.set(`${base}-${counter}${half}`, { base, counter, half });
  }
  const ids: RecordedIds = {
    uniqueids: [...uniqueids].sort((one, other) => birth(one) - birth(other)),
    channels: [...channels.values()].sort((one, other) => (one.counter < other.counter ? -1 : 1)),
    bridges: [...bridges],
  };
  collected.set(trace, ids);
  return ids;
}

/** Older channels get smaller numbers: who joins calls by "the oldest id wins" must see the recorded order. */
const birth = (uniqueid: string): number => {
  const [, epoch = "0", counter = "0"] = UNIQUEID.exec(uniqueid) ?? [];
  return Number(epoch) * 1e6 + Number(counter);
};

/** Takes new ids for everything in `trace` from `source`. */
export function allotIds(trace: Trace, source: IdSource, options: RewriteOptions): IdMapping {
  const recorded = collectIds(trace);
  const phones = options.phones ?? new Map<string, string>();
  const uniqueids = new Map<string, string>();
  for (const id of recorded.uniqueids) {
    const chosen = options.chosenUniqueids?.get(id);
    uniqueids.set(id, chosen ?? newUniqueid(id, { trace, source, options }));
  }
  const bridges = new Map(recorded.bridges.map((id) => [id, newBridgeId(source.random)]));
  const channels = new Map<string, string>();
  const counters = new Map<string, string>();
  for (const { base, counter, half } of recorded.channels) {
    const technology = base.slice(0, base.indexOf("/"));
    const key = `${technology}-${counter}`;
    const next = counters.get(key) ?? takeCounter(source, technology);
    counters.set(key, next);
    channels.set(`${base}-${counter}${half}`, `${rewritePhones(base, phones)}-${next}${half}`);
  }
  return { uniqueids, channels, bridges, phones };
}

/** Ids that a client chose itself (`crm-1.a`) get a counter behind them; Asterisk's own keep their system name. */
function newUniqueid(
  id: string,
  { trace, source, options }: { trace: Trace; source: IdSource; options: RewriteOptions },
): string {
  const [numbers, epoch] = UNIQUEID.exec(id) ?? [];
  const counter = source.uniqueids++;
  if (numbers === undefined || !/^\d{9,}$/.test(epoch ?? "")) return `${id}.${counter}`;
  const recordedAfter = Math.max(0, Number(epoch) - Math.floor(trace.startedAt / 1000));
  const seconds = Math.floor(options.startsAtSeconds + recordedAfter / options.speed);
  return `${id.slice(0, -numbers.length)}${seconds}.${counter}`;
}

function takeCounter(source: IdSource, technology: string): string {
  const next = source.channelNames.get(technology) ?? 0;
  source.channelNames.set(technology, next + 1);
  return next.toString(16).padStart(8, "0");
}

export function newBridgeId(random: () => number): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16));
  digits[12] = "4";
  digits[16] = "8";
  return digits.join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

const CANDIDATE =
  /([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})|(\d{9,}\.\d+)|-([0-9a-f]{8})(?![0-9A-Za-z])|(\d{4,})/g;

/** @returns what makes the played bytes of recorded ones */
export function createRewriter(mapping: IdMapping): (text: string) => string {
  const numeric = new Map<string, string>();
  const literal: (readonly [string, string])[] = [];
  for (const [from, to] of mapping.uniqueids) {
    const numbers = /\d{9,}\.\d+$/.exec(from)?.[0];
    const systemName = from.slice(0, -(numbers?.length ?? 0));
    if (numbers !== undefined && to.startsWith(systemName))
      numeric.set(numbers, to.slice(systemName.length));
    else literal.push([from, to]);
  }
  const channels = new Map<string, (readonly [base: string, counter: string])[]>();
  for (const [from, to] of mapping.channels) {
    const [, base = "", counter = ""] = /^(.*)-([0-9a-f]{8})/.exec(from) ?? [];
    const bases = channels.get(counter) ?? [];
    bases.push([base, /-([0-9a-f]{8})(;[12])?$/.exec(to)?.[1] ?? counter]);
    channels.set(counter, bases);
  }

  function replaceIds(text: string): string {
    let played = "";
    let done = 0;
    for (const match of text.matchAll(CANDIDATE)) {
      const [found, bridge, uniqueid, counter] = match;
      played += text.slice(done, match.index) + replacement();
      done = match.index + found.length;

      function replacement(): string {
        const known =
          (bridge && mapping.bridges.get(bridge)) ?? (uniqueid && numeric.get(uniqueid));
        if (known) return known;
        const named = counter && channels.get(counter)?.find(([base]) => endsHere(base, match));
        return named ? `-${named[1]}` : rewritePhones(found, mapping.phones);
      }
    }
    return played + text.slice(done);
  }

  const endsHere = (base: string, match: RegExpExecArray): boolean =>
    match.input.endsWith(base, match.index);

  return (text) => {
    const held = literal.filter(([from]) => text.includes(from));
    if (held.length === 0) return replaceIds(text);
    const pieces = held.reduce<string[]>(
      (parts, [from]) => parts.flatMap((part) => splitKeeping(part, from)),
      [text],
    );
    const chosen = new Map(held);
    return pieces.map((piece) => chosen.get(piece) ?? replaceIds(piece)).join("");
  };
}

const splitKeeping = (text: string, separator: string): string[] =>
  text.split(separator).flatMap((piece, i) => (i === 0 ? [piece] : [separator, piece]));

/**
 * A number is replaced where it stands as a whole run of digits; another spelling of it (8 or nothing for the
 * country's 7) keeps its beginning, and its last ten digits are replaced.
 */
function rewritePhones(text: string, phones: ReadonlyMap<string, string>): string {
  if (phones.size === 0) return text;
  return text.replace(/\d+/g, (run) => {
    const whole = phones.get(run);
    if (whole !== undefined || run.length < 10 || run.length > 15) return whole ?? run;
    for (const [from, to] of phones)
      if (from.length >= 10 && to.length >= 10 && run.endsWith(from.slice(-10)))
        return run.slice(0, -10) + to.slice(-10);
    return run;
  });
}
