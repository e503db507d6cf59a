/** What a network, a broken exchange or a hostile caller may do to a stream of messages. */

/** A whole number from 0 to `below` - 1. */
export type Chance = (below: number) => number;

/** The same numbers for the same seed (mulberry32). */
export function random(seed: number): Chance {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

export const pick = <T>(items: readonly T[], chance: Chance): T | undefined =>
  items[chance(items.length)];

/** How often, in a thousand messages, each of them happens; chosen for each round. */
type Rates = Readonly<Record<"lost" | "doubled" | "late" | "broken", number>>;

export function mutate(messages: readonly string[], chance: Chance): string[] {
  const rate = (): number => [0, 2, 20, 200][chance(4)] ?? 0;
  const rates: Rates = { lost: rate(), doubled: rate(), late: rate(), broken: rate() };
  const mutated: string[] = [];
  let held: string[] = [];
  for (const message of messages) {
    if (chance(1_000) < rates.lost) continue;
    const told = chance(1_000) < rates.broken ? broken(message, messages, chance) : message;
    if (chance(1_000) < rates.late) held.push(told);
    else mutated.push(told);
    if (chance(1_000) < rates.doubled) mutated.push(told);
    if (held.length > 0 && chance(8) === 0) {
      mutated.push(...(chance(2) === 0 ? held : held.reverse()));
      held = [];
    }
  }
  mutated.push(...held);
  return chance(8) === 0 ? shuffled(mutated, chance) : mutated;
}

function shuffled(messages: readonly string[], chance: Chance): string[] {
  const order = messages.map((message) => ({ message, place: chance(1_000_000) }));
  return order.sort((one, other) => one.place - other.place).map(({ message }) => message);
}

type Breaking = (message: string, messages: readonly string[], chance: Chance) => string;

const broken: Breaking = (message, messages, chance) =>
  (BREAKINGS[chance(BREAKINGS.length)] ?? garbled)(message, messages, chance);

const garbled: Breaking = (message, _, chance) => {
  let text = message;
  for (let i = chance(8); i >= 0; i--) {
    const at = chance(text.length);
    text = text.slice(0, at) + String.fromCharCode(chance(256)) + text.slice(at + 1);
  }
  return text;
};

const truncated: Breaking = (message, _, chance) => message.slice(0, chance(message.length));

/** An id that another message bears, or the channel's own with the name of another. */
const withOtherId: Breaking = (message, messages, chance) => {
  const key = pick(["Uniqueid: ", "Linkedid: ", "Channel: ", "BridgeUniqueid: "], chance) ?? "";
  const own = valueOf(message, key);
  const other = valueOf(pick(messages, chance) ?? "", key);
  return own === undefined || other === undefined
    ? message
    : message.replaceAll(`${key}${own}`, `${key}${other}`);
};

const withoutLine: Breaking = (message, _, chance) => {
  const lines = message.split("\r\n");
  lines.splice(chance(lines.length), 1);
  return lines.join("\r\n");
};

/** Line ends in a value, with another message behind them. */
const forged: Breaking = (message, messages, chance) => {
  const at = chance(message.length);
  return `${message.slice(0, at)}\r\n\r\n${pick(messages, chance) ?? ""}${message.slice(at)}`;
};

const huge: Breaking = (message, _, chance) => {
  const value = "\x01\xd0\x90x".repeat(chance(4_000));
  return message.replace(/(CallerIDNum|Channel|Exten|Queue): /, `$1: ${value}`);
};

const BREAKINGS: readonly Breaking[] = [
  garbled,
  truncated,
  withOtherId,
  withOtherId,
  withoutLine,
  forged,
  huge,
];

function valueOf(message: string, key: string): string | undefined {
  const at = message.indexOf(`\n${key}`);
  if (at < 0) return undefined;
  const from = at + 1 + key.length;
  const end = message.indexOf("\r\n", from);
  return message.slice(from, end < 0 ? undefined : end);
}
