/** Which Kommo user sits at which telephone: a proposal with its reason, for the administrator to judge. Pure. */
import { digitsOf, isSamePhone } from "../../lib/phone.ts";

export type Telephone = {
  readonly extension: string;
  /** Names that the exchange knows for it, the surest first. */
  readonly names: readonly string[];
  readonly emails: readonly string[];
};

export type Person = {
  readonly id: number;
  readonly name: string;
  readonly email: string | undefined;
  readonly phone: string | undefined;
  readonly isActive: boolean;
};

export type Seat = {
  readonly telephone: Telephone;
  readonly person: Person | undefined;
  /** "same e-mail"; undefined where there is no proposal. */
  readonly because: string | undefined;
};

/** A reason counts only where it points at one user alone; e-mail before number before name. */
export function proposeSeats(
  telephones: readonly Telephone[],
  people: readonly Person[],
): readonly Seat[] {
  const active = people.filter(({ isActive }) => isActive);
  return telephones.map((telephone) => {
    for (const [because, fits] of REASONS) {
      const found = active.filter((person) => fits(telephone, person));
      if (found.length === 1) return { telephone, person: found[0], because };
    }
    return { telephone, person: undefined, because: undefined };
  });
}

type Fits = (telephone: Telephone, person: Person) => boolean;

const REASONS: readonly (readonly [string, Fits])[] = [
  [
    "same e-mail",
    ({ emails }, { email }) =>
      email !== undefined && emails.some((own) => own.toLowerCase() === email.toLowerCase()),
  ],
  [
    "the extension is the user's telephone in Kommo",
    ({ extension }, { phone }) => phone !== undefined && digitsOf(phone) === extension,
  ],
  [
    "the extension stands in the user's name",
    ({ extension }, { name }) => name.split(/\D+/).includes(extension),
  ],
  ["same name", ({ names }, { name }) => names.some((own) => sameName(own, name))],
  [
    "a name of the same person",
    ({ names }, { name }) => names.some((own) => shareSurname(own, name)),
  ],
  [
    "the telephone's name is the user's number",
    ({ names }, { phone }) => phone !== undefined && names.some((own) => isSamePhone(own, phone)),
  ],
];

/** "Petrova Anna" is "anna petrova"; accents and signs do not count. */
const wordsOf = (name: string): string[] =>
  name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll("ё", "е")
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 0)
    .toSorted();

const sameName = (one: string, other: string): boolean => {
  const words = wordsOf(one);
  return words.length > 0 && words.join(" ") === wordsOf(other).join(" ");
};

/** One name is a part of the other ("Anna" and "Anna Petrova"), and no mere number. */
function shareSurname(one: string, other: string): boolean {
  const [few = [], many = []] = [wordsOf(one), wordsOf(other)].toSorted(
    (a, b) => a.length - b.length,
  );
  return few.length > 0 && few.every((word) => /\p{L}{2}/u.test(word) && many.includes(word));
}

/**
 * Dial patterns that hold these numbers: "_1XX" where several begin and measure alike, else the number.
 * @returns "_1XX", "201", in order
 */
export function patternsFor(extensions: readonly string[]): readonly string[] {
  const groups = Map.groupBy(extensions, (name) =>
    /^\d{2,}$/.test(name) ? `${name[0] ?? ""}:${name.length}` : name,
  );
  return [...groups.values()]
    .flatMap((group) => {
      const [first = ""] = group;
      return group.length === 1 ? [first] : [`_${first[0] ?? ""}${"X".repeat(first.length - 1)}`];
    })
    .toSorted();
}
