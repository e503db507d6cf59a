/**
 * The texts of the widget in the user's language, as Kommo gives them from the archive's i18n folder: they
 * are in no language in the script itself. Exports `readWords` and `fill`.
 */
import type english from "../assets/i18n/en.json";

export type Words = { readonly [Section in keyof typeof english]: SectionOf<Section> };
type SectionOf<Section extends keyof typeof english> = {
  readonly [Key in keyof (typeof english)[Section]]: string;
};

/** @param section what `self.i18n(name)` of Kommo gives: an object of texts, or something else */
export const readWords = (section: (name: string) => unknown): Words =>
  new Proxy({} as Words, {
    get: (_, name) => (typeof name === "string" ? withNames(objectOf(section(name))) : undefined),
  });

/** Numbers and times have to be written somehow. */
const ALWAYS: Readonly<Record<string, string>> = { locale: "en" };

/** What Kommo does not give stands as its name: "hang_up" → "hang up". */
const withNames = (given: Readonly<Record<string, unknown>>): object =>
  new Proxy(given, {
    get(texts, key) {
      const own = texts[String(key)];
      if (typeof own === "string" && own !== "") return own;
      return ALWAYS[String(key)] ?? String(key).replace(/_/g, " ");
    },
  });

/** "{name} answered" → "Anna answered". A place without a value stays empty. */
export const fill = (text: string, values: Readonly<Record<string, string | number>>): string =>
  text.replace(/\{([a-z_]+)\}/g, (_, name: string) => String(values[name] ?? ""));

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
