/**
 * The last look at a finished recording, by another way than it was made: whether any number, name,
 * address or secret that was replaced somewhere is still to be read anywhere in its files.
 */
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createFramer } from "../../ami/framer.ts";
import { MATCHED_DIGITS, maskPhone } from "../../lib/phone.ts";
import type { Replaced } from "./pseudonyms.ts";
import { decode, fieldOf, isNumberField, isOwnWord } from "./scrub-message.ts";
import type { Field } from "./scrub-message.ts";
import { isDateOrTime } from "./scrub-text.ts";
import { isTechnicalWord } from "./technical-words.ts";

/** What was left, masked: "the number •••67 in AppData of Newexten". */
export type Leak = { readonly file: string; readonly sentence: string };

export type Originals = {
  readonly replaced: Replaced;
  readonly secrets: ReadonlySet<string>;
  /** Words of the persons' names alone: other words may stand in the exchange's own names. */
  readonly names: ReadonlySet<string>;
  /** Extensions, contexts, queues: they were meant to stay. */
  readonly isKept: (word: string) => boolean;
};

const MAX_TOLD = 10;
const MIN_NAME_LETTERS = 4;
const MIN_SURE_DIGITS = 7;

export async function findLeaks(folder: string, originals: Originals): Promise<readonly Leak[]> {
  const lookFor = createFinder(originals);
  const leaks: Leak[] = [];
  for (const file of (await readdir(folder)).filter((name) => name.endsWith(".ami"))) {
    const framer = createFramer();
    for await (const chunk of createReadStream(join(folder, file))) {
      for (const text of framer.push(chunk as Buffer)) {
        const lines = text.split("\r\n");
        const of =
          /^(?:Event|Response|Action): (\w{1,40})/.exec(lines[0] ?? "")?.[1] ?? "a message";
        for (const line of lines) {
          const field = fieldOf(line) ?? { key: "", value: line };
          const left = lookFor(field);
          const key = /^[A-Za-z-]{1,40}$/.test(field.key) ? field.key : "a line";
          if (left !== undefined) leaks.push({ file, sentence: `${left} in ${key} of ${of}` });
          if (leaks.length >= MAX_TOLD) return leaks;
        }
      }
    }
  }
  return leaks;
}

function createFinder({
  replaced,
  secrets,
  names,
  isKept,
}: Originals): (field: Field) => string | undefined {
  const standIns = new Set(replaced.numbers.values());
  const pseudoWords = new Set(replaced.words.values());
  const wanted = new Set([...names].filter((name) => isWanted(name) && !pseudoWords.has(name)));
  const pseudoIps = new Set(replaced.ips.values());

  const isOriginalNumber = (digits: string, before: string): boolean => {
    const isOriginal = (some: string): boolean => replaced.numbers.has(some) && !standIns.has(some);
    if (digits.length < MATCHED_DIGITS) {
      return isOriginal(digits) && !isDateOrTime(digits, before) && !/\d\.$/.test(before);
    }
    for (let from = 0; from + MATCHED_DIGITS <= digits.length; from++) {
      if (isOriginal(digits.slice(from, from + MATCHED_DIGITS))) return true;
    }
    return digits.length > MATCHED_DIGITS && isOriginal(digits);
  };

  return ({ key, value }) => {
    if (isOwnWord({ key, value })) return undefined;
    const text = withoutKept(decode(value));
    for (const { 0: digits, index } of text.matchAll(/\d{5,}/g)) {
      const before = text.slice(0, index);
      // Ports, counters and the like are replaced too, but are nobody's number.
      if (digits.length < MIN_SURE_DIGITS && !isNumberField(key)) continue;
      if (isOriginalNumber(digits, before)) {
        return `the number ${maskPhone(digits)}`;
      }
    }
    // Ten digits with spaces and signs between them.
    const closed = text.replace(/(?<=\d)[ ()._-]{1,3}(?=\d)/g, "");
    for (const [digits] of closed.matchAll(/\d{10,}/g)) {
      if (isOriginalNumber(digits, "")) return `the number ${maskPhone(digits)}`;
    }
    // The names of variables are the dialplan's own.
    const said = key === "Variable" ? "" : text.slice(/^[\w~()]+=/.exec(text)?.[0].length ?? 0);
    for (const [word] of said.matchAll(/[\p{L}\p{M}]{4,}/gu)) {
      if (wanted.has(word.toLowerCase())) {
        return `the name ${word.charAt(0)}•••`;
      }
    }
    for (const [ip] of text.matchAll(/(?:\d{1,3}\.){3}\d{1,3}/g)) {
      if (replaced.ips.has(ip) && !pseudoIps.has(ip)) return "an address";
    }
    for (const [host] of text.matchAll(/(?:[\p{L}\p{N}_-]+\.)+[\p{L}\p{N}-]+/gu)) {
      if (replaced.hosts.has(host.toLowerCase())) return "the name of a host";
    }
    for (const secret of secrets) if (value.includes(secret)) return "a secret";
    return undefined;
  };

  /** The exchange's own names and ids, which were meant to stay. */
  function withoutKept(text: string): string {
    return text
      .replace(/(?<!\d)1\d{9}\.\d+/g, "")
      .replace(/[\w.+-]*-00[0-9a-f]{6}(?![0-9A-Za-z])/g, (name) => name.slice(0, -9))
      .replace(/[\w.+-]+/g, (name) => (isKept(name) ? "" : name));
  }
}

const isWanted = (name: string): boolean =>
  [...name].length >= MIN_NAME_LETTERS && !isTechnicalWord(name);
